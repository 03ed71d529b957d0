"""Programs that are started, watched and stopped together."""

import asyncio
from collections.abc import Sequence
import contextlib
import os
from pathlib import Path
import signal
import sys

from .errors import DemoError

GUARD = Path(__file__).with_name("guard.py")
STOP_LIMIT = 30.0


class Program:
    """A program in a session of its own, its output in a log; it cannot outlive us."""

    def __init__(self, name: str, command: Sequence[str], log: Path, cwd: Path) -> None:
        """Describe the program."""
        self.name = name
        self.log = log
        # For the next start, beside that of this machine.
        self.environment: dict[str, str] = {}
        self._command = command
        self._cwd = cwd
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the program with an empty log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
        environment |= self.environment
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(GUARD), *self._command),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._cwd,
                env=environment,
                start_new_session=True,
            )

    async def ended(self) -> int:
        """Wait until the program has ended and return its exit code."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return await self._process.wait()

    def check(self) -> None:
        """Raise DemoError when the program is no longer running."""
        if self._process is None or self._process.returncode is not None:
            raise self.died()

    def died(self) -> DemoError:
        """Return the error that says that the program ended by itself."""
        code = self._process.returncode if self._process else None
        return DemoError(f"{self.name} stopped unexpectedly (exit code {code}).", self.log)

    def has_printed(self, text: str) -> bool:
        """Return whether a text is in the log of this run."""
        return text.encode() in self.log.read_bytes()

    def kill(self) -> None:
        """End the program and all that it started at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Stop the program and whatever it left behind."""
        process = self._process
        if process is None:
            return
        try:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_LIMIT)
        finally:
            # Also when it ended well: what it started may have stayed.
            self.kill()
        await process.wait()
        self._process = None

"""The process of the observatory, as seen from the soak."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import random
import sys
from typing import Any, Final

from scripts._demo.ports import next_free

# Below the ports that the system gives to outgoing connections: by day nobody holds them.
_PORTS: Final = (15_000, 30_000)
_LONGEST_LINE: Final = 2**26
_PATIENCE: Final = 60.0


class ObservatoryError(Exception):
    """The observatory of the soak did not do what it should."""


class RemoteObservatory:
    """Gives commands to the process of the observatory."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, scheduler_port: int) -> None:
        """Keep the process and the ports of its servers."""
        self.port = port
        self.scheduler_port = scheduler_port
        self._process = process
        self._lock = asyncio.Lock()

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Give a command and return its answer; raises ObservatoryError where it fails."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        async with self._lock, asyncio.timeout(_PATIENCE):
            stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            await stdin.drain()
            line = await stdout.readline()
        if not line:
            raise ObservatoryError(f"the observatory has ended (at {do})")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ObservatoryError(f"{do}: {answer['error']}")
        return answer


@asynccontextmanager
async def observatory(speed: float) -> AsyncIterator[RemoteObservatory]:
    """Run an observatory whose N.I.N.A. is closed, `speed` simulated seconds in a real one."""
    taken: set[int] = set()
    port, scheduler_port = (next_free(random.randint(*_PORTS), taken) for _ in range(2))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scripts._soak.observatory"),
        *("--port", str(port), "--scheduler-port", str(scheduler_port), "--speed", str(speed)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        yield RemoteObservatory(process, port, scheduler_port)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()

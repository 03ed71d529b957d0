"""Running code where Home Assistant and the integration are loaded already, which takes seconds.

As a program it loads them, and then runs whatever comes on its standard input in copies of itself.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import importlib
import json
from multiprocessing import get_context
import os
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
MODULES = ("scripts._chaos.__main__", "scripts._fuzz.__main__")


class Loaded:
    """A program that has loaded everything."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        """Keep it."""
        self._program = program

    def run(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run code in a process of its own, as `python -c` does, and return how it ended."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        with TemporaryDirectory() as folder:
            paths = [f"{folder}/stdout", f"{folder}/stderr"]
            self._program.stdin.write(json.dumps([code, arguments, paths]) + "\n")
            self._program.stdin.flush()
            returncode = int(self._program.stdout.readline())
            said = [Path(path).read_text(encoding="utf-8") for path in paths]
        return subprocess.CompletedProcess(arguments, returncode, *said)


@contextmanager
def loading() -> Iterator[Loaded]:
    """Start the program, and end it with its input."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.scripts.loaded"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as program:
        yield Loaded(program)


def _run(code: str, arguments: Sequence[str], paths: Sequence[str]) -> None:
    """Run code with its output in files."""
    for descriptor, path in enumerate(paths, start=1):
        with Path(path).open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    sys.argv = ["-c", *arguments]
    exec(code, {"__name__": "__main__"})  # noqa: S102  # a test made it


def main() -> None:
    """Load, and run one piece of code after the other."""
    for name in MODULES:
        importlib.import_module(name)
    for line in sys.stdin:
        process = get_context("fork").Process(target=_run, args=json.loads(line))
        process.start()
        process.join()
        print(process.exitcode, flush=True)  # noqa: T201  # whoever started this reads it


if __name__ == "__main__":
    main()

"""Run a program and never let it outlive the one that started it.

Started as `python guard.py PROGRAM [ARGUMENT]...` in a session of its own, with a pipe on
standard input that nobody writes to: its end means that the starter is gone, however it
died, and the program is then stopped with everything it started itself.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from types import FrameType

GRACE = 20.0


def main() -> int:
    """Run the program that the arguments name and return its exit code."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    abandoned = threading.Event()

    def terminate(_number: int, _frame: FrameType | None) -> None:
        child.terminate()

    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, terminate)
    threading.Thread(target=_watch, args=(child, abandoned), daemon=True).start()
    code = child.wait()
    if abandoned.is_set():
        _end_all()
    return code if code >= 0 else 128 - code


def _watch(child: subprocess.Popen[bytes], abandoned: threading.Event) -> None:
    """Stop the program and all that it started once the starter is gone."""
    while os.read(0, 1024):
        pass
    abandoned.set()
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)
    _end_all()


def _end_all() -> None:
    """End everything in this session, this program included."""
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())

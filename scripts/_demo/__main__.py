"""Start the demonstration: a real Home Assistant with an observatory in it."""

import argparse
import asyncio
from pathlib import Path
import signal
import sys

from .console import Console
from .demonstration import Demonstration, Options
from .errors import DemoError
from .target import HOME_ASSISTANT_PORT, LOOPBACK, NINA_PORT, ROOT, SCHEDULER_PORT

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130


def parse(arguments: list[str] | None = None) -> Options:
    """Return the options from the command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--host", help="use the N.I.N.A. on this computer instead of a simulation")
    parser.add_argument(
        "--port", type=_port, default=NINA_PORT, help="of the Advanced API (%(default)s)"
    )
    parser.add_argument(
        "--scheduler-port",
        type=_port,
        default=SCHEDULER_PORT,
        help="of the Target Scheduler (%(default)s)",
    )
    parser.add_argument(
        "--home-assistant-port",
        type=_port,
        default=HOME_ASSISTANT_PORT,
        help="where Home Assistant is to answer (%(default)s)",
    )
    parser.add_argument(
        "--listen",
        default=LOOPBACK,
        metavar="ADDRESS",
        help="0.0.0.0 lets other devices in; user and password are no secret (%(default)s)",
    )
    parser.add_argument("--data", type=Path, help="folder for configuration, database and logs")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier starts")
    parser.add_argument(
        "--check",
        action="store_true",
        help="start, wait until imaging is under way, print all states, stop, exit with 0 or 1",
    )
    given = parser.parse_args(arguments)
    return Options(
        folder=(given.data or _folder(given.host, check=given.check)).resolve(),
        host=given.host,
        port=given.port,
        scheduler_port=given.scheduler_port,
        home_assistant_port=given.home_assistant_port,
        listen=given.listen,
        fresh=given.fresh or given.check,
        check=given.check,
    )


def _port(text: str) -> int:
    """Return a port number."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port")
    return number


def _folder(host: str | None, *, check: bool) -> Path:
    """Return the folder of a demonstration: checks and real rigs have their own."""
    name = "simulated" if host is None else "".join(c if c.isalnum() else "-" for c in host)
    return ROOT / ".demo" / (f"check-{name}" if check else name)


async def run(options: Options, console: Console) -> int:
    """Run the demonstration and return the exit code."""
    demonstration = Demonstration(options, console)
    task = asyncio.ensure_future(demonstration.run())
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            demonstration.kill()
        else:
            interrupted = True
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        await task
    except asyncio.CancelledError:
        return INTERRUPTED if options.check else 0
    except DemoError as err:
        console.say(f"\nThe demonstration failed: {err.report()}")
        return 1
    return 0


def main() -> int:
    """Run the demonstration."""
    options = parse()
    code = asyncio.run(run(options, Console()))
    if options.check and code == 0:
        print("The demonstration works.")
    return code


if __name__ == "__main__":
    sys.exit(main())

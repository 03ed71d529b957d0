"""Start the demonstration: a real Home Assistant with an observatory in it."""

import argparse
from pathlib import Path
import sys

from .check import check
from .dashboard import PATH as DASHBOARD
from .demonstration import Options, Running
from .live import follow
from .supervision import supervise
from .target import HOME_ASSISTANT_PORT, LOOPBACK, NINA_PORT, PASSWORD, ROOT, SCHEDULER_PORT, USER

CHECK_LIMIT = 270.0
# A frame takes minutes in life; a check has less time.
CHECK_SPEED = 20


def parse(arguments: list[str] | None = None) -> tuple[Options, bool]:
    """Return the options from the command line, and whether it is only a check."""
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
    parser.add_argument(
        "--speed", type=_speed, help=f"of the simulated observatory (1; {CHECK_SPEED} for a check)"
    )
    parser.add_argument(
        "--scenario",
        default="clear_night",
        help="what happens there; see python -m simulator --help",
    )
    parser.add_argument("--data", type=Path, help="folder for configuration, database and logs")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier starts")
    parser.add_argument(
        "--postgresql",
        action="store_true",
        help="record into a PostgreSQL of its own instead of SQLite",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="start, wait until imaging is under way, print all states, stop, exit with 0 or 1",
    )
    given = parser.parse_args(arguments)
    options = Options(
        folder=(given.data or _folder(given.host, check=given.check)).resolve(),
        host=given.host,
        port=given.port,
        scheduler_port=given.scheduler_port,
        home_assistant_port=given.home_assistant_port,
        listen=given.listen,
        speed=given.speed or (CHECK_SPEED if given.check else 1),
        scenario=given.scenario,
        fresh=given.fresh or given.check,
        postgresql=given.postgresql,
    )
    return options, given.check


def _port(text: str) -> int:
    """Return a port number."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port")
    return number


def _speed(text: str) -> float:
    """Return how many times faster than life something is to happen."""
    speed = float(text)
    if not 0.1 <= speed <= 100:
        raise argparse.ArgumentTypeError("must be between 0.1 and 100")
    return speed


def _folder(host: str | None, *, check: bool) -> Path:
    """Return the folder of a demonstration: checks and real rigs have their own."""
    name = "simulated" if host is None else "".join(c if c.isalnum() else "-" for c in host)
    return ROOT / ".demo" / (f"check-{name}" if check else name)


async def show(running: Running) -> None:
    """Say where to look, and follow what is being imaged."""
    lines = {
        "Home Assistant": f"{running.server.address}/{DASHBOARD}",
        "User, password": f"{USER}, {PASSWORD}",
        "Logs, data": str(running.store.folder),
    }
    if running.db_url is not None:
        lines["Database"] = running.db_url
    if running.control_port is not None:
        commands = f"http://localhost:{running.control_port}/commands"
        lines["Let it rain"] = f"curl -X POST {commands}/rain"
        lines["Let it clear up"] = f"curl -X POST {commands}/clear_up"
    running.console.say()
    for name, text in lines.items():
        running.console.say(f"  {name:16} {text}")
    running.console.say("  Ctrl-C stops everything.")
    running.console.say()
    await follow(running.console, running.session, running.entry_id)


def main() -> int:
    """Run the demonstration."""
    options, checking = parse()
    if not checking:
        return supervise(options, show)
    code = supervise(options, check, limit=CHECK_LIMIT)
    if code == 0:
        print("The demonstration works.")
    return code or 0


if __name__ == "__main__":
    sys.exit(main())

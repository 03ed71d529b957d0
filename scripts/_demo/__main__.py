"""Start the demo: a real Home Assistant with an observatory."""

from pathlib import Path
import sys

from scripts._usage.demo import CHECK_SPEED, parser

from .check import check
from .dashboard import PATH as DASHBOARD
from .demonstration import Options, Running
from .live import follow
from .supervision import supervise
from .target import PASSWORD, ROOT, USER

CHECK_LIMIT = 270.0


def parse(arguments: list[str] | None = None) -> tuple[Options, bool]:
    """Return the options from the command line, and whether it is only a check."""
    given = parser().parse_args(arguments)
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


def _folder(host: str | None, *, check: bool) -> Path:
    """Return the folder of a demonstration: checks and real rigs have their own."""
    name = "simulated" if host is None else "".join(c if c.isalnum() else "-" for c in host)
    return ROOT / ".demo" / (f"check-{name}" if check else name)


async def show(running: Running) -> None:
    """Print the addresses, and follow the imaging."""
    lines = {
        "Home Assistant": f"{running.server.address}/{DASHBOARD}",
        "User, password": f"{USER}, {PASSWORD}",
        "Logs, data": str(running.store.folder),
    }
    if running.db_url is not None:
        lines["Database"] = running.db_url
    if running.control_port is not None:
        commands = f"http://localhost:{running.control_port}/commands"
        lines["Start rain"] = f"curl -X POST {commands}/rain"
        lines["Stop rain"] = f"curl -X POST {commands}/clear_up"
    running.console.say()
    for name, text in lines.items():
        running.console.say(f"  {name:16} {text}")
    running.console.say("  Press Ctrl-C to stop everything.")
    running.console.say()
    await follow(running.console, running.session, running.entry_id)


def main() -> int:
    """Run the demonstration."""
    options, checking = parse()
    if not checking:
        return supervise(options, show)
    code = supervise(options, check, limit=CHECK_LIMIT)
    if code == 0:
        print("The demo works.")
    return code or 0


if __name__ == "__main__":
    sys.exit(main())

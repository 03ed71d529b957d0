"""The view in a terminal: the devices, the last requests, and commands to type."""

import asyncio
import contextlib
import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .commands import COMMANDS, run
from .faults import KINDS
from .state import state

if TYPE_CHECKING:
    from .observatory import Observatory

__all__ = ["Terminal", "execute"]

_LAST = 10
_HELP = "fault NAME [option=value …] · heal NAME · heal · help · quit"


async def execute(observatory: Observatory, line: str) -> str:
    """Run a typed line and return the output; raises ValueError for nonsense."""
    words = shlex.split(line)
    if not words:
        return ""
    name, rest = words[0], words[1:]
    if name == "help":
        faults = ", ".join(sorted(KINDS))
        commands = "; ".join(_usage(key) for key in sorted(COMMANDS))
        return f"{commands}; {_HELP}. Faults: {faults}"
    if name == "fault":
        if not rest:
            raise ValueError("which fault? (type help)")
        await observatory.faults.start(rest[0], **_options(rest[1:]))
        return f"{rest[0]} is on"
    if name == "heal":
        if rest:
            return f"{await observatory.faults.stop(rest[0])} switched off"
        await observatory.faults.clear()
        return "all faults are off"
    await run(observatory, name, _options(rest))
    return "done"


def _usage(name: str) -> str:
    """Return a command with the names of its options."""
    return " ".join([name, *(f"{key}=…" for key in COMMANDS[name].options)])


def _options(words: list[str]) -> dict[str, Any]:
    """Return options typed as key=value; values are JSON where they can be."""
    options: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is not of the form option=value")
        try:
            options[key] = json.loads(value)
        except ValueError:
            options[key] = value
    return options


class Terminal:
    """Draws an observatory and reads commands until the one to quit."""

    def __init__(self, observatory: Observatory, console: Console | None = None) -> None:
        """Watch an observatory."""
        self.observatory = observatory
        self.console = console or Console()
        self.message = "type help"

    async def run(self) -> None:
        """Draw twice a second, and read lines."""
        reading = asyncio.ensure_future(self._read())
        try:
            with Live(self.view(), console=self.console, auto_refresh=False, screen=True) as live:
                while not reading.done():
                    live.update(self.view(), refresh=True)
                    await asyncio.wait([reading], timeout=0.5)
        finally:
            reading.cancel()

    async def _read(self) -> None:
        """Read commands until quit or the end of the input."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        with contextlib.closing(transport):
            async for line in reader:
                text = line.decode(errors="replace").strip()
                if text in ("quit", "exit"):
                    return
                try:
                    self.message = await execute(self.observatory, text)
                except ValueError as error:
                    self.message = str(error)

    def view(self) -> Group:
        """Return what to draw."""
        now = state(self.observatory)
        title = f"Simulated observatory · {now['time'][:19]} · {now['speed']:g}×"
        ports = f"API {now['ports']['api']} · Target Scheduler {now['ports']['scheduler']}"
        events = " · ".join(self.observatory.events.names[-_LAST:])
        faults = ", ".join(fault["name"] for fault in now["faults"]) or "none"
        sequence = "running" if now["sequence"]["running"] else "stopped"
        lines = [
            f"{ports} · {now['images']} images · sequence {sequence}",
            f"events: {events}",
            f"faults: {faults}",
            f"> {self.message}",
        ]
        return Group(
            Panel(_device_table(now), title=title),
            Panel(self._request_table(), title="Last requests"),
            Panel(Text("\n".join(lines), overflow="fold")),
        )

    def _request_table(self) -> Table:
        """Return the newest requests."""
        table = Table.grid(padding=(0, 2))
        for entry in list(self.observatory.ledger.entries)[-_LAST:]:
            parameters = " ".join(f"{key}={value}" for key, value in entry.parameters.items())
            path = entry.path.removeprefix("/v2/api")
            cells = (entry.time.strftime("%H:%M:%S"), path, parameters[:40], str(entry.status))
            table.add_row(*(Text(cell) for cell in cells))
        return table


def _device_table(now: dict[str, Any]) -> Table:
    """Return a line for each device."""
    table = Table.grid(padding=(0, 2))
    for role, values in now["devices"].items():
        connected = now["connected"][role]
        text = "  ".join(f"{key} {value}" for key, value in values.items())
        mark = Text("●", style="green" if connected else "red")
        table.add_row(mark, role.replace("_", " "), Text(text))
    return table

"""The observatory of a soak: a process of its own that records every event of its N.I.N.A.

Commands come as lines of JSON on the standard input, each with `do` and its arguments; each is
answered by a line of JSON. The process ends with its input.
"""

import argparse
import asyncio
from dataclasses import dataclass
import json
import logging
import sys
from time import monotonic
from typing import Any, Final

from aiohttp import WSCloseCode

from simulator import Observatory
from simulator.channels import Client
from simulator.events import Event, socket_text
from simulator.scheduler.tonight import store_for_tonight
from simulator.sequence.library import SCHEDULED
from simulator.wire import Table

# An event has reached a client whose connection lasted for so many more real seconds.
REACHED_AFTER: Final = 2.0
# N.I.N.A. sends it and never writes it into its history.
_UNRECORDED: Final = frozenset({"IMAGE-PREPARED"})
# Simulated seconds between two events of another plugin, and how many between two custom texts.
_PLUGIN_EVERY: Final = 300.0
_TEXT_EVERY: Final = 7
# Simulated seconds from the start of N.I.N.A. until somebody connects everything, and those that a
# sequence takes to end.
_CONNECT_AFTER: Final = 20.0
_STOPS_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event as it goes over the wire; `at` is real time, `clients` those it was sent to."""

    run: int
    at: float
    message: Any
    recorded: bool
    clients: tuple[Client, ...]


class EventLog:
    """Every event of an observatory, over all runs of its N.I.N.A."""

    def __init__(self, observatory: Observatory) -> None:
        """Record from now on."""
        self.run = 0
        self.entries: list[Emitted] = []
        self._observatory = observatory
        self._ended: dict[Client, float] = {}
        self._closed: dict[Client, float] = {}
        events, channel = observatory.events, observatory.socket
        self._record, self._emit_text = events.record, events.emit_text
        self._close = channel.close
        self._listen = channel._listen  # noqa: SLF001  # where connections begin and end
        events.record = self._note  # type: ignore[method-assign]
        events.emit_text = self._note_text  # type: ignore[method-assign]
        channel.close = self._note_close  # type: ignore[method-assign]
        channel._listen = self._follow  # type: ignore[method-assign]  # noqa: SLF001

    def begin_night(self) -> None:
        """Forget the events of the night before."""
        self.entries.clear()
        self._ended.clear()
        self._closed.clear()

    def reached(self, entry: Emitted) -> bool:
        """Return whether a client has received an event for certain."""
        now = monotonic()
        return any(
            entry.at < self._closed.get(client, float("-inf"))
            or self._ended.get(client, now) - entry.at >= REACHED_AFTER
            for client in entry.clients
        )

    def _note(self, name: str, /, **payload: Any) -> Event:
        """Record an event as N.I.N.A. sends it."""
        event = self._record(name, **payload)
        for sent, content in self._observatory.dialect.event(name, payload):
            text = socket_text(Table(Event=sent, **content))
            self._enter(json.loads(text)["Response"], recorded=name not in _UNRECORDED)
        return event

    async def _note_text(self, text: str) -> None:
        """Record a text of the user's own sequence."""
        self._enter(text.strip(), recorded=False)
        await self._emit_text(text)

    def _enter(self, message: Any, *, recorded: bool) -> None:
        """Add an entry."""
        self.entries.append(Emitted(self.run, monotonic(), message, recorded, self._clients()))

    def _clients(self) -> tuple[Client, ...]:
        """Return who can hear N.I.N.A. now."""
        channel = self._observatory.socket
        return () if channel._half_open else tuple(channel._clients)  # noqa: SLF001

    async def _note_close(self, code: int = 1001) -> None:
        """Record when N.I.N.A. closes its connections; what it sent before one that agrees arrives."""
        clients, closed_at = self._clients(), monotonic()
        await self._close(code)
        for client in clients:
            if client.socket.close_code not in (None, WSCloseCode.ABNORMAL_CLOSURE):
                self._closed[client] = closed_at

    async def _follow(self, client: Client) -> None:
        """Record when a connection ends."""
        try:
            await self._listen(client)
        finally:
            self._ended[client] = monotonic()


class Nights:
    """Carries out commands."""

    def __init__(self, port: int, scheduler_port: int, speed: float) -> None:
        """Build the observatory; N.I.N.A. is closed."""
        self._speed = speed
        self._rig = Observatory(port, scheduler_port, speed=speed, scenario="cold_start")
        self._log = EventLog(self._rig)
        self._evening = self._rig.clock.elapsed
        self._count = 0

    async def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out one command and return its answer."""
        do = command.pop("do")
        answer: dict[str, Any] = await getattr(self, f"do_{do}")(**command) or {}
        return answer

    async def do_evening(self, day_seconds: float) -> dict[str, Any]:
        """Let the rest of the day pass within some real seconds; return the time of the evening."""
        clock = self._rig.clock
        rest = self._evening + 24 * 3600 - clock.elapsed
        if clock.elapsed - self._evening > 3600:
            clock.speed = rest / day_seconds
            await clock.sleep(rest)
            clock.speed = self._speed
        self._evening = clock.elapsed
        self._log.begin_night()
        return {"now": clock.now().timestamp()}

    async def do_open(self) -> None:
        """Start N.I.N.A., connect everything and start the sequence of the night."""
        rig = self._rig
        self._log.run += 1
        if rig.scheduler is not None:
            tonight = store_for_tonight(rig.site, rig.clock.true_now())
            rig.scheduler.store.projects[:] = tonight.projects
        await rig.nina.open()
        rig.tasks.start(self._image())
        rig.tasks.start(self._talk())

    async def do_stop(self) -> None:
        """Stop the sequence, close the roof and park the mount."""
        rig = self._rig
        await rig.sequence.stop()
        await rig.clock.sleep(_STOPS_WITHIN)
        rig.dome.put_shutter(0.0)
        rig.mount.hardware.park_by_hand()

    async def do_close(self) -> None:
        """Close N.I.N.A. in order."""
        await self._rig.nina.close()

    async def do_crash(self) -> None:
        """End N.I.N.A. at once."""
        await self._rig.stop()

    async def do_cut_power(self) -> None:
        """Let the power fail."""
        await self._rig.nina.stop()
        self._rig.rig.lose_power()

    async def do_fault(self, name: str, **options: Any) -> None:
        """Start a fault."""
        await self._rig.faults.start(name, **options)

    async def do_heal(self) -> None:
        """End all faults."""
        await self._rig.faults.clear()

    async def do_rain(self) -> None:
        """Let it rain."""
        self._rig.rain()

    async def do_clear_up(self) -> None:
        """Let the sky clear up."""
        self._rig.clear_up()

    async def do_status(self) -> dict[str, Any]:
        """Return the hours since the evening, and how much was asked for since the last time."""
        ledger = self._rig.ledger
        asked = {"requests": ledger.total, "bytes": sum(ledger.bytes.values())}
        return {"hours": (self._rig.clock.elapsed - self._evening) / 3600, **asked}

    async def do_events(self, since: int) -> dict[str, Any]:
        """Return the events of this night from a number on, and which N.I.N.A. runs."""
        entries = self._log.entries[since:]
        return {
            "run": self._log.run,
            "events": [
                {"run": each.run, "message": each.message, "recorded": each.recorded}
                for each in entries
            ],
        }

    async def do_reached(self) -> dict[str, Any]:
        """Return of each event of this night whether it has reached a client for certain."""
        return {"reached": [self._log.reached(each) for each in self._log.entries]}

    async def _image(self) -> None:
        """Do what somebody does in the evening."""
        rig = self._rig
        await rig.clock.sleep(_CONNECT_AFTER)
        await rig.connect_all()
        while not rig.sequence.initialized:
            await rig.clock.sleep(1)
        await rig.sequence.run(SCHEDULED)

    async def _talk(self) -> None:
        """Send numbered events of another plugin, and now and then a text of the sequence."""
        rig = self._rig
        while True:
            await rig.clock.sleep(_PLUGIN_EVERY)
            self._count += 1
            await rig.events.emit("COFFEE-READY", Cups=self._count)
            if self._count % _TEXT_EVERY == 0:
                await rig.events.emit_text(f"Cup {self._count} is empty")


async def _serve(nights: Nights) -> None:
    """Carry out commands until the input ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer = await nights.do(json.loads(line))
        except Exception as err:
            logging.getLogger(__name__).exception("A command failed")
            answer = {"error": repr(err)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Serve one observatory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--scheduler-port", type=int, required=True)
    parser.add_argument("--speed", type=float, required=True)
    asked = parser.parse_args()
    asyncio.run(_serve(Nights(asked.port, asked.scheduler_port, asked.speed)))


if __name__ == "__main__":
    main()

"""A witness of what a client does to a simulated observatory, and of what it shows meanwhile.

Judges by cause and effect, not by time: what a client cannot know yet is no offence. It knows what
N.I.N.A. knows once a reading that began afterward was answered and taken in.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Final

from custom_components.nina_observatory.const import SAFETY_FRESHNESS
from simulator import Observatory
from simulator.enums import ShutterState
from simulator.ledger import Entry
from simulator.truth import Place

from .home import Rig
from .pace import Calm, scaled

_API: Final = "/v2/api"
_READS: Final = ("/info", "/sequence/json")
_BUNDLE: Final = "/equipment/info"
_LOOK: Final = 0.01
_READINGS: Final = 400
# Calm seconds that a reading may be older than it may be shown for.
_LENIENT: Final = 0.5
# Calm seconds in which a client takes in what was answered: some rounds of the event loop.
_TAKEN_IN: Final = 0.3
_FRESH: Final = scaled(SAFETY_FRESHNESS.total_seconds())

_MOVES_ROOF: Final = ("/equipment/dome/close", "/equipment/dome/open", "/equipment/dome/park")
_PARK: Final = "/equipment/mount/park"


@dataclass
class Fact:
    """Something that holds or not, and since when, in real seconds."""

    holds: bool = False
    since: float = 0.0

    def look(self, holds: bool) -> None:
        """Take note of what holds now."""
        if holds is not self.holds:
            self.holds, self.since = holds, monotonic()


class Truthful(StrEnum):
    """What somebody may claim."""

    CLOSED = "the roof is closed"
    PARKED = "the mount is parked"
    IDLE = "no sequence runs"


# What is read to know of it: the device, or the whole sequence.
_READ_BY: Final = {
    Truthful.CLOSED: "/equipment/dome/info",
    Truthful.PARKED: "/equipment/mount/info",
    Truthful.IDLE: "/sequence/json",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer that showed devices: real times of its request and of its end, and the calm one."""

    path: str
    began: float
    ended: float
    calm: float


class Witness:
    """Watches one rig.

    `offences` are what it must never do or show; `haste` is what it must not do that soon.
    """

    def __init__(self, rig: Rig, calm: Calm) -> None:
        """Begin to watch."""
        self.offences: list[str] = []
        self.haste: list[str] = []
        self._rig = rig
        self._calm = calm
        self._readings: deque[Reading] = deque(maxlen=_READINGS)
        self._begun_at, self._began = calm.time, monotonic()
        # What N.I.N.A. knows, each together with the truth.
        self._open = Fact()
        self._danger = Fact()
        self._exposed = Fact()
        self._closing = Fact()
        self._parking = Fact()
        # When each claim was last true.
        self._held: dict[Truthful, float] = {}
        self._look()
        rig.ledger.on_open.append(self._arrived)
        rig.ledger.on_close.append(self._answered)

    @property
    def _observatory(self) -> Observatory:
        """Return what is watched."""
        return self._rig.observatory

    async def run(self) -> None:
        """Look all the time, until canceled."""
        while True:
            self._look()
            self._look_at_states()
            await asyncio.sleep(_LOOK)

    def accuse(self, text: str) -> None:
        """Enter an offence, once."""
        if text not in self.offences:
            self.offences.append(text)

    def note_haste(self, text: str) -> None:
        """Enter what was sent again too soon, once."""
        if text not in self.haste:
            self.haste.append(text)

    def believe(self, who: str, claim: Truthful) -> None:
        """Look whether a claim was true when it was read: at the second newest reading or later.

        What changed since then cannot be known yet.
        """
        self._look()
        paths = (_READ_BY[claim], _BUNDLE if claim is not Truthful.IDLE else "")
        began = [each.began for each in self._readings if each.path in paths]
        since = began[-2] if len(began) > 1 else self._began
        if self._held.get(claim, float("-inf")) < since:
            self.accuse(f"{who}: returned as done, and it is not so that {claim}")

    def _look(self) -> None:
        """Take note of what N.I.N.A. knows."""
        observatory = self._observatory
        truth, now = observatory.truth, monotonic()
        holds = {
            # A driver with two limit switches may say so of a roof that stands half-way.
            Truthful.CLOSED: observatory.dome.reported is ShutterState.CLOSED,
            Truthful.PARKED: truth.mount_parked,
            Truthful.IDLE: not truth.sequence_runs,
        }
        self._held |= {claim: now for claim, held in holds.items() if held}
        dome, mount, monitor = observatory.dome, observatory.mount, observatory.safety_monitor
        shutter = dome.known["ShutterStatus"] if dome.connected else None
        truly_open = observatory.truth.roof is not Place.CLOSED
        self._open.look(truly_open and shutter is not ShutterState.CLOSED)
        safe = monitor.connected and bool(monitor.known["IsSafe"])
        self._danger.look(not safe and (not monitor.connected or not monitor.is_safe))
        parked = mount.connected and bool(mount.known["AtPark"])
        self._exposed.look(not parked and not mount.parked)
        closing = shutter is ShutterState.CLOSING and dome.shutter is ShutterState.CLOSING
        self._closing.look(closing and dome.shutter_moves)
        self._parking.look(
            mount.connected and bool(mount.known["Slewing"]) and mount.hardware.parking
        )

    def _seen(self, fact: Fact, role: str) -> bool:
        """Return whether a reading of a device showed a fact that holds, and was taken in by now."""
        if not fact.holds:
            return False
        paths = (_BUNDLE, f"/equipment/{role}/info")
        taken_in = self._calm.time - _TAKEN_IN
        return any(
            each.began > fact.since and each.path in paths and each.calm < taken_in
            for each in self._readings
        )

    def _age(self, role: str) -> float:
        """Return how many calm seconds ago a device was last read."""
        paths = (_BUNDLE, f"/equipment/{role}/info")
        read = (each.calm for each in self._readings if each.path in paths)
        return self._calm.time - max(read, default=self._begun_at)

    def _look_at_states(self) -> None:
        """Compare what is shown with what has to be known."""
        rig = self._rig
        if rig.state("cover", "dome_shutter") == "closed" and self._open.holds:
            if self._seen(self._open, "dome"):
                self.accuse("the cover is shown closed while the roof reads open")
            elif self._age("dome") > _FRESH + _LENIENT:
                self.accuse(f"the cover is shown closed, not read for {self._age('dome'):.1f} s")
        if rig.state("binary_sensor", "hub_not_safe") == "off":
            if self._seen(self._danger, "safetymonitor"):
                self.accuse("Safety is off while the monitor reads unsafe or is disconnected")
            elif self._age("safetymonitor") > _FRESH + _LENIENT:
                self.accuse(f"Safety is off, not read for {self._age('safetymonitor'):.1f} s")

    def _answered(self, entry: Entry) -> None:
        """Take note of a reading."""
        self._look()
        if (entry.status, entry.code) == (200, 200) and entry.path.endswith(_READS):
            path = entry.path.removeprefix(_API)
            self._readings.append(Reading(path, entry.started, monotonic(), self._calm.time))

    def _arrived(self, entry: Entry) -> None:
        """Look whether a command is one that must not be sent now."""
        self._look()
        path = entry.path.removeprefix(_API)
        if path in _MOVES_ROOF:
            self._look_at_roof(path)
        elif path == _PARK and self._seen(self._parking, "mount"):
            self.note_haste("the mount is told to park while it reads slewing there")

    def _look_at_roof(self, path: str) -> None:
        """Look whether a command that moves the roof may be sent now."""
        observatory = self._observatory
        if self._seen(self._closing, "dome"):
            self.accuse(f"{path} is sent while the roof reads closing")
        shut = observatory.truth.roof is Place.CLOSED and not path.endswith("open")
        if not shut and self._seen(self._exposed, "mount"):
            self.accuse(f"{path} is sent while the mount reads not parked")

"""The newest reading of each device, how long it may be shown, and which devices to read next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from ..api import (
    DEVICE_MODELS,
    BundleReading,
    Device,
    DeviceReading,
    Equipment,
    Role,
    SafetyMonitor,
    Server,
)
from ..const import SAFETY_FRESHNESS

# Seconds that a reading is shown if no other follows: polling can be disabled in Home Assistant,
# and a device may not answer. Polls come sooner, however slow they are. A connected roof or safety
# monitor is shown for no longer than its reading may count as "safe".
OLDEST_SHOWN = 60.0
PROTECTS = (Role.SAFETY_MONITOR, Role.DOME)

# Seconds for which an event is applied to readings requested before it: longer than any request
# takes.
PATCHES_KEPT = 60.0

# Where devices are read one by one: those that come first in every poll, and those that come next
# if their last readings are equally old.
FIRST = (Role.SAFETY_MONITOR, Role.DOME, Role.MOUNT)
THEN = (Role.CAMERA, Role.WEATHER)

# How often to read equipment that was never seen where devices are read one by one.
READ_ALL_EVERY = timedelta(minutes=5)

# Whether a device moves, None if it does not report that.
_MOVES: Final[Mapping[Role, Callable[[Any], bool | None]]] = {
    Role.CAMERA: lambda camera: camera.exposing,
    Role.MOUNT: lambda mount: mount.slewing,
    Role.DOME: lambda dome: dome.shutter_moving or dome.slewing,
    Role.FOCUSER: lambda focuser: focuser.moving,
    Role.ROTATOR: lambda rotator: rotator.moving,
    Role.FILTER_WHEEL: lambda wheel: wheel.moving,
}

# Applies an event to the equipment.
type Patch = Callable[[Equipment], Equipment]


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentState:
    """The equipment as last read, and whether N.I.N.A. answers.

    Devices may have been read at different times; one without a recent reading is missing.
    """

    reachable: bool = False
    equipment: Equipment = field(default_factory=Equipment)
    server: Server | None = None
    # Loop time at which the request for each device was sent; its reading proves nothing about
    # later commands.
    read_at: Mapping[Role, float] = field(default_factory=dict, compare=False)

    def device(self, role: Role) -> Device | None:
        """Return the equipment of a role if it can be read now: reachable and connected."""
        device = self.equipment.device(role) if self.reachable else None
        return device if device is not None and device.connected else None


class EquipmentReadings:
    """The newest reading of each device; all times are loop times."""

    def __init__(self) -> None:
        # Replaced, never changed: states hold them. A device that had an error has only the time of
        # its request.
        self._devices: Mapping[Role, Device] = {}
        self._equipment = Equipment()
        self._asked_at: Mapping[Role, float] = {}
        self._patches: list[tuple[float, Patch]] = []
        # Time of the last request that any device answered.
        self.answered_at = float("-inf")
        # Time of the oldest request among the readings for which no `due_before` was asked yet.
        self._new_since = float("inf")

    def state(
        self, server: Server | None, *, reachable: bool, since: float = float("-inf")
    ) -> EquipmentState:
        """Return everything read, or only the readings requested since a loop time."""
        equipment, read_at = self._equipment, self._asked_at
        if min(read_at.values(), default=since) < since:
            recent = {role: each for role, each in self._devices.items() if read_at[role] >= since}
            equipment, read_at = (
                Equipment.from_devices(recent),
                {role: read_at[role] for role in recent},
            )
        elif len(read_at) != len(self._devices):
            read_at = {role: read_at[role] for role in self._devices}
        return EquipmentState(
            reachable=reachable, equipment=equipment, server=server, read_at=read_at
        )

    def read_since(self, role: Role, moment: float) -> bool:
        """Return whether a device was read since a loop time, and answered."""
        return self._asked_at.get(role, float("-inf")) >= moment

    def accept(self, reading: DeviceReading, now: float) -> Device | None:
        """Store a reading, unless a later request was already answered, and return the device."""
        role, device, asked_at = reading
        self.answered_at = max(self.answered_at, asked_at)
        if self._asked_at.get(role, float("-inf")) > asked_at:
            return None
        self._new_since = min(self._new_since, asked_at)
        if device is not None and (patches := self._patches_since(asked_at, now)):
            equipment = Equipment.from_devices({role: device})
            for patch in patches:
                equipment = patch(equipment)
            device = equipment.device(role)
        # The device before its time: whatever fails in between, none is newer than its reading.
        if device is not self._devices.get(role):
            rest = _without(self._devices, [role])
            self._keep(rest if device is None else {**rest, role: device})
        self._asked_at = {**self._asked_at, role: asked_at}
        return device

    def accept_bundle(self, bundle: BundleReading, now: float) -> bool:
        """Store the readings of all devices at once.

        Returns False, and stores nothing, if an event or another reading came since the request:
        then each device has to be stored by itself.
        """
        asked_at = bundle.asked_at
        if asked_at < self.answered_at or (self._patches and self._patches_since(asked_at, now)):
            return False
        self.answered_at = asked_at
        self._new_since = min(self._new_since, asked_at)
        self._keep(bundle.devices)
        self._asked_at = dict.fromkeys(DEVICE_MODELS, asked_at)
        return True

    def patch(self, patch: Patch, now: float) -> None:
        """Apply an event to all readings, including those in flight."""
        self._patches.append((now, patch))
        self._new_since = float("-inf")
        self._keep(dict(patch(self._equipment).devices()))

    def clear(self) -> None:
        """Clear everything: the server does not answer."""
        self._asked_at = {}
        self._keep({})

    def _patches_since(self, asked_at: float, now: float) -> list[Patch]:
        """Return the events that came since a request."""
        self._patches = [each for each in self._patches if each[0] >= now - PATCHES_KEPT]
        return [patch for at, patch in self._patches if at >= asked_at]

    def _keep(self, devices: Mapping[Role, Device]) -> None:
        """Replace the devices, unless they are the same object."""
        if devices is not self._devices:
            self._devices, self._equipment = devices, Equipment.from_devices(devices)

    def due_before(self, planned: float | None) -> float | None:
        """Return when the next reading, or all of them, will be too old; None if not before `planned`.

        That is what this returned before, if there is such a time: then only new readings can be due
        earlier, but none of those requested late enough.
        """
        new_since, self._new_since = self._new_since, float("inf")
        if planned is not None and planned <= new_since + _shortest_shown():
            return None
        oldest = min(map(self._shown_until, self._asked_at), default=float("inf"))
        due = min(oldest, self.answered_at + OLDEST_SHOWN)
        return due if planned is None or due < planned else None

    def too_old(self, now: float) -> bool:
        """Return whether no device has answered for so long that nothing is known any longer."""
        return now >= self.answered_at + OLDEST_SHOWN

    def expire(self, now: float) -> list[Role]:
        """Remove and return the readings that are too old to be shown."""
        over = [role for role in self._asked_at if self._shown_until(role) <= now]
        if over:
            self._asked_at = _without(self._asked_at, over)
            self._keep(_without(self._devices, over))
        return over

    def _shown_until(self, role: Role) -> float:
        """Return when a reading is too old to be shown."""
        device = self._devices.get(role) if role in PROTECTS else None
        shown = OLDEST_SHOWN if device is None or not device.connected else _shortest_shown()
        return self._asked_at[role] + shown


class PollOrder:
    """The devices to read in a poll, in order, and those left for the next one.

    This matters only where devices are read one by one; a bundle always holds them all.
    """

    def __init__(self) -> None:
        """Start with every device to be read."""
        self.left: frozenset[Role] = frozenset()
        self._expected: set[Role] = set()
        self._all_read_at = float("-inf")
        self._asked_at: dict[Role, float] = {}

    def expect(self, role: Role) -> None:
        """Read a device although it was never seen."""
        self._expected.add(role)

    def read_all_next(self) -> None:
        """Read every device in the next poll."""
        self._all_read_at = float("-inf")

    def wanted(self, known: Iterable[Role], now: float) -> tuple[Role, ...]:
        """Return the devices to read, the most important first: existing ones, or those left over.

        At intervals it returns every possible device.
        """
        if now - self._all_read_at >= READ_ALL_EVERY.total_seconds():
            self._all_read_at, self._expected = now, set()
            self.left = frozenset(DEVICE_MODELS)
        wanted = self.left | self._expected | set(known)
        # Read at least one device, to find out whether N.I.N.A. answers.
        return tuple(sorted(wanted or {Role.CAMERA}, key=self._urgency))

    def note(self, wanted: Iterable[Role], left: frozenset[Role], now: float) -> None:
        """Record which devices were read in a poll, and which were left."""
        self._asked_at |= dict.fromkeys(set(wanted) - left, now)
        self.left = left

    def note_all(self, now: float) -> None:
        """Record that all devices were read at once."""
        self._all_read_at, self._expected = now, set()
        self._asked_at = dict.fromkeys(DEVICE_MODELS, now)
        self.left = frozenset()

    def _urgency(self, role: Role) -> tuple[int, float, int]:
        """Order devices: protective ones first, then those whose last reading is oldest."""
        if role in FIRST:
            return (FIRST.index(role), 0.0, 0)
        place = THEN.index(role) if role in THEN else len(THEN)
        return (len(FIRST), self._asked_at.get(role, float("-inf")), place)


def _without[ValueT](kept: Mapping[Role, ValueT], roles: Iterable[Role]) -> dict[Role, ValueT]:
    """Return what is kept, without some devices."""
    return {role: each for role, each in kept.items() if role not in roles}


def _shortest_shown() -> float:
    """Return for how many seconds any reading is shown."""
    return min(SAFETY_FRESHNESS.total_seconds(), OLDEST_SHOWN)


def with_unsafe_monitor(equipment: Equipment) -> Equipment:
    """Return the equipment with a safety monitor that reads unsafe, if one is connected."""
    monitor = equipment.safety_monitor
    if monitor is None or not monitor.connected:
        return equipment
    return replace(equipment, safety_monitor=replace(monitor, is_safe=False))


def unsafe_and_still(state: EquipmentState) -> bool:
    """Return whether the safety monitor reports unsafe and all devices read not moving.

    False if the monitor is not connected.
    """
    monitor = state.device(Role.SAFETY_MONITOR)
    if not isinstance(monitor, SafetyMonitor) or monitor.is_safe is not False:
        return False
    return not _may_move(state.equipment)


def _may_move(equipment: Equipment) -> bool:
    """Return whether any connected device moves, or does not report whether it does."""
    return any(
        device.connected and role in _MOVES and _MOVES[role](device) is not False
        for role, device in equipment.devices()
    )

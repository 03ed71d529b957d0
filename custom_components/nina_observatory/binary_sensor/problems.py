"""Binary sensors of what goes wrong, with the reason, and what follows from the same readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..api import EventType, Role
from ..devices import is_known
from ..entities.entity import Follow, NinaEntity, async_add_when_seen
from ..events.bus import BusEvent, async_fire_own, event_bus
from ..events.own_types import OwnEventType
from ..events.reconciler import History
from ..helpers.listeners import tell
from ..night.problems import (
    AutofocusFailed,
    FlipOverdue,
    GuidingLost,
    ImagingStalled,
    Judge,
    RoofOpen,
    Scene,
    Suspicion,
    WaitingForPerson,
    Watch,
    is_closed,
)
from ..night.report import GUIDING_FOUND, GUIDING_LOST
from ..readings.equipment import EquipmentCoordinator
from ..roof.shared import loaded, shared_roofs
from ..runtime import NinaConfigEntry


@dataclass(frozen=True, kw_only=True)
class ProblemDescription(BinarySensorEntityDescription):
    """Describe a problem and what watches for it."""

    watch: type[Watch]


def _describe(key: str, watch: type[Watch]) -> ProblemDescription:
    """Describe a problem."""
    return ProblemDescription(
        key=key, translation_key=key, device_class=BinarySensorDeviceClass.PROBLEM, watch=watch
    )


AUTOFOCUS: Final = "autofocus_failed"
PERSON: Final = "waiting_for_person"
GUIDING: Final = "guiding_lost"
PROBLEMS: Final[dict[Role, tuple[ProblemDescription, ...]]] = {
    Role.HUB: (
        _describe("imaging_stalled", ImagingStalled),
        _describe(PERSON, WaitingForPerson),
    ),
    Role.MOUNT: (_describe("meridian_flip_overdue", FlipOverdue),),
    Role.FOCUSER: (_describe(AUTOFOCUS, AutofocusFailed),),
    Role.GUIDER: (_describe(GUIDING, GuidingLost),),
    Role.DOME: (_describe("open_while_not_safe", RoofOpen),),
}
# The versions that tell the state of the guider, and the beginning of an autofocus run.
SINCE: Final = {
    GUIDING: (2, 1, 4),
    AUTOFOCUS: (2, 2, 12),
    "autofocus_running": (2, 2, 12),
}
# What is told when it turns out; a failure that N.I.N.A. reported is told already.
TOLD: Final[dict[str, tuple[EventType | OwnEventType, Role]]] = {
    AUTOFOCUS: (EventType.AUTOFOCUS_FAILED, Role.FOCUSER),
    PERSON: (OwnEventType.WAITING_FOR_PERSON, Role.HUB),
}
HEARD: Final = frozenset(
    {
        EventType.AUTOFOCUS_STARTED,
        EventType.AUTOFOCUS_POINT_ADDED,
        EventType.AUTOFOCUS_FINISHED,
        EventType.AUTOFOCUS_FAILED,
        EventType.IMAGE_SAVED,
        EventType.MERIDIAN_FLIP_STARTED,
        EventType.MERIDIAN_FLIP_FINISHED,
        EventType.SEQUENCE_FINISHED,
    }
)
AUTOFOCUS_RUNNING: Final = BinarySensorEntityDescription(
    key="autofocus_running",
    translation_key="autofocus_running",
    device_class=BinarySensorDeviceClass.RUNNING,
)


class ProblemKeeper:
    """Judge the problems of one entry anew whenever something is read, heard or due."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Begin without a verdict; nothing is followed yet."""
        self.judges = {
            description.key: Judge(description.watch())
            for descriptions in PROBLEMS.values()
            for description in descriptions
        }
        self._hass = hass
        self._entry = entry
        self._listeners: set[CALLBACK_TYPE] = set()
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Follow everything there is, until the entry is unloaded."""
        data, entry = self._entry.runtime_data, self._entry
        for follow in (
            data.equipment.async_add_listener,
            data.sequence.async_add_listener,
            data.frames.async_add_listener,
            data.safety.async_add_listener,
            data.roof_alarm.async_add_listener,
        ):
            entry.async_on_unload(follow(self.async_judge))
        if data.scheduler is not None:
            entry.async_on_unload(data.scheduler.async_add_listener(self.async_judge))
        bus = event_bus(self._hass, entry)
        entry.async_on_unload(bus.async_subscribe(self._handle_event))
        entry.async_on_unload(self._stop_timer)
        data.listener.async_subscribe_history(self._apply_history)
        self.async_judge()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` after each look; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def _handle_event(self, event: BusEvent) -> None:
        """Judge again after an event that happens now and can change a verdict."""
        if event["type"] not in HEARD or event.get("replayed"):
            return
        for judge in self.judges.values():
            judge.watch.hear(event["type"], event["data"], dt_util.utcnow())
        self.async_judge()

    @callback
    def _apply_history(self, history: History) -> None:
        """Take in what N.I.N.A. remembers, of which nothing is told."""
        now = dt_util.utcnow()
        # The clock of N.I.N.A.'s computer may be ahead of ours; the past is not.
        past = [
            (event.type, event.data, min(event.time or now, now))
            for event in history.events
            if event.type in HEARD
        ]
        for judge in self.judges.values():
            judge.learn(past, now)
        self.async_judge()

    @callback
    def async_judge(self, moment: datetime | None = None) -> None:
        """Look at everything once."""
        now, scene = moment or dt_util.utcnow(), self._scene()
        before = {key: (judge.verdict, judge.told) for key, judge in self.judges.items()}
        for judge in self.judges.values():
            enough = scene.complete if judge.watch.needs_frames else scene.legible
            if enough or judge.watch.blind:
                judge.watch.see(scene, now)
                judge.look(now)
            elif not scene.rig.reachable:
                judge.watch.see(scene, now)
                judge.forget()
        self._set_timer(now)
        if bool(before[GUIDING][0]) != bool(lost := self.judges[GUIDING].verdict):
            self._entry.runtime_data.nights.async_note(GUIDING_LOST if lost else GUIDING_FOUND)
        tell(self._listeners)
        for key, (kind, role) in TOLD.items():
            verdict, told = before[key]
            judge = self.judges[key]
            if verdict is None or not judge.verdict or judge.reason == "reported":
                continue
            if not verdict or judge.told != told:
                async_fire_own(self._hass, self._entry, kind, judge.told, role)

    def _scene(self) -> Scene:
        """Put together what is known now."""
        data = self._entry.runtime_data
        monitored = is_known(self._hass, self._entry, Role.SAFETY_MONITOR)
        return Scene(
            rig=data.equipment.data,
            sequence=data.sequence.data,
            scheduler_waits=data.sequence.data.scheduler_activity.waiting_until is not None,
            not_safe=data.safety.not_safe if monitored else None,
            roof=self._roof(),
            shared_roof_closed=any(map(self._is_closed, shared_roofs(self._hass, self._entry))),
            newest=data.frames.data.frames[-1] if data.frames.data.frames else None,
            frames_known=data.frames.data.known,
        )

    def _is_closed(self, other: NinaConfigEntry) -> bool:
        """Return whether the roof of another observatory reads closed."""
        entry = loaded(self._hass, other.entry_id)
        return entry is not None and is_closed(entry.runtime_data.equipment.data.device(Role.DOME))

    def _roof(self) -> Suspicion | None:
        """Return what the roof alarm holds against the roof."""
        alarm = self._entry.runtime_data.roof_alarm
        exposure, since, due = alarm.exposure, alarm.exposed_since, alarm.due_at
        if exposure is None or since is None or due is None:
            return None
        return Suspicion(reason=exposure.problem.value, since=since, patience=due - since)

    def _set_timer(self, now: datetime) -> None:
        """Look again when time alone may change a verdict."""
        self._stop_timer()
        moments = [judge.next_look for judge in self.judges.values()]
        due = min((moment for moment in moments if moment and moment > now), default=None)
        if due is not None:
            self._timer = async_track_point_in_utc_time(self._hass, self.async_judge, due)

    @callback
    def _stop_timer(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer()
            self._timer = None


class NinaProblem(NinaEntity[EquipmentCoordinator], BinarySensorEntity):
    """A problem; unknown until it was judged, unavailable while there is nothing to judge by."""

    def __init__(
        self, keeper: ProblemKeeper, rig: EquipmentCoordinator, role: Role, description: Any
    ) -> None:
        """Take the verdict from the keeper."""
        super().__init__(rig, role, description)
        self._keeper = keeper

    @property
    def judge(self) -> Judge:
        """Return who judges this."""
        return self._keeper.judges[self.entity_description.key]

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the keeper."""
        return [self._keeper.async_add_listener]

    @property
    @override
    def available(self) -> bool:
        """Return whether there is something to judge by: the device, or that it is missing."""
        rig, watch = self.coordinator.data, self.judge.watch
        seen = self.role == Role.HUB or rig.device(Role(self.role)) is not None
        return (rig.reachable or watch.blind) and (seen or watch.suspicion is not None)

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the verdict."""
        return self.judge.verdict

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return why and since when."""
        return {
            "reason": self.judge.reason,
            "since": self.judge.since,
            **self.judge.watch.attributes(),
        }

    @override
    def part(self) -> object:
        """Return the verdict with its reason."""
        judge = self.judge
        return (judge.verdict, judge.reason, judge.since, judge.watch.attributes())


class AutofocusRunning(NinaProblem):
    """Whether an autofocus run is under way, as its events tell."""

    @property
    @override
    def judge(self) -> Judge:
        """Return who follows the runs."""
        return self._keeper.judges[AUTOFOCUS]

    @property
    @override
    def is_on(self) -> bool:
        """Return whether one began that neither ended nor fell silent."""
        watch = self.judge.watch
        return isinstance(watch, AutofocusFailed) and watch.under_way and not self.judge.verdict

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return nothing more."""
        return {}

    @override
    def part(self) -> object:
        """Return the state alone."""
        return self.is_on


@callback
def async_add_problems(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the problems that the rig can have."""
    rig, keeper = entry.runtime_data.equipment, ProblemKeeper(hass, entry)

    def exists(description: BinarySensorEntityDescription, device: Any) -> bool:
        """Return whether the device can have the problem, and the server can tell of it."""
        if not entry.runtime_data.client.dialect.speaks(*SINCE.get(description.key, ())):
            return False
        return description.key != "open_while_not_safe" or device.can_set_shutter

    keeper.async_start()
    async_add_entities(NinaProblem(keeper, rig, Role.HUB, each) for each in PROBLEMS[Role.HUB])
    for role in PROBLEMS.keys() - {Role.HUB}:
        async_add_when_seen(
            entry,
            Platform.BINARY_SENSOR,
            role,
            PROBLEMS[role],
            exists,
            partial(NinaProblem, keeper, rig, role),
            async_add_entities,
        )
    async_add_when_seen(
        entry,
        Platform.BINARY_SENSOR,
        Role.FOCUSER,
        [AUTOFOCUS_RUNNING],
        exists,
        partial(AutofocusRunning, keeper, rig, Role.FOCUSER),
        async_add_entities,
    )

"""What is being imaged: one answer, from whoever knows it best, and word of its changes."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from homeassistant.core import HomeAssistant, callback

from ..api import Coordinates, Epoch, Target
from ..events.bus import async_fire_own
from ..events.own_types import OwnEventType
from ..readings.witness import Witnessed
from ..runtime import NinaConfigEntry, NinaRuntimeData


class TargetSource(StrEnum):
    """Who says what is imaged."""

    TARGET_SCHEDULER = "target_scheduler"
    SEQUENCE = "sequence"
    LAST_FRAME = "last_frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imaged:
    """A target and who says so; angles in degrees (J2000) as far as they are known."""

    name: str | None = None
    source: TargetSource | None = None
    right_ascension: float | None = None
    declination: float | None = None
    rotation: float | None = None


def current_target(data: NinaRuntimeData) -> Imaged:
    """Return what is imaged: the scheduler's answer, else that of the frames, else of the sequence.

    N.I.N.A. writes the name of its target into every frame, whatever its containers are called.
    Nothing while no sequence runs, and none while the scheduler waits.
    """
    reading = data.sequence.data
    tree, activity, witnessed = reading.tree, reading.scheduler_activity, reading.witnessed
    if tree is None or not tree.running:
        return Imaged()
    if activity.target is not None or activity.waiting_until is not None:
        return _scheduled(data)
    if witnessed.name is not None and witnessed.name != tree.target:
        # A name that is new in what was read to run may be that of what runs by now.
        place = tree.coordinates if witnessed.certain or witnessed.first else None
        return _imaged(witnessed.name, TargetSource.LAST_FRAME, place)
    if tree.target is not None:
        return _imaged(tree.target, TargetSource.SEQUENCE, tree.coordinates)
    found = witnessed.alone and reading.may_expose
    light = data.frames.data.newest_light if found else None
    if light is not None and light.date and activity.begun and light.date < activity.begun:
        # N.I.N.A. may run for days: it is of another night.
        light = None
    name = None if light is None else light.target_name
    return _imaged(name, TargetSource.LAST_FRAME, tree.coordinates)


def _scheduled(data: NinaRuntimeData) -> Imaged:
    """Return what the scheduler images; its server knows where that is, where there is one."""
    activity = data.sequence.data.scheduler_activity
    plan = None if data.scheduler is None else data.scheduler.data
    found = (
        []
        if plan is None or activity.target is None
        else plan.named(activity.target, activity.project)
    )
    place = found[0] if len(found) == 1 else None
    return _imaged(activity.target, TargetSource.TARGET_SCHEDULER, place)


def _imaged(
    name: str | None, source: TargetSource, place: Coordinates | Target | None = None
) -> Imaged:
    """Return a target; coordinates of another epoch than J2000 would mislead."""
    if place is None or place.right_ascension is None or place.epoch is not Epoch.J2000:
        return Imaged(name=name, source=source)
    return Imaged(
        name=name,
        source=source,
        right_ascension=round(15 * place.right_ascension, 5),
        declination=place.declination,
        rotation=place.rotation if isinstance(place, Target) else None,
    )


def current_instruction(data: NinaRuntimeData) -> str | None:
    """Return what the sequence does.

    The container of a scheduler does not tell what goes on in it: it images a target, through the
    filter that is in place, as far as these are known.
    """
    reading = data.sequence.data
    tree = reading.tree
    scheduled = reading.scheduler_activity.target is not None or (
        tree is not None and tree.target is None
    )
    hidden = tree is not None and tree.hidden and scheduled
    target = current_target(data).name if hidden else None
    if target is None:
        return reading.instruction
    wheel = data.equipment.data.equipment.filter_wheel
    selected = None if wheel is None or not wheel.connected else wheel.selected_filter
    filter_name = None if selected is None or (wheel and wheel.moving) else selected.name
    return f"Imaging {target}" if filter_name is None else f"Imaging {target} ({filter_name})"


class TargetNews:
    """Which targets were told since the sequence began: each part of it with each target once.

    A wait does not end a target, and what comes round in a loop is not begun again; the end of the
    sequence ends all. Where frames have another name than the container, the target is the same.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._last: str | None = None
        # What the scheduler called its target; it may be renamed meanwhile.
        self._announced: str | None = None
        # The names of each part, and the parts of which nothing but the tree has told a name.
        self._told: dict[Hashable, set[str]] = {}
        self._by_tree: set[Hashable] = set()

    def forget(self) -> None:
        """Forget all: no sequence runs."""
        self._last = self._announced = None
        self._told.clear()
        self._by_tree.clear()

    def changed(
        self, imaged: Imaged, witnessed: Witnessed, announced: str | None = None
    ) -> tuple[str, str | None] | None:
        """Return a target that was begun, with the one before; None where nothing was.

        `announced` is what the scheduler called its target when that was begun.
        """
        name, part, previous = imaged.name, witnessed.part, self._last
        if name is None:
            return None
        if imaged.source is TargetSource.TARGET_SCHEDULER:
            renamed = announced is not None and announced == self._announced
            self._last, self._announced = name, announced
            return None if renamed or name == previous else (name, previous)
        self._announced = None
        if witnessed.formerly in self._by_tree:
            self._by_tree ^= {witnessed.formerly, part}
            self._told[part] = self._told[witnessed.formerly]
        by_frame = witnessed.name == name
        renamed = by_frame and part in self._by_tree
        if renamed and not witnessed.certain:
            # It may be the first of what runs by now.
            return None
        told = self._told.setdefault(part, set())
        if by_frame:
            self._by_tree.discard(part)
        elif not told:
            self._by_tree.add(part)
        known = renamed or name in told or name == previous
        told.add(name)
        self._last = name
        return None if known else (name, previous)


@callback
def async_watch_target(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Tell of each target that is begun, until the entry is unloaded.

    A wait does not end a target; the end of the sequence does. What is found after a start or a
    gap was begun before.
    """
    data = entry.runtime_data
    news = TargetNews()
    frames = data.frames.data

    @callback
    def look(*, silent: bool = False) -> None:
        """Look who is imaged now, and tell of it unless that is to stay `silent`."""
        tree = data.sequence.data.tree
        if tree is not None and not tree.running:
            news.forget()
        imaged = current_target(data)
        reading = data.sequence.data
        begun = news.changed(imaged, reading.witnessed, reading.scheduler_activity.announced)
        if begun is not None and data.listener.caught_up and not silent:
            told = {"target": begun[0], "previous": begun[1], "source": imaged.source}
            async_fire_own(hass, entry, OwnEventType.TARGET_CHANGED, told)

    @callback
    def look_at_frames() -> None:
        """Take a light frame that was not there before for a witness, and look again."""
        nonlocal frames
        before, frames = frames, data.frames.data
        light = frames.newest_light
        if not before.known and frames.known:
            data.sequence.async_recall(frames.frames)
        if before.known and light is not None and light != before.newest_light:
            data.sequence.async_witness(light)
        look()

    if frames.known:
        data.sequence.async_recall(frames.frames)
    # What runs already was begun before; nothing else may come to tell that it does.
    look(silent=True)
    entry.async_on_unload(data.sequence.async_add_listener(look))
    entry.async_on_unload(data.frames.async_add_listener(look_at_frames))

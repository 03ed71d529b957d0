"""What is being imaged: one answer, from whoever knows it best, and word of its changes."""

from dataclasses import dataclass
from enum import StrEnum

from homeassistant.core import HomeAssistant, callback

from .api import Coordinates, Epoch, Target
from .bus import async_fire_own
from .coordinator import NinaConfigEntry, NinaRuntimeData
from .occasion import Occasion


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
    """Return what is imaged: the scheduler's answer, else the sequence's, else that of the last light.

    Nothing while no sequence runs, and none while the scheduler waits.
    """
    tree, doing = data.sequence.data.tree, data.sequence.data.doing
    if tree is None or not tree.running:
        return Imaged()
    if doing.target is not None or doing.waiting_until is not None:
        return _scheduled(data)
    if tree.target is not None:
        return _imaged(tree.target, TargetSource.SEQUENCE, tree.coordinates)
    light = data.frames.data.newest_light
    if light is not None and light.date and doing.begun and light.date < doing.begun:
        # N.I.N.A. may run for days: it is of another night.
        light = None
    return _imaged(None if light is None else light.target_name, TargetSource.LAST_FRAME)


def _scheduled(data: NinaRuntimeData) -> Imaged:
    """Return what the scheduler images; its server knows where that is, where there is one."""
    doing = data.sequence.data.doing
    plan = None if data.scheduler is None else data.scheduler.data
    found = [] if plan is None or doing.target is None else plan.named(doing.target, doing.project)
    place = found[0] if len(found) == 1 else None
    return _imaged(doing.target, TargetSource.TARGET_SCHEDULER, place)


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


@callback
def async_watch_target(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Tell of each target that is begun, until the entry is unloaded.

    A wait does not end a target; the end of the sequence does. What is found after a start or a
    gap was begun before.
    """
    data = entry.runtime_data
    known: str | None = None

    @callback
    def look() -> None:
        """Look who is imaged now."""
        nonlocal known
        tree = data.sequence.data.tree
        if tree is not None and not tree.running:
            known = None
        imaged = current_target(data)
        if imaged.name is None or imaged.name == known:
            return
        previous, known = known, imaged.name
        if data.listener.caught_up:
            told = {"target": known, "previous": previous, "source": imaged.source}
            async_fire_own(hass, entry, Occasion.TARGET_CHANGED, told)

    for coordinator in (data.sequence, data.frames):
        entry.async_on_unload(coordinator.async_add_listener(look))

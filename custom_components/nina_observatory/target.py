"""What is being imaged: one answer, from whoever knows it best, and word of its changes."""

from enum import StrEnum

from homeassistant.core import HomeAssistant, callback

from .api import Sequence
from .bus import async_fire_own
from .coordinator import NinaConfigEntry, NinaRuntimeData
from .occasion import Occasion


class TargetSource(StrEnum):
    """Who says what is imaged."""

    TARGET_SCHEDULER = "target_scheduler"
    SEQUENCE = "sequence"
    LAST_FRAME = "last_frame"


def current_target(data: NinaRuntimeData) -> tuple[str | None, TargetSource | None]:
    """Return the target and who says so: the scheduler, else the sequence, else the last light.

    Nothing while no sequence runs, and none while the scheduler waits.
    """
    tree = data.sequence.data.tree
    if tree is None or not tree.running:
        return None, None
    if data.scheduler is not None:
        doing = data.scheduler.data.doing
        if doing.target is not None or doing.waiting_until is not None:
            return doing.target, TargetSource.TARGET_SCHEDULER
    if tree.target is not None:
        return tree.target, TargetSource.SEQUENCE
    light = data.frames.data.newest_light
    return (None, None) if light is None else (light.target_name, TargetSource.LAST_FRAME)


def _is_target(tree: Sequence | None, name: str) -> bool:
    """Return whether a container is about a target, not just one that happens to run."""
    nodes = () if tree is None or tree.targets is None else tree.targets.walk()
    return any(node.details.target_name == name for node in nodes)


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
        target, source = current_target(data)
        if target is None or target == known:
            return
        if source is TargetSource.SEQUENCE and not _is_target(tree, target):
            return
        previous, known = known, target
        if data.listener.caught_up:
            told = {"target": target, "previous": previous, "source": source}
            async_fire_own(hass, entry, Occasion.TARGET_CHANGED, told)

    for coordinator in (data.sequence, data.frames, data.scheduler):
        if coordinator is not None:
            entry.async_on_unload(coordinator.async_add_listener(look))

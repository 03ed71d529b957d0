"""What the models say of a sequence, in the words of the cases."""

from typing import Any, Final

from custom_components.nina_observatory.api import (
    Sequence,
    ends_at,
    message_boxes,
    sequence_exposures,
)

from . import Case

# What the events of a scheduler, the safety monitor and the frames have a say in.
TOLD_BY_EVENTS: Final = frozenset(
    {"target", "coordinates", "instruction", "waiting", "waiting_until", "done", "of", "progress"}
)
TOLD_BY_MONITOR: Final = frozenset({"waiting", "ends_at"})
TOLD_BY_FRAMES: Final = frozenset({"target", "coordinates"})


def shown(case: Case) -> dict[str, Any]:
    """Return what the models say of a case, without what the tree alone cannot say."""
    tree = Sequence.from_wire(case.tree)
    exposures = sequence_exposures(tree)
    counted = (exposures.total or exposures.endless) and not exposures.hidden
    activity = tree.activity
    place = tree.coordinates
    boxes = message_boxes(tree)
    said = {
        "running": True if tree.running else False if tree.at_rest else None,
        "at_rest": tree.at_rest,
        "target": tree.target,
        "coordinates": None
        if place is None or place.right_ascension is None
        else [15 * place.right_ascension, place.declination],
        "done": exposures.done if counted else None,
        "of": exposures.total if counted and not exposures.endless else None,
        "progress": exposures.percent,
        "ends_at": ends_at(tree, case.at),
        "instruction": None if activity is None else activity.name or None,
        "person": boxes[0].details.text or "" if boxes else False,
        "waiting": tree.waiting,
        "waiting_until": tree.waiting_until,
    }
    elsewhere = TOLD_BY_EVENTS if case.events else frozenset[str]()
    elsewhere |= frozenset[str]() if case.safe else TOLD_BY_MONITOR
    elsewhere |= TOLD_BY_FRAMES if case.named_by_frames else frozenset[str]()
    return {key: value for key, value in said.items() if key not in elsewhere}

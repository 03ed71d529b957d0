"""What the models say of a sequence, in the words of the cases."""

from typing import Any, Final

from custom_components.nina_observatory.api import Sequence, ends_at, sequence_exposures

from . import Case

TOLD_BY_EVENTS: Final = ("target", "coordinates", "instruction", "waiting", "waiting_until")


def shown(case: Case) -> dict[str, Any]:
    """Return what the models say of a case; what events tell is not for the tree to say."""
    tree = Sequence.from_wire(case.tree)
    exposures = sequence_exposures(tree)
    counted = (exposures.total or exposures.endless) and not exposures.hidden
    activity = tree.activity
    place = tree.coordinates
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
        "waiting": tree.waiting,
        "waiting_until": tree.waiting_until,
    }
    told = TOLD_BY_EVENTS if case.events else ()
    return {key: value for key, value in said.items() if key not in told}

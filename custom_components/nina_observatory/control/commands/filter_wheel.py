"""Commands for the filter wheel."""

from ...api import FilterWheel, Role
from ...const import CommandKey
from ...errors import Reason
from ..command import Command


class FilterWheelKey(CommandKey):
    """Keys of the commands for the filter wheel."""

    CHANGE_FILTER = "change_filter"


def _selected(wheel: FilterWheel) -> str | None:
    """Return the name of the selected filter."""
    return None if wheel.selected_filter is None else wheel.selected_filter.name


def change_filter(name: str) -> Command[FilterWheel]:
    """Change to a filter by its name.

    N.I.N.A. expects the index in the profile's list, which comes from a reading made for this
    command (docs/field-notes.md, Filter wheel).
    """
    return Command(
        key=FilterWheelKey.CHANGE_FILTER,
        subject=Role.FILTER_WHEEL,
        method=lambda client: client.filter_wheel.change_filter,
        send=lambda client, wheel: client.filter_wheel.change_filter(wheel.index_of(name) or 0),
        succeeded=lambda wheel: _selected(wheel) == name and wheel.moving is False,
        proof_text="the filter wheel has stopped at the filter",
        reads=_selected,
        timeout=120,
        precondition=lambda wheel, _: (
            Reason.FILTER_MISSING if wheel.index_of(name) is None else None
        ),
        stalled=lambda wheel, _: wheel.moving is False,
    )

"""The filter wheel."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from .base import Device, in_place, wire_model
from .wire import Count

if TYPE_CHECKING:
    from collections.abc import Mapping

# Keys of a filter on servers before 2.1.
_OLD_NAMES = {"_name": "Name", "_position": "Id"}


@wire_model()
class Filter:
    """A filter; `id` is its position in the wheel, which commands do not use (see `index_of`)."""

    name: str | None = None
    id: Count = None

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Accept the older spelling."""
        return {_OLD_NAMES.get(key, key): value for key, value in block.items()}


# Commands count positions: a filter that cannot be decoded keeps its place, without a name.
_Filters = Annotated[tuple[Filter, ...], in_place(Filter)]


@wire_model(moving="IsMoving")
class FilterWheel(Device):
    """The filter wheel; `available_filters` is the profile's list, even while disconnected.

    `selected_filter` is None while unknown. N.I.N.A. does not poll the wheel.
    """

    always_decoded: ClassVar[frozenset[str]] = Device.always_decoded | {"AvailableFilters"}

    selected_filter: Filter | None = None
    available_filters: _Filters = ()
    moving: bool | None = None

    def index_of(self, name: str) -> int | None:
        """Return the number of a filter in commands: its index in the profile's list."""
        names = [each.name for each in self.available_filters]
        return names.index(name) if name in names else None

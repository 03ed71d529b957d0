"""The filter wheel; N.I.N.A. does not poll it."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.hardware.motion import Axis
from simulator.parameters import Integer
from simulator.reply import Refusal, Reply
from simulator.routing import get

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.context import Context
    from simulator.networked import Networked

    from .focuser import Focuser
    from .guider import Guider

_CHECK = 0.5
_SECONDS_PER_SLOT = 0.8
_FAMILY = "filter"


class FilterWheel(Device):
    """A wheel; `slot` is where it truly stands, the filters' names are in the profile."""

    role = "filter_wheel"
    path = "filterwheel"
    bundle_key = "FilterWheel"
    prefix = "FILTERWHEEL"
    noun = "Filterwheel"
    profile_section = "FilterWheelSettings"
    connect_seconds = 0.8
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No filter wheel"),
        Driver(
            "FilterWheel_7",
            "Filter Wheel 7x36",
            category="Native",
            description="Native driver for filter wheels",
            info="SDK: 1, 7; FW: 4.0.4",
            version="1.0",
            setup_dialog=False,
        ),
        Driver(
            "Networked Filter Wheel",
            "Networked Filter Wheel",
            category="Advanced API",
            description="A networked manual filter wheel",
            info="n.A.",
            version="1.0",
            setup_dialog=False,
        ),
    )

    def __init__(
        self, context: Context, focuser: Focuser, guider: Guider, person: Networked
    ) -> None:
        """Begin at the first filter; the person changes filters where there is no motor."""
        self._focuser = focuser
        self._guider = guider
        self._person = person
        self.wheel = Axis(context.clock, 0.0, 1 / _SECONDS_PER_SLOT, circle=7.0)
        self.selected: int | None = 0
        self.moving = False
        super().__init__(context)

    @property
    def slot(self) -> int:
        """Return the slot in the beam."""
        return round(self.wheel.value)

    @property
    def filters(self) -> list[dict[str, Any]]:
        """Return the filters of the profile."""
        settings = self.profile.section("FilterWheelSettings")
        entries: list[dict[str, Any]] = settings["FilterWheelFilters"]
        return entries

    @property
    def selected_name(self) -> str:
        """Return the name of the filter N.I.N.A. believes in, "" without a wheel."""
        entry = self._entry(self.selected) if self.connected else None
        return entry["Name"] if entry else ""

    @property
    def focus_offset(self) -> float:
        """Return by how many steps the focus is shifted by the filter in the beam."""
        entry = self._entry(self.slot)
        return float(entry["FocusOffset"]) if entry else 0.0

    @property
    def networked(self) -> bool:
        """Return whether a person changes the filters, whom a remote client helps."""
        return self.driver is not None and self.driver.device_id == "Networked Filter Wheel"

    def _entry(self, position: int | None) -> dict[str, Any] | None:
        """Return the profile's filter at a position."""
        return next((entry for entry in self.filters if entry["Position"] == position), None)

    def index_of(self, name: str) -> int | None:
        """Return the list index of a filter by name."""
        names = [entry["Name"] for entry in self.filters]
        return names.index(name) if name in names else None

    @override
    def defaults(self) -> dict[str, Any]:
        """Return nothing: the block is made when it is asked for."""
        return {}

    @override
    def read(self) -> dict[str, Any]:
        """Return nothing: the block is made when it is asked for."""
        return {}

    @override
    def attached(self) -> None:
        """Learn where the wheel stands."""
        self.selected = self.slot

    @override
    def info(self) -> dict[str, Any]:
        """Return the block; the list of filters is the profile's."""
        entry = self._entry(self.selected) if self.connected else None
        chosen = entry if self.dialect.is_wiki else entry and _short(entry)
        return {
            "IsMoving": self.connected and self.moving,
            "SelectedFilter": chosen,
            "AvailableFilters": [_short(item) for item in self.filters],
            **super().info(),
        }

    async def change_to(self, index: int) -> None:
        """Change to a filter by its list index, and announce it if the former is known."""
        entry = self.filters[index]
        before = self._entry(self.selected)
        guider = self._guider
        settings = self.profile.section("FilterWheelSettings")
        pause = settings["DisableGuidingOnFilterChange"] and guider.guiding
        self.moving = True
        try:
            if pause:
                await guider.routines.stop()
            await self._turn(entry)
            self.selected = self.slot
            now = self._entry(self.selected) or entry
            await self._follow_focus(before, now)
            if before is not None:
                await self.events.emit(
                    "FILTERWHEEL-CHANGED", Previous=_short(before), New=_short(now)
                )
            if pause:
                await guider.routines.start(calibrate=False)
        finally:
            self.moving = False

    async def _turn(self, entry: dict[str, Any]) -> None:
        """Bring a filter into the beam, by motor or by a person."""
        if self.networked:
            await self._person.change_filter(entry["Name"])
            self.wheel.put(entry["Position"])
        elif self.obeys():
            self.wheel.go(entry["Position"])
        while self.wheel.moving:
            await self.clock.sleep(_CHECK)

    async def _follow_focus(self, before: dict[str, Any] | None, now: dict[str, Any]) -> None:
        """Move the focuser by the difference of the offsets, if the profile is set to."""
        focuser = self._focuser
        wanted = self.profile.section("FocuserSettings")["UseFilterWheelOffsets"]
        difference = now["FocusOffset"] - before["FocusOffset"] if before else 0
        if wanted and difference and focuser.connected:
            await focuser.move_to(focuser.position + difference)

    def _checked(self, index: int, *, connection: bool = True) -> dict[str, Any]:
        """Return a filter by list index, or refuse."""
        if connection:
            self.require_connection()
        if not 0 <= index < len(self.filters):
            raise Refusal("Filter not available", 409)
        return self.filters[index]

    @get("change-filter", Integer("filterId"), since="2.1.0")
    async def change_filter(self, index: int) -> Reply:
        """Start to change to a filter by its index in the profile's list."""
        self._checked(index)
        self.tasks.start(self.change_to(index), _FAMILY)
        return Reply("Filter changed")

    @get("filter-info", Integer("filterId"), since="2.1.0")
    async def filter_info(self, index: int) -> Reply:
        """Return the profile's settings of a filter."""
        return Reply(self._checked(index))

    @get("add-filter", since="2.2.13.0")
    async def add_filter(self) -> Reply:
        """Append a filter to the profile."""
        number = len(self.filters)
        self.filters.append(self.profile.new_filter(f"Filter{number + 1}", number))
        return Reply("Filter added")

    @get("remove-filter", Integer("filterId"), since="2.2.13.0")
    async def remove_filter(self, index: int) -> Reply:
        """Remove a filter from the profile and renumber the positions."""
        self.filters.remove(self._checked(index, connection=False))
        for position, entry in enumerate(self.filters):
            entry["Position"] = position
        return Reply("Filter removed")


def _short(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a filter as name and position."""
    return {"Name": entry["Name"], "Id": entry["Position"]}

"""The flat panel: a cover and a light."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.enums import CoverState
from simulator.hardware.motion import Axis
from simulator.parameters import Boolean, Integer
from simulator.reply import Reply
from simulator.routing import get

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.context import Context

_COVER_SECONDS = 10.0
_WORDS = {CoverState.NEITHER: "Neither open nor closed", CoverState.NOT_PRESENT: "Not present"}


class FlatPanel(Device):
    """A panel in device units 0…`max_brightness`; the light is on when it is brighter than 0."""

    role = "flat_panel"
    path = "flatdevice"
    bundle_key = "FlatDevice"
    prefix = "FLAT"
    noun = "Flatdevice"
    profile_section = "FlatDeviceSettings"
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No flat device"),
        Driver(
            "ASCOM.FlatPanel.CoverCalibrator",
            "Motorised Flat Panel",
            "Motorised Flat Panel (ASCOM)",
            description="Flat panel with a motorised cover",
            info="Information about the driver itself. Version: 1.2",
            version="1.2",
        ),
        Driver("ASCOM.Simulator.CoverCalibrator", "ASCOM CoverCalibrator Simulator"),
    )
    min_brightness = 0
    max_brightness = 4096
    has_cover = True
    has_light = True

    def __init__(self, context: Context) -> None:
        """Begin closed and dark."""
        self._cover = Axis(context.clock, 0.0, 1 / _COVER_SECONDS)
        self.brightness = 0
        self._last_brightness: int | None = None
        super().__init__(context)

    @property
    def cover(self) -> CoverState:
        """Return the true state of the cover."""
        if not self.has_cover:
            return CoverState.NOT_PRESENT
        if self._cover.moving:
            return CoverState.NEITHER
        return {0.0: CoverState.CLOSED, 1.0: CoverState.OPEN}.get(
            self._cover.value, CoverState.NEITHER
        )

    @property
    def light_on(self) -> bool:
        """Return whether the panel shines."""
        return self.brightness > 0

    def put_cover(self, *, closed: bool) -> None:
        """Put the cover by hand."""
        self._cover.put(0.0 if closed else 1.0)

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        return _block(CoverState.UNKNOWN)

    @override
    def attached(self) -> None:
        """Forget the brightness N.I.N.A. set through an earlier connection."""
        self._last_brightness = None

    @override
    def read(self) -> dict[str, Any]:
        """Return cover and light."""
        return _block(
            self.cover,
            light_on=self.light_on,
            brightness=self.brightness,
            limits=(self.min_brightness, self.max_brightness),
            abilities=(self.has_cover, self.has_light),
        )

    @get("set-light", Boolean("on"), since="2.1.2")
    async def set_light(self, on: bool) -> Reply:
        """Switch the light."""
        self.require_connection()
        self.tasks.start(self.switch_light(on=on), "flat-light")
        return Reply("Flatdevice light set")

    @get("set-cover", Boolean("closed"), since="2.1.2")
    async def set_cover(self, closed: bool) -> Reply:
        """Open or close the cover."""
        self.require_connection()
        self.tasks.start(self.move_cover(closed=closed), "flat-cover")
        return Reply("Flatdevice cover set")

    @get("set-brightness", Integer("brightness"), since="2.1.2")
    async def set_brightness(self, brightness: int) -> Reply:
        """Set the brightness in device units."""
        self.require_connection()
        self.tasks.start(self.dim(brightness), "flat-brightness")
        return Reply("Flatdevice brightness set")

    async def switch_light(self, *, on: bool) -> None:
        """Switch the light; on means the last brightness N.I.N.A. set, else the maximum."""
        if not self.has_light or on == self.known["LightOn"]:
            return
        if self.obeys():
            last = self.max_brightness if self._last_brightness is None else self._last_brightness
            self.brightness = last if on else 0
        await self.next_poll()
        await self.events.emit("FLAT-LIGHT-TOGGLED")

    async def move_cover(self, *, closed: bool) -> None:
        """Move the cover and wait until it has arrived."""
        wanted = CoverState.CLOSED if closed else CoverState.OPEN
        if not self.has_cover or self.known["CoverState"] is wanted:
            return
        if self.obeys():
            self._cover.go(0.0 if closed else 1.0)
        while self._cover.moving:
            await self.clock.sleep(min(1.0, self._cover.remaining))
        await self.next_poll()
        await self.events.emit("FLAT-COVER-CLOSED" if closed else "FLAT-COVER-OPENED")

    async def dim(self, brightness: int) -> None:
        """Set the brightness as N.I.N.A. does it for such panels: this switches the light on."""
        previous = self.known["Brightness"]
        if not self.has_light or brightness == previous:
            return
        if brightness:
            brightness = max(self.min_brightness, min(self.max_brightness, brightness))
        self._last_brightness = brightness
        if self.obeys():
            self.brightness = max(brightness, self.min_brightness)
        await self.next_poll()
        await self.events.emit("FLAT-BRIGHTNESS-CHANGED", Previous=previous, New=brightness)


def _block(
    cover: CoverState,
    *,
    light_on: bool = False,
    brightness: int = 0,
    limits: tuple[int, int] = (0, 0),
    abilities: tuple[bool, bool] = (False, False),
) -> dict[str, Any]:
    """Return an info block."""
    return {
        "CoverState": cover,
        "LocalizedCoverState": _WORDS.get(cover, cover.wire),
        "LocalizedLightOnState": "On" if light_on else "Off",
        "LightOn": light_on,
        "Brightness": brightness,
        "SupportsOpenClose": abilities[0],
        "MinBrightness": limits[0],
        "MaxBrightness": limits[1],
        "SupportsOnOff": abilities[1],
    }

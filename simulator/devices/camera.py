"""The camera: its commands for sensor and cooler."""

from typing import TYPE_CHECKING, Any, override

from simulator.parameters import Boolean, Double, Integer, Short, Text
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get

from .camera_driver import CameraDriver
from .cooling import Cooling
from .exposures import CameraRoutines

if TYPE_CHECKING:
    from simulator.context import Context
    from simulator.images import Images
    from simulator.live_stack import LiveStack

    from .exposures import Surroundings
    from .weather import Weather

_FAMILY = "cooling"


class Camera(CameraDriver):
    """A camera with what N.I.N.A. does with it: `routines` take frames, `cooling` cools."""

    def __init__(
        self,
        context: Context,
        weather: Weather,
        surroundings: Surroundings,
        images: Images,
        live_stack: LiveStack,
    ) -> None:
        """Begin warm and idle; frames are saved with the images and offered to the live stack."""
        super().__init__(context, weather)
        self.routines = CameraRoutines(self, surroundings, images, live_stack)
        self.cooling = Cooling(self, self.cooler)

    @override
    def detach(self) -> None:
        """Forget the device and cancel its work."""
        self.routines.abort()
        self.exposing = False
        super().detach()

    @override
    async def lost(self, before: dict[str, Any]) -> None:
        """Cancel its work."""
        self.routines.abort()
        self.exposing = False

    @get("set-readout", Short("mode"), since="2.1.0")
    async def set_readout(self, mode: int) -> Reply:
        """Set the general readout mode."""
        self._check_readout(mode)
        if self.obeys():
            self.readout_mode = mode
        return Reply("Readout mode updated")

    @get("set-readout/image", Short("mode"), since="2.2.14.4")
    async def set_readout_image(self, mode: int) -> Reply:
        """Set the readout mode for light frames; the info field goes stale."""
        self._check_readout(mode)
        self.readout_for_images = mode
        return Reply("Readout mode updated")

    @get("set-readout/snapshot", Short("mode"), since="2.2.14.4")
    async def set_readout_snapshot(self, mode: int) -> Reply:
        """Set the readout mode for snapshots; the info field goes stale."""
        self._check_readout(mode)
        self.readout_for_snapshots = mode
        return Reply("Readout mode updated")

    def _check_readout(self, mode: int) -> None:
        """Refuse a readout mode that does not exist."""
        if not self.ever_connected:
            raise UNKNOWN_ERROR
        modes = self.readout_modes if self.connected else ()
        if not 0 <= mode < len(modes):
            raise Refusal("Invalid readout mode", 400)

    def _require_cooler(self) -> None:
        """Refuse what needs a cooler."""
        self.require_connection()
        if not self.can_cool:
            raise Refusal("Camera has no temperature control", 409)

    @get("cool", Double("temperature"), Double("minutes"), Boolean("cancel"), since="2.1.0")
    async def cool(self, temperature: float, minutes: float, cancel: bool) -> Reply:
        """Cool down; 0 minutes means at once, -1 the profile's duration."""
        self._require_cooler()
        if cancel:
            return self._cancel_cooling("Cooling canceled")
        minutes = self.cooling.minutes(minutes, "CoolingDuration")
        self.tasks.start(self.cooling.cool(temperature, minutes), _FAMILY)
        return Reply("Cooling started")

    @get("warm", Double("minutes"), Boolean("cancel"), since="2.1.0")
    async def warm(self, minutes: float, cancel: bool) -> Reply:
        """Warm up, then switch the cooler off."""
        self._require_cooler()
        if cancel:
            return self._cancel_cooling("Warming canceled")
        minutes = self.cooling.minutes(minutes, "WarmingDuration")
        self.tasks.start(self.cooling.warm(minutes), _FAMILY)
        return Reply("Warming started")

    def _cancel_cooling(self, text: str) -> Reply:
        """Stop cooling or warming where it is; the cooler stays on."""
        if self.tasks.cancel(_FAMILY):
            self.cooling.hold()
        return Reply(text)

    @get("abort-exposure")
    async def abort_exposure(self) -> Reply:
        """Abort any exposure, that of the sequence as well."""
        self.require_connection()
        if not self.exposing:
            return Reply("Camera not exposing")
        if not self.ignores_stop():
            self.routines.abort()
        return Reply("Exposure aborted")

    @get("dew-heater", Boolean("power"), since="2.1.0")
    async def dew_heater(self, power: bool) -> Reply:
        """Switch the dew heater."""
        self.require_connection()
        if not self.has_dew_heater:
            raise Refusal("Camera has no dew heater", 409)
        if self.obeys():
            self.dew_heater_on = power
        return Reply("Dew heater set")

    @get("usb-limit", Integer("limit"), since="2.2.14.4")
    async def set_usb_limit(self, limit: int) -> Reply:
        """Set the USB limit."""
        self.require_connection()
        if not self.can_set_usb_limit:
            raise Refusal("Camera can not set USB limit", 409)
        if not self.usb_limits[0] <= limit <= self.usb_limits[1]:
            raise Refusal("USB limit out of range", 409)
        if self.obeys():
            self.usb_limit = limit
        return Reply("USB limit set")

    @get("set-binning", Text("binning"), since="2.1.6")
    async def set_binning(self, binning: str | None) -> Reply:
        """Set the binning, such as 2x2."""
        if not binning or "x" not in binning:
            raise Refusal("Binning must be specified", 409)
        self.require_connection()
        wanted = {f"{n}x{n}": n for n in self.binnings}.get(binning)
        if wanted is None:
            raise Refusal("Invalid binning mode", 409)
        if self.obeys():
            self.binning = wanted
        return Reply("Binning set")

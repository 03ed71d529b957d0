"""The mount: its info block, its commands, and how N.I.N.A. moves it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.astrometry import hours_string, wire_coordinates
from simulator.enums import AlignmentMode, Epoch, PierSide, TrackingMode
from simulator.habits import Coordination, MountHabits, MountWords
from simulator.hardware.mount import MountHardware
from simulator.parameters import Integer
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get
from simulator.sky import (
    NO_FLIP,
    Coordinates,
    Horizontal,
    PierSide as SkySide,
    dec_string,
    hours_to_meridian_flip,
    ra_string,
)

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.context import Context

_MODES = [
    TrackingMode.SIDEREAL,
    TrackingMode.LUNAR,
    TrackingMode.SOLAR,
    TrackingMode.KING,
    TrackingMode.STOPPED,
]
_GUIDE_RATE = 7.520542
_STEP = 1.0
_ABILITIES = [
    "CanFindHome",
    "CanPark",
    "CanSetPark",
    "CanSetTrackingEnabled",
    "CanSetDeclinationRate",
    "CanSetRightAscensionRate",
    "CanMovePrimaryAxis",
    "CanMoveSecondaryAxis",
    "CanPulseGuide",
    "CanSetPierSide",
    "CanSlew",
    "CanSlewAltAz",
]


@dataclass(frozen=True, slots=True)
class Shown:
    """The position that a driver reports: hours, and both kinds of coordinates."""

    hour_angle: float
    place: Coordinates
    horizontal: Horizontal


class Mount(Device):
    """A German equatorial mount; `hardware` is the truth, `put(target)` moves it by hand.

    `unable` names the capability flags that its driver does not claim.
    """

    role = "mount"
    path = "mount"
    bundle_key = "Mount"
    prefix = "MOUNT"
    noun = "Mount"
    profile_section = "TelescopeSettings"
    tells_driver = False
    connect_seconds = 0.8
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No Mount"),
        Driver(
            "ASCOM.EquatorialMount.Telescope",
            "Equatorial Mount",
            "Equatorial Mount (ASCOM)",
            description="German equatorial mount",
            info="ASCOM.EquatorialMount.Telescope, Version=6.5.24.0",
            version="6.5.24.0",
            actions=("Telescope:SetParkPosition",),
        ),
        Driver("ScopeSim.Telescope", "Simulator"),
    )

    def __init__(self, context: Context, habits: MountHabits) -> None:
        """Begin parked."""
        self.habits = habits
        self._shown: Shown | None = None
        self.claims_to_slew = False
        self.hardware = MountHardware(context.clock, context.site)
        self.can_park = True
        self.can_set_park = True
        self.unable = {"CanSetPierSide", "CanSlewAltAz"}
        self.at_home = False
        self.settling = False
        self.never_says_parked = False
        self.site_differs = False
        self.target: Coordinates | None = None
        super().__init__(context)
        self.routines = MountRoutines(self)

    @property
    def parked(self) -> bool:
        """Return whether it is truly parked."""
        return self.hardware.parked

    @property
    def slewing(self) -> bool:
        """Return whether it is truly slewing."""
        return self.hardware.slewing

    @property
    def tracking(self) -> bool:
        """Return whether it is truly tracking."""
        return self.hardware.tracking is not TrackingMode.STOPPED

    @property
    def reported_slewing(self) -> bool:
        """Return whether the driver reports that it slews, which may be late, or never."""
        hardware, lingers = self.hardware, self.habits.lingers
        if self.claims_to_slew:
            return True
        if self.habits.words is MountWords.SILENT:
            return False
        return hardware.slewing or self.clock.elapsed < hardware.stopped + lingers

    @property
    def reported_parked(self) -> bool:
        """Return whether the driver reports that it is parked."""
        return self.hardware.parked and not self.never_says_parked

    def begin_parking(self) -> None:
        """Give the driver's command to park."""
        hardware, seconds = self.hardware, self.habits.park_seconds
        place = hardware.park_hour_angle, hardware.park_declination
        self.never_says_parked = self.claims_to_slew = False
        stuck = self.faults.find("stuck_park")
        if stuck is None:
            self.begin_slew_to(*place, seconds, parks=self.can_park)
            return
        stuck.used += 1
        match stuck.options["mode"]:
            case "halt":
                hardware.slew_half_way(*place, seconds)
            case "endless":
                hardware.track(TrackingMode.STOPPED)
                self.claims_to_slew = True
            case "claimless":
                self.never_says_parked = True
                self.begin_slew_to(*place, seconds, parks=self.can_park)

    def begin_slew_to(
        self, hour_angle: float, declination: float, seconds: float, *, parks: bool = False
    ) -> None:
        """Have the hardware go to a fixed place; the driver may go on showing where it was."""
        shown = self._place()
        self.hardware.slew_fixed(hour_angle, declination, seconds, parks=parks)
        freezes = self.habits.coordinates is not Coordination.MOVE
        self._shown = shown if freezes else None

    def halt(self) -> None:
        """Give the driver's command to stop."""
        self.claims_to_slew = False
        self.hardware.halt()

    def _place(self) -> Shown:
        """Return the position that the driver reports."""
        hardware = self.hardware
        if self._shown is None or not hardware.slewing:
            self._shown = None
            return Shown(*hardware.place)
        shown = self._shown
        if self.habits.coordinates is Coordination.FREEZE:
            return shown
        hours = (hardware.sidereal_time - shown.hour_angle) % 24
        return replace(shown, place=replace(shown.place, ra_hours=hours))

    def horizontal(self) -> Horizontal:
        """Return altitude and azimuth of where it points."""
        return self.hardware.horizontal

    @override
    async def connect(self) -> bool:
        """Connect; N.I.N.A. may first ask a person which site is right."""
        direction = self.profile.section("TelescopeSettings")
        prompts = direction["TelescopeLocationSyncDirection"].wire == "PROMPT"
        if prompts and self.site_differs:
            await self.context.dialogs.ask("The mount's location differs")
        return await super().connect()

    def put(self, target: Coordinates) -> None:
        """Have it track a target at once."""
        self.at_home = False
        self.hardware.put(target)
        self.refresh()

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        side = PierSide.EAST if getattr(self, "ever_connected", False) else PierSide.UNKNOWN
        numbers = (
            "SiderealTime RightAscension Declination SiteLatitude SiteLongitude SiteElevation "
            "TimeToMeridianFlip GuideRateRightAscensionArcsecPerSec "
            "GuideRateDeclinationArcsecPerSec"
        )
        flags = "AtPark TrackingEnabled AtHome HasUnknownEpoch Slewing IsPulseGuiding"
        return {
            **dict.fromkeys(numbers.split(), 0.0),
            **dict.fromkeys(flags.split(), False),
            **dict.fromkeys(_ABILITIES, False),
            "SideOfPier": side,
            "Altitude": math.nan,
            "AltitudeString": "",
            "Azimuth": math.nan,
            "AzimuthString": "",
            "TrackingRate": {},
            "EquatorialSystem": Epoch.JNOW,
            "AlignmentMode": AlignmentMode.ALT_AZ,
            "UTCDate": datetime(1, 1, 1),  # noqa: DTZ001 - .NET's default value
        }

    @override
    def lost_leftovers(self) -> dict[str, Any]:
        """Read pierEast after a loss."""
        return {"SideOfPier": PierSide.EAST}

    @override
    def read(self) -> dict[str, Any]:
        """Return the driver's reading."""
        hardware = self.hardware
        shown, sidereal = self._place(), hardware.sidereal_time
        place, horizontal = shown.place, shown.horizontal
        hour_angle = (sidereal - place.ra_hours + 12) % 24 - 12
        flip = self._hours_to_flip(hour_angle)
        meridian = -hour_angle % 12 if self.tracking else 24.0
        return {
            "SiderealTime": sidereal,
            "RightAscension": place.ra_hours,
            "Declination": place.dec_degrees,
            "SiteLatitude": hardware.site.latitude,
            "SiteLongitude": hardware.site.longitude,
            "SiteElevation": float(hardware.site.elevation),
            "RightAscensionString": ra_string(place.ra_hours),
            "DeclinationString": dec_string(place.dec_degrees),
            "TimeToMeridianFlip": flip,
            "TimeToMeridianFlipString": hours_string(self.countdown(flip)),
            "SideOfPier": hardware.side,
            "Altitude": horizontal.altitude,
            "AltitudeString": dec_string(horizontal.altitude),
            "Azimuth": horizontal.azimuth,
            "AzimuthString": dec_string(horizontal.azimuth),
            "SiderealTimeString": ra_string(sidereal),
            "HoursToMeridianString": hours_string(self.countdown(meridian)),
            "AtPark": self.reported_parked,
            "TrackingRate": {},
            "TrackingEnabled": self.tracking,
            "TrackingModes": list(_MODES),
            "AtHome": self.at_home,
            "EquatorialSystem": Epoch.JNOW,
            "HasUnknownEpoch": False,
            "Slewing": self.reported_slewing or self.settling,
            "GuideRateRightAscensionArcsecPerSec": _GUIDE_RATE,
            "GuideRateDeclinationArcsecPerSec": _GUIDE_RATE,
            "PrimaryAxisRates": [{}],
            "SecondaryAxisRates": [{}],
            "AlignmentMode": AlignmentMode.GERMAN_POLAR,
            "IsPulseGuiding": False,
            "UTCDate": self.clock.shown(self.clock.true_now()).astimezone(UTC).replace(tzinfo=None),
            **{ability: ability not in self.unable for ability in _ABILITIES},
            "CanPark": self.can_park,
            "CanSetPark": self.can_set_park,
        }

    def _hours_to_flip(self, hour_angle: float) -> float:
        """Return the sidereal hours to the latest moment of the flip."""
        settings = self.profile.section("MeridianFlipSettings")
        side = self.hardware.side if settings["UseSideOfPier"] else PierSide.WEST
        return hours_to_meridian_flip(
            hour_angle,
            SkySide(side.wire),
            tracking=self.tracking,
            max_minutes_after_meridian=settings["MaxMinutesAfterMeridian"],
        )

    def countdown(self, hours: float) -> float:
        """Return the hours to a meridian as they are sent; 24 means that there is none to come."""
        return hours if hours >= NO_FLIP else self.clock.countdown(hours)

    @override
    def info(self) -> dict[str, Any]:
        """Return the block with what N.I.N.A. keeps itself or reads live."""
        block = super().info()
        if not self.connected:
            return block
        target = self.target
        block["TimeToMeridianFlip"] = self.countdown(block["TimeToMeridianFlip"])
        place = Coordinates(block["RightAscension"], block["Declination"], "JNOW")
        block["TrackingMode"] = self.hardware.tracking
        block["Coordinates"] = wire_coordinates(place, self.clock)
        block["TargetCoordinates"] = target and wire_coordinates(target, self.clock)
        block["TargetSideOfPier"] = self.hardware.side if target else None
        return block

    @get("info")
    @override
    async def serve_info(self) -> Reply:
        """Answer with the state; 2.2.12 to 2.2.14 fail while there is no mount."""
        broken = self.dialect.at_least("2.2.12.0") and not self.dialect.at_least("2.2.15.0")
        if broken and not self.connected:
            raise UNKNOWN_ERROR
        return Reply(self.served())

    def require_unparked(self) -> None:
        """Refuse while not connected or parked."""
        self.require_connection()
        if self.known["AtPark"]:
            raise Refusal("Mount parked", 409)

    @get("home", since="2.1.0")
    async def home(self) -> Reply:
        """Find home."""
        self.require_unparked()
        if self.known["AtHome"]:
            return Reply("Mount already homed")
        self.routines.stop_slew()
        self.tasks.start(self.routines.find_home(), "mount-home")
        return Reply("Homing")

    @get("tracking", Integer("mode"), since="2.1.0")
    async def set_tracking(self, mode: int) -> Reply:
        """Change the tracking mode and return whether the driver accepted it."""
        self.require_unparked()
        wanted = TrackingMode.STOPPED if mode == 4 else TrackingMode.parse(str(mode))
        if wanted is None:
            raise Refusal("Invalid tracking mode", 400)
        success = self.routines.track(wanted)
        return Reply("Tracking mode changed", success=success)

    @get("park")
    async def park(self) -> Reply:
        """Park; a slew under way is stopped first, that of a park as well."""
        self.require_connection()
        if self.known["AtPark"]:
            return Reply("Mount already parked")
        self.routines.stop_slew()
        self.tasks.start(self.routines.park(), "mount-park")
        return Reply("Parking")

    @get("set-park-position", since="2.2.0.0")
    async def set_park_position(self) -> Reply:
        """Make the present position the park position."""
        self.require_connection(400)
        if not self.can_set_park or self.known["AtPark"]:
            raise Refusal("Mount can not set park position", 400)
        if not self.obeys():
            raise Refusal("Park position update failed", 400)
        hour_angle, declination = self.hardware.position
        self.hardware.park_hour_angle = hour_angle
        self.hardware.park_declination = declination
        return Reply("Park position set")


class MountRoutines:
    """How N.I.N.A. moves a mount. A bool that is returned is whether the move succeeded."""

    def __init__(self, mount: Mount) -> None:
        """Act on a mount."""
        self.mount = mount

    async def _arrived(self) -> None:
        """Wait until the hardware stands."""
        hardware = self.mount.hardware
        while hardware.slewing:
            await self.mount.clock.sleep(min(_STEP, hardware.remaining or _STEP))

    def stop_slew(self) -> None:
        """Halt the hardware, no matter who started the slew."""
        self.mount.halt()
        self.mount.target = None
        self.mount.refresh()

    def track(self, mode: TrackingMode) -> bool:
        """Set a tracking mode and return whether it reads back."""
        mount = self.mount
        if mount.obeys() and mode is not TrackingMode.CUSTOM:
            mount.at_home = False
            mount.hardware.track(mode)
        mount.refresh()
        return mount.hardware.tracking is mode

    async def park(self) -> None:
        """Park, or slew to the pole and stop where the mount cannot park."""
        mount = self.mount
        if mount.obeys():
            mount.at_home = False
            mount.begin_parking()
            mount.refresh()
            if mount.habits.blocks:
                await self._arrived()
                while mount.claims_to_slew:
                    await mount.clock.sleep(_STEP)
            mount.refresh()
        await mount.clock.sleep(_STEP)
        await mount.next_poll()
        await mount.events.emit("MOUNT-PARKED")

    async def find_home(self) -> None:
        """Slew to the home position."""
        mount, hardware = self.mount, self.mount.hardware
        if mount.obeys():
            mount.begin_slew_to(6.0, 90.0, mount.habits.home_seconds)
            await self._arrived()
            mount.at_home = hardware.position[1] == 90.0
        await mount.next_poll()
        await mount.events.emit("MOUNT-HOMED")

    async def slew(self, target: Coordinates) -> bool:
        """Slew to coordinates and settle."""
        mount = self.mount
        if mount.hardware.parked or not mount.connected:
            return False
        obeyed = mount.obeys()
        if obeyed and not mount.hardware.slew_to(target):
            return False
        mount.at_home = False
        mount.target = target.to_jnow(mount.clock.true_now())
        mount.settling = True
        mount.refresh()
        try:
            await self._arrived()
            settings = mount.profile.section("TelescopeSettings")
            await mount.clock.sleep(settings["SettleTime"])
        finally:
            mount.settling, mount.target = False, None
            mount.refresh()
        return obeyed

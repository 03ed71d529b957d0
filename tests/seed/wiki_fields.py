"""The wiki of plugin 2.0: every field of the samples, and what of Home Assistant is made of it."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from custom_components.nina_observatory.api import DEVICE_MODELS, DEVICE_PATHS, Role
from custom_components.nina_observatory.api.models.enums import Unknown
from scripts._docs.entities import rows

from .table import Check, Row, unused, works

if TYPE_CHECKING:
    from .bench import Bench

STRINGS = (
    "Connected Name DisplayName DeviceId Description DriverInfo DriverVersion SupportedActions"
)
FIELDS = {
    Role.CAMERA: (
        "DewHeaterOn SubSampleX DefaultOffset GainMax CameraState XSize LiveViewEnabled CanSubSample"
        " SubSampleY ElectronsPerADU GainMin CoolerOn Gain Gains OffsetMin BinX HasShutter"
        " CanSetTemperature ReadoutModes Battery OffsetMax ReadoutModeForNormalImages CoolerPower"
        " PixelSize USBLimit YSize USBLimitMin BayerOffsetX ExposureEndTime CanGetGain CanSetUSBLimit"
        " SensorType USBLimitMax SubSampleWidth TemperatureSetPoint BinningModes ReadoutMode"
        " ExposureMax Offset BayerOffsetY ExposureMin SubSampleHeight CanSetGain DefaultGain"
        " IsSubSampleEnabled Temperature LastDownloadTime ReadoutModeForSnapImages HasDewHeater"
        " CanSetOffset BitDepth IsExposing CanShowLiveView BinY"
    ),
    Role.MOUNT: (
        "TrackingRate IsPulseGuiding SiteLatitude Declination GuideRateRightAscensionArcsecPerSec"
        " TrackingModes AzimuthString HoursToMeridianString PrimaryAxisRates SideOfPier CanSetPark"
        " TargetSideOfPier UTCDate CanMovePrimaryAxis AltitudeString GuideRateDeclinationArcsecPerSec"
        " TargetCoordinates CanFindHome Azimuth CanMoveSecondaryAxis SiteLongitude"
        " RightAscensionString Slewing CanPulseGuide Coordinates SiteElevation SecondaryAxisRates"
        " TimeToMeridianFlip CanPark SiderealTimeString CanSetPierSide EquatorialSystem"
        " CanSetRightAscensionRate HasUnknownEpoch AtPark AlignmentMode SiderealTime RightAscension"
        " TimeToMeridianFlipString CanSetDeclinationRate CanSlew Altitude CanSetTrackingEnabled AtHome"
        " TrackingEnabled DeclinationString"
    ),
    Role.FOCUSER: "TempComp IsSettling IsMoving Position Temperature StepSize TempCompAvailable",
    Role.ROTATOR: "MechanicalPosition Reverse Synced IsMoving Position StepSize CanReverse",
    Role.FILTER_WHEEL: "SelectedFilter IsMoving",
    Role.DOME: (
        "ShutterStatus AtHome CanSetAzimuth Azimuth CanPark CanSyncAzimuth CanSetPark Slewing AtPark"
        " CanFindHome DriverFollowing DriverCanFollow CanSetShutter"
    ),
    Role.SWITCH_HUB: "WritableSwitches ReadonlySwitches",
    Role.GUIDER: "RMSError PixelScale CanSetShiftRate CanGetLockPosition CanClearCalibration",
    Role.FLAT_PANEL: (
        "CoverState MaxBrightness SupportsOnOff LocalizedLightOnState LightOn Brightness"
        " SupportsOpenClose LocalizedCoverState MinBrightness"
    ),
    Role.SAFETY_MONITOR: "IsSafe",
    Role.WEATHER: (
        "Humidity StarFWHM SkyQuality WindGust SkyBrightness SkyTemperature WindSpeed AveragePeriod"
        " CloudCover RainRate Temperature DewPoint WindDirection Pressure"
    ),
}
# Values go on between two questions: that much they may differ.
DRIFT = 2.0


def attributes(model: type[Any]) -> dict[str, str]:
    """Return the attributes of a model by the names on the wire."""
    return {str(wire): str(attribute) for attribute, wire in model.Config.aliases.items()}


@cache
def _entities(role: Role) -> dict[str, tuple[str, ...]]:
    """Return the entities that are made of each field of a device."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows():
        if row.role != role:
            continue
        for part in row.source.split("`")[1::2]:
            field = part.partition(".")[0]
            found[field] = (*found.get(field, ()), f"{row.platform} {row.name}")
    return found


def same(wire: Any, value: Any) -> bool:
    """Return whether a value is what is on the wire."""
    if wire is None or wire == "NaN":
        return value is None or not isinstance(value, float)
    if isinstance(wire, bool):
        return value is wire
    if isinstance(value, int | float) and isinstance(wire, int | float):
        # An azimuth of 360° is one of 0°.
        return wire == value or min(abs(wire - value), abs(abs(wire - value) - 360)) <= DRIFT
    # A text may stand for a moment or a member of an enumeration here, but not for nothing.
    lost = isinstance(wire, str) and bool(wire) and value is None
    return not lost and not isinstance(value, Unknown)


def _read(role: Role, field: str) -> Check:
    """Return what looks for a field on the wire, and at what was read of it."""

    async def read(bench: Bench) -> None:
        """Compare."""
        info = await bench.response(f"/equipment/{DEVICE_PATHS[role]}/info")
        newer = bench.observatory.dialect.at_least("2.1.0")
        # What is null is left out since 2.1.
        assert field in info or newer, sorted(info)
        if (attribute := attributes(DEVICE_MODELS[role]).get(field)) is not None:
            state = await bench.entry.runtime_data.equipment.async_read(role)
            value = getattr(state.device(role), attribute)
            assert same(info.get(field), value), (info.get(field), value)

    return read


def field_rows(role: Role, section: str) -> Iterator[Row]:
    """Yield a row for each field of the sample of a device."""
    entities = _entities(role)
    for field in (*FIELDS[role].split(), *STRINGS.split()):
        known = field in attributes(DEVICE_MODELS[role])
        names = ", ".join(dict.fromkeys(entities.get(field, ())))
        yield Row(
            section=section,
            line=f"info: {field}",
            through=names or ("read" if known else "–"),
            do=_read(role, field),
            follows=True,
            verdicts=(works() if known else unused(),),
        )

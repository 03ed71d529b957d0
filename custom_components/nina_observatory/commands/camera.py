"""Commands for the camera."""

from collections.abc import Callable

from ..api import Camera, Equipment, NinaClient, Role
from ..command import Command, Refusal
from ..const import CommandKey
from ..errors import Reason, RefusedError

# What counts as the same temperature in °C: drivers round.
SAME_TEMPERATURE = 0.15
# Cooling takes as long as the profile of N.I.N.A. says; the set point moves every 15 s.
COOLING_LIMIT = 3600
COOLING_PATIENCE = 120
# N.I.N.A. itself gives up a temperature that does not come nearer for two minutes.
TEMPERATURE_PATIENCE = 180


def _progress(camera: Camera) -> object:
    """Return what changes while a camera cools or warms; whole degrees, for readings waver."""
    degrees = None if camera.temperature is None else round(camera.temperature)
    return (camera.cooler_on, camera.set_point, degrees)


def _cannot_cool(camera: Camera, _equipment: Equipment) -> Refusal | None:
    """Return why the temperature cannot be controlled."""
    return None if camera.can_set_temperature else Reason.COOLER_NOT_SUPPORTED


def _cannot_cool_unaimed(camera: Camera, equipment: Equipment) -> Refusal | None:
    """Return why the cooler cannot be switched on without naming a temperature."""
    return _cannot_cool(camera, equipment) or (
        Reason.SET_POINT_UNKNOWN if camera.set_point is None else None
    )


COOLER_ON = Command[Camera](
    key=CommandKey.COOLER_ON,
    subject=Role.CAMERA,
    method=NinaClient.cool_camera,
    # -1 minutes means the duration in N.I.N.A.'s profile; 0 would shock the sensor.
    send=lambda client, camera: client.cool_camera(temperature=camera.set_point or 0.0, minutes=-1),
    proof=lambda camera: camera.cooler_on is True,
    evidence="the cooler reads on",
    seen=lambda camera: camera.temperature,
    refusal=_cannot_cool_unaimed,
    overtakes=(CommandKey.COOLER_OFF,),
)

COOLER_OFF = Command[Camera](
    key=CommandKey.COOLER_OFF,
    subject=Role.CAMERA,
    method=NinaClient.warm_camera,
    send=lambda client, _: client.warm_camera(minutes=-1),
    proof=lambda camera: camera.cooler_on is False,
    evidence="the cooler reads off, after warming up",
    seen=lambda camera: camera.temperature,
    limit=COOLING_LIMIT,
    refusal=_cannot_cool,
    progress=_progress,
    patience=TEMPERATURE_PATIENCE,
    overtakes=(CommandKey.COOLER_ON, CommandKey.SET_TEMPERATURE, CommandKey.COOL_CAMERA),
)


def _aims_at(target: float) -> Callable[[Camera], bool]:
    """Return the test whether the cooler works towards a temperature in °C."""

    def aims(camera: Camera) -> bool:
        """Compare the set point."""
        return (
            camera.cooler_on
            and camera.set_point is not None
            and abs(camera.set_point - target) <= SAME_TEMPERATURE
        )

    return aims


def set_temperature(target: float, *, minutes: float = -1) -> Command[Camera]:
    """Return the command that moves the set point to a temperature in °C and cools.

    -1 minutes is the duration in N.I.N.A.'s profile, 0 as fast as the cooler can.
    """
    return Command(
        key=CommandKey.SET_TEMPERATURE,
        subject=Role.CAMERA,
        method=NinaClient.cool_camera,
        send=lambda client, _: client.cool_camera(temperature=target, minutes=minutes),
        proof=_aims_at(target),
        evidence="the cooler reads on and the set point reads the temperature",
        seen=lambda camera: camera.set_point,
        limit=COOLING_LIMIT,
        refusal=_cannot_cool,
        progress=lambda camera: (camera.cooler_on, camera.set_point),
        patience=COOLING_PATIENCE,
        overtakes=(
            CommandKey.COOLER_ON,
            CommandKey.COOLER_OFF,
            CommandKey.SET_TEMPERATURE,
            CommandKey.COOL_CAMERA,
        ),
    )


def cool_camera(target: float, *, minutes: float = -1) -> Command[Camera]:
    """Return the command that cools the sensor to a temperature in °C, as `set_temperature`."""
    aims = _aims_at(target)
    return Command(
        key=CommandKey.COOL_CAMERA,
        subject=Role.CAMERA,
        method=NinaClient.cool_camera,
        send=lambda client, _: client.cool_camera(temperature=target, minutes=minutes),
        proof=lambda camera: aims(camera) and camera.at_set_point is True,
        evidence="the sensor reads within 1 °C of the temperature, which is the set point",
        seen=lambda camera: camera.temperature,
        limit=COOLING_LIMIT,
        refusal=_cannot_cool,
        underway=lambda camera, _: aims(camera),
        progress=_progress,
        patience=TEMPERATURE_PATIENCE,
        overtakes=(
            CommandKey.COOLER_ON,
            CommandKey.COOLER_OFF,
            CommandKey.SET_TEMPERATURE,
            CommandKey.COOL_CAMERA,
        ),
    )


# An exposure of a running sequence is followed by the next one at once: it is over when none is
# under way, or another one.
ABORT_EXPOSURE = Command[Camera](
    key=CommandKey.ABORT_EXPOSURE,
    subject=Role.CAMERA,
    method=NinaClient.abort_exposure,
    needless=lambda camera, _: not camera.exposing,
    change=lambda before, now: not now.exposing or now.exposure_ends_at != before.exposure_ends_at,
    evidence="no exposure is under way, or another one",
    seen=lambda camera: camera.state,
    standing=lambda camera, _: camera.exposing,
    patience=10,
    repeats=1,
)


def set_dew_heater(*, on: bool) -> Command[Camera]:
    """Return the command that switches the dew heater of the camera."""
    return Command(
        key=CommandKey.DEW_HEATER_ON if on else CommandKey.DEW_HEATER_OFF,
        subject=Role.CAMERA,
        method=NinaClient.set_dew_heater,
        send=lambda client, _: client.set_dew_heater(on=on),
        proof=lambda camera: camera.dew_heater_on is on,
        evidence=f"the dew heater reads {'on' if on else 'off'}",
        seen=lambda camera: "on" if camera.dew_heater_on else "off",
        refusal=lambda camera, _: (
            None if camera.has_dew_heater else Reason.DEW_HEATER_NOT_SUPPORTED
        ),
        overtakes=(CommandKey.DEW_HEATER_ON, CommandKey.DEW_HEATER_OFF),
    )


def set_usb_limit(limit: int) -> Command[Camera]:
    """Return the command that sets the USB limit, in the camera's own units."""

    def _cannot_limit(camera: Camera, _equipment: Equipment) -> Refusal | None:
        """Return why the limit cannot be set."""
        if not camera.can_set_usb_limit:
            return Reason.USB_LIMIT_NOT_SUPPORTED
        low, high = camera.usb_limit_min, camera.usb_limit_max
        if (low is not None and limit < low) or (high is not None and limit > high):
            values = {"value": str(limit), "minimum": str(low), "maximum": str(high)}
            return RefusedError(Reason.USB_LIMIT_OUT_OF_RANGE, **values)
        return None

    return Command(
        key=CommandKey.SET_USB_LIMIT,
        subject=Role.CAMERA,
        method=NinaClient.set_usb_limit,
        send=lambda client, _: client.set_usb_limit(limit),
        proof=lambda camera: camera.usb_limit == limit,
        evidence="the USB limit reads the value",
        seen=lambda camera: camera.usb_limit,
        refusal=_cannot_limit,
    )


def set_binning(binning: str) -> Command[Camera]:
    """Return the command that sets the binning, such as "2x2"."""

    def _cannot_bin(camera: Camera, _equipment: Equipment) -> Refusal | None:
        """Return why the camera cannot be set to this binning now."""
        if binning not in {mode.name for mode in camera.binning_modes}:
            return Reason.BINNING_MISSING
        return Reason.SETTINGS_WHILE_BUSY if camera.exposing else None

    return Command(
        key=CommandKey.SET_BINNING,
        subject=Role.CAMERA,
        method=NinaClient.set_binning,
        send=lambda client, _: client.set_binning(binning),
        proof=lambda camera: camera.binning == binning,
        evidence="the binning reads the value",
        seen=lambda camera: camera.binning,
        refusal=_cannot_bin,
    )


def set_readout_mode(name: str) -> Command[Camera]:
    """Return the command that sets the readout mode, by the name the camera gives it."""

    def _cannot_read_out(camera: Camera, _equipment: Equipment) -> Refusal | None:
        """Return why the camera cannot be set to this readout mode now."""
        if name not in camera.readout_modes:
            return Reason.READOUT_MODE_MISSING
        return Reason.SETTINGS_WHILE_BUSY if camera.exposing else None

    return Command(
        key=CommandKey.SET_READOUT_MODE,
        subject=Role.CAMERA,
        method=NinaClient.set_readout_mode,
        send=lambda client, camera: client.set_readout_mode(camera.readout_modes.index(name)),
        proof=lambda camera: camera.readout_mode_name == name,
        evidence="the readout mode reads the value",
        seen=lambda camera: camera.readout_mode_name,
        refusal=_cannot_read_out,
    )

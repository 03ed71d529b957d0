"""Commands for the camera."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ...api import Camera, Equipment, EventType, Role
from ...const import CommandKey
from ...errors import Reason, RefusedError
from ...helpers.words import Seen, flag
from ..command import Command, Readings, Refusal


class CameraKey(CommandKey):
    """Keys of the commands for the camera."""

    ABORT_EXPOSURE = "abort_exposure"
    COOLER_OFF = "cooler_off"
    COOLER_ON = "cooler_on"
    COOL_CAMERA = "cool_camera"
    DEW_HEATER_OFF = "dew_heater_off"
    DEW_HEATER_ON = "dew_heater_on"
    SET_BINNING = "set_binning"
    SET_READOUT_MODE = "set_readout_mode"
    SET_TEMPERATURE = "set_temperature"
    SET_USB_LIMIT = "set_usb_limit"


# Temperatures in °C this close are equal: drivers round.
SAME_TEMPERATURE = 0.15
# N.I.N.A.'s profile sets how long cooling takes; the set point moves every 15 s.
COOLING_TIMEOUT = 3600
COOLING_STALL_TIMEOUT = 120
# N.I.N.A. itself gives up when the temperature makes no progress for two minutes.
TEMPERATURE_STALL_TIMEOUT = 180
# Seconds before its planned end from which an exposure counts as complete.
SAME_END: Final = timedelta(seconds=1)
# Seconds within which a frame is downloaded and saved.
SAVED_WITHIN: Final = 30.0


def _progress(camera: Camera) -> object:
    """Return the readings that change while a camera cools or warms; whole degrees, for they fluctuate."""
    degrees = None if camera.temperature is None else round(camera.temperature)
    return (camera.cooler_on, camera.set_point, degrees)


def _cannot_cool(camera: Camera, _equipment: Equipment) -> Refusal | None:
    return Reason.COOLER_NOT_SUPPORTED if camera.can_set_temperature is False else None


def _cannot_cool_unaimed(camera: Camera, equipment: Equipment) -> Refusal | None:
    """Return why the cooler cannot be switched on without a target temperature."""
    return _cannot_cool(camera, equipment) or (
        Reason.SET_POINT_UNKNOWN if camera.set_point is None else None
    )


COOLER_ON = Command[Camera](
    key=CameraKey.COOLER_ON,
    subject=Role.CAMERA,
    method=lambda client: client.camera.cool,
    # -1 minutes means the duration in N.I.N.A.'s profile; 0 would shock the sensor.
    send=lambda client, camera: client.camera.cool(temperature=camera.set_point or 0.0, minutes=-1),
    succeeded=lambda camera: camera.cooler_on is True,
    proof_text="the cooler is on",
    reads=lambda camera: camera.temperature,
    precondition=_cannot_cool_unaimed,
    preempts=(CameraKey.COOLER_OFF,),
)

COOLER_OFF = Command[Camera](
    key=CameraKey.COOLER_OFF,
    subject=Role.CAMERA,
    method=lambda client: client.camera.warm,
    send=lambda client, _: client.camera.warm(minutes=-1),
    succeeded=lambda camera: camera.cooler_on is False,
    proof_text="the cooler is off, after warming up",
    safety_critical=True,
    reads=lambda camera: camera.temperature,
    timeout=COOLING_TIMEOUT,
    precondition=_cannot_cool,
    progress=_progress,
    stall_timeout=TEMPERATURE_STALL_TIMEOUT,
    preempts=(CameraKey.COOLER_ON, CameraKey.SET_TEMPERATURE, CameraKey.COOL_CAMERA),
)


def _aims_at(target: float) -> Callable[[Camera], bool]:
    def aims(camera: Camera) -> bool:
        return (
            camera.cooler_on is True
            and camera.set_point is not None
            and abs(camera.set_point - target) <= SAME_TEMPERATURE
        )

    return aims


def set_temperature(target: float, *, minutes: float = -1) -> Command[Camera]:
    """Move the set point to a temperature in °C and cool.

    Duration: -1 minutes uses that of N.I.N.A.'s profile, 0 is as fast as the cooler can.
    """
    return Command(
        key=CameraKey.SET_TEMPERATURE,
        subject=Role.CAMERA,
        method=lambda client: client.camera.cool,
        send=lambda client, _: client.camera.cool(temperature=target, minutes=minutes),
        succeeded=_aims_at(target),
        proof_text="the cooler is on, and the set point is the temperature",
        reads=lambda camera: camera.set_point,
        timeout=COOLING_TIMEOUT,
        precondition=_cannot_cool,
        progress=lambda camera: (camera.cooler_on, camera.set_point),
        stall_timeout=COOLING_STALL_TIMEOUT,
        preempts=(
            CameraKey.COOLER_ON,
            CameraKey.COOLER_OFF,
            CameraKey.SET_TEMPERATURE,
            CameraKey.COOL_CAMERA,
        ),
    )


# Commands after which the set point is what was asked for, and no step on the way.
AIMING: Final = (CameraKey.SET_TEMPERATURE, CameraKey.COOL_CAMERA)


def cool_camera(target: float, *, minutes: float = -1) -> Command[Camera]:
    """Cool the sensor to a temperature in °C; see `set_temperature`."""
    aims = _aims_at(target)
    return Command(
        key=CameraKey.COOL_CAMERA,
        subject=Role.CAMERA,
        method=lambda client: client.camera.cool,
        send=lambda client, _: client.camera.cool(temperature=target, minutes=minutes),
        succeeded=lambda camera: aims(camera) and camera.at_set_point is True,
        proof_text="the sensor is within 1 °C of the temperature, which is the set point",
        reads=lambda camera: camera.temperature,
        timeout=COOLING_TIMEOUT,
        precondition=_cannot_cool,
        in_progress=lambda camera, _: aims(camera),
        progress=_progress,
        stall_timeout=TEMPERATURE_STALL_TIMEOUT,
        preempts=(
            CameraKey.COOLER_ON,
            CameraKey.COOLER_OFF,
            CameraKey.SET_TEMPERATURE,
            CameraKey.COOL_CAMERA,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureUnderWay:
    """The camera, and evidence of how its exposure ended.

    `newest` is the time of the newest saved frame, by N.I.N.A.'s clock like all times in readings.
    `receives_events`: the event stream is up, so a new frame would be announced. `prepared_at` is
    the loop time of the last such event, `seconds` the time of the reading by a monotonic clock.
    """

    camera: Camera
    newest: datetime | None
    receives_events: bool
    prepared_at: float
    seconds: float


async def _fetch(readings: Readings) -> tuple[bool, ExposureUnderWay | None]:
    """Read the camera and the newest saved frame; no other request delays an abort."""
    state = await readings.equipment.async_read(Role.CAMERA)
    camera = state.device(Role.CAMERA)
    if not isinstance(camera, Camera):
        return state.reachable, None
    dates = (frame.date for frame in readings.frames.data.frames)
    return state.reachable, ExposureUnderWay(
        camera=camera,
        newest=max((date for date in dates if date is not None), default=None),
        receives_events=readings.receives_events,
        prepared_at=readings.received_at(EventType.IMAGE_PREPARED),
        seconds=readings.now / readings.pace.scale,
    )


def _aborted(before: ExposureUnderWay, now: ExposureUnderWay) -> bool:
    """Return whether an exposure ended before it was complete.

    N.I.N.A. keeps the end of an exposure until the next one begins, which a running sequence does
    at once. In that case it was aborted if the next one ends even earlier, or if no frame follows.
    """
    planned, ends = before.camera.exposure_ends_at, now.camera.exposure_ends_at
    if before.camera.exposing is False:
        # The camera could not be read when the abort was sent, so the exposure is unknown.
        return now.camera.exposing is False
    if now.camera.exposing is None or (now.camera.exposing and ends == planned):
        return False
    if planned is None or ends is None:
        return _left_nothing(before, now)
    if not now.camera.exposing or ends < planned:
        return planned - ends > SAME_END
    return _left_nothing(before, now)


def _goes_on(before: ExposureUnderWay, now: ExposureUnderWay) -> bool:
    """Return whether the same exposure is still in progress."""
    same = now.camera.exposure_ends_at == before.camera.exposure_ends_at
    return now.camera.exposing is True and same


def _left_nothing(before: ExposureUnderWay, now: ExposureUnderWay) -> bool:
    """Return whether the frame of an exposure is so overdue that there will be none."""
    if (
        not (before.receives_events and now.receives_events)
        or now.seconds - before.seconds < SAVED_WITHIN
    ):
        return False
    if now.prepared_at > before.prepared_at:
        return False
    planned = before.camera.exposure_ends_at
    if planned is None or now.newest is None:
        return now.newest == before.newest
    return now.newest == before.newest or now.newest < planned - SAME_END


ABORT_EXPOSURE = Command[ExposureUnderWay](
    key=CameraKey.ABORT_EXPOSURE,
    subject=Role.CAMERA,
    fetch=_fetch,
    method=lambda client: client.camera.abort_exposure,
    already_done=lambda exposure, _: exposure.camera.exposing is False,
    changed=_aborted,
    proof_text="the exposure ended before it was complete, or no frame appears for 30 s",
    safety_critical=True,
    allow_unread=True,
    reads=lambda exposure: exposure.camera.state,
    # The next exposure of a sequence is not the one to abort.
    unaffected=_goes_on,
    timeout=60,
    stall_timeout=10,
    retries=1,
)


def set_dew_heater(*, on: bool) -> Command[Camera]:
    """Switch the dew heater of the camera."""
    return Command(
        key=CameraKey.DEW_HEATER_ON if on else CameraKey.DEW_HEATER_OFF,
        subject=Role.CAMERA,
        method=lambda client: client.camera.set_dew_heater,
        send=lambda client, _: client.camera.set_dew_heater(on=on),
        succeeded=lambda camera: camera.dew_heater_on is on,
        proof_text=f"the dew heater is {'on' if on else 'off'}",
        reads=lambda camera: flag(camera.dew_heater_on, Seen.HEATER_ON, Seen.HEATER_OFF),
        precondition=lambda camera, _: (
            Reason.DEW_HEATER_NOT_SUPPORTED if camera.has_dew_heater is False else None
        ),
        preempts=(CameraKey.DEW_HEATER_ON, CameraKey.DEW_HEATER_OFF),
    )


def set_usb_limit(limit: int) -> Command[Camera]:
    """Set the USB limit, in the camera's own units."""

    def _cannot_limit(camera: Camera, _equipment: Equipment) -> Refusal | None:
        if camera.can_set_usb_limit is False:
            return Reason.USB_LIMIT_NOT_SUPPORTED
        low, high = camera.usb_limit_min, camera.usb_limit_max
        if (low is not None and limit < low) or (high is not None and limit > high):
            values = {"value": str(limit), "minimum": str(low), "maximum": str(high)}
            return RefusedError(Reason.USB_LIMIT_OUT_OF_RANGE, **values)
        return None

    return Command(
        key=CameraKey.SET_USB_LIMIT,
        subject=Role.CAMERA,
        method=lambda client: client.camera.set_usb_limit,
        send=lambda client, _: client.camera.set_usb_limit(limit),
        succeeded=lambda camera: camera.usb_limit == limit,
        proof_text="the USB limit has the value",
        reads=lambda camera: camera.usb_limit,
        precondition=_cannot_limit,
    )


def _choosing(
    offered: Callable[[Camera], bool], missing: Reason
) -> Callable[[Camera, Equipment], Refusal | None]:
    """Return the precondition of a choice: the camera offers it, and does not expose."""

    def cannot_choose(camera: Camera, _equipment: Equipment) -> Refusal | None:
        if not offered(camera):
            return missing
        return Reason.SETTINGS_WHILE_BUSY if camera.exposing else None

    return cannot_choose


def set_binning(binning: str) -> Command[Camera]:
    """Set the binning, such as "2x2"."""

    def offered(camera: Camera) -> bool:
        return binning in {mode.name for mode in camera.binning_modes}

    return Command(
        key=CameraKey.SET_BINNING,
        subject=Role.CAMERA,
        method=lambda client: client.camera.set_binning,
        send=lambda client, _: client.camera.set_binning(binning),
        succeeded=lambda camera: camera.binning == binning,
        proof_text="the binning has the value",
        reads=lambda camera: camera.binning,
        precondition=_choosing(offered, Reason.BINNING_MISSING),
    )


def set_readout_mode(name: str) -> Command[Camera]:
    """Set the readout mode, by the driver's name for it."""
    return Command(
        key=CameraKey.SET_READOUT_MODE,
        subject=Role.CAMERA,
        method=lambda client: client.camera.set_readout_mode,
        send=lambda client, camera: client.camera.set_readout_mode(
            camera.readout_modes.index(name)
        ),
        succeeded=lambda camera: camera.readout_mode_name == name,
        proof_text="the readout mode has the value",
        reads=lambda camera: camera.readout_mode_name,
        precondition=_choosing(
            lambda camera: bool(name) and name in camera.readout_modes, Reason.READOUT_MODE_MISSING
        ),
    )

"""Commands for the focuser: moves and autofocus runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...api import (
    AutofocusReport,
    Camera,
    Equipment,
    EventType,
    Focuser,
    NinaError,
    NinaEvent,
    Role,
)
from ...const import LOGGER, CommandKey
from ...errors import NotConnectedError, Reason
from ..command import Command, Readings, Refusal
from ..stop import stop


class FocuserKey(CommandKey):
    """Keys of the commands for the focuser."""

    AUTOFOCUS = "autofocus"
    CANCEL_AUTOFOCUS = "cancel_autofocus"
    MOVE_FOCUSER = "move_focuser"
    STOP_FOCUSER = "stop_focuser"


# Steps by which drivers and backlash compensation may miss the position.
SAME_POSITION = 1
# N.I.N.A.'s default timeout of a run is 10 min.
AUTOFOCUS_TIMEOUT = 900
# Seconds at most that N.I.N.A. analyzes a frame between two points, which no reading shows.
WORKS_UNSEEN = 90.0
SUCCESS_ANNOUNCED_SINCE = (2, 1, 6)


def _rests(focuser: Focuser) -> bool:
    return focuser.moving is False and focuser.settling is False


def _is_at(focuser: Focuser, position: float) -> bool:
    return focuser.position is not None and abs(focuser.position - position) <= SAME_POSITION


def move_focuser(position: int) -> Command[Focuser]:
    """Move the focuser to a position in steps."""
    return Command(
        key=FocuserKey.MOVE_FOCUSER,
        subject=Role.FOCUSER,
        method=lambda client: client.focuser.move,
        send=lambda client, _: client.focuser.move(position),
        succeeded=lambda focuser: _is_at(focuser, position) and _rests(focuser),
        proof_text="the focuser has stopped at the position",
        reads=lambda focuser: focuser.position,
        timeout=300,
        stalled=lambda focuser, _: _rests(focuser),
        destination=float(position),
        try_on_old_servers=True,
        preempts=(FocuserKey.MOVE_FOCUSER,),
        blocked_by=(FocuserKey.AUTOFOCUS,),
    )


STOP_FOCUSER = stop(
    Role.FOCUSER,
    Focuser,
    FocuserKey.STOP_FOCUSER,
    lambda client: client.focuser.stop,
    is_at=_is_at,
    proof_text="the focuser has stopped before it reached its destination",
    preempts=(FocuserKey.MOVE_FOCUSER,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutofocusRun:
    """Evidence of an autofocus run: the devices, and the newest report of any run."""

    focuser: Focuser
    camera: Camera | None
    # Loop time at which N.I.N.A. last announced a success; no event announces a failure.
    succeeded_at: float
    report: AutofocusReport | None = None
    # Whether N.I.N.A. accepted the newest report; read if its event may have been missed.
    accepted: bool = False
    # Loop time at which N.I.N.A. last announced a failure, which newer versions hardly ever do.
    failed_at: float = float("-inf")

    @property
    def resting(self) -> bool:
        """Return whether focuser and camera are both idle, by readings of both.

        The camera's own state is ignored: many drivers always report the same one.
        """
        return _rests(self.focuser) and self.camera is not None and self.camera.exposing is False

    @property
    def in_focus(self) -> bool:
        """Return whether the focuser is at the best focus of the newest report."""
        if self.report is None or self.report.position is None:
            return False
        return _is_at(self.focuser, self.report.position)


async def _fetch_devices(readings: Readings) -> tuple[bool, AutofocusRun | None]:
    state = await readings.equipment.async_read(Role.FOCUSER, Role.CAMERA)
    focuser, camera = state.device(Role.FOCUSER), state.device(Role.CAMERA)
    if not isinstance(focuser, Focuser):
        return state.reachable, None
    return state.reachable, AutofocusRun(
        focuser=focuser,
        camera=camera if isinstance(camera, Camera) else None,
        succeeded_at=readings.received_at(EventType.AUTOFOCUS_FINISHED),
        failed_at=readings.received_at(EventType.AUTOFOCUS_FAILED),
    )


async def _fetch(readings: Readings) -> tuple[bool, AutofocusRun | None]:
    reachable, run = await _fetch_devices(readings)
    if run is None:
        return reachable, None
    try:
        report = await readings.client.focuser.get_last_autofocus()
    except NinaError as err:
        LOGGER.debug("The autofocus report could not be read: %s", err)
        return reachable, None
    run = replace(run, report=report)
    if report is None or not (run.resting and run.in_focus) or _received_all(readings):
        return reachable, run
    return reachable, replace(run, accepted=await _async_accepted(readings, report))


def _received_all(readings: Readings) -> bool:
    """Return whether the event stream was up for the whole of any run in progress."""
    connected_for = readings.now - readings.stream_up_since()
    return _is_announced(readings) and connected_for > AUTOFOCUS_TIMEOUT


async def _async_accepted(readings: Readings, report: AutofocusReport) -> bool:
    """Return whether N.I.N.A. accepted a report; the report itself does not include that.

    If its events cannot be read, or include none for it, the fit decides, by the threshold in the
    profile.
    """
    if _is_announced(readings):
        try:
            return _is_accepted(report, await readings.client.application.get_event_history())
        except NinaError as err:
            LOGGER.debug("The end of the autofocus run could not be read: %s", err)
    profile = readings.settings.data.profile
    threshold = None
    if profile is not None and profile.focuser is not None:
        threshold = profile.focuser.r_squared_threshold
    fit = report.r_squared
    return threshold is not None and fit is not None and fit >= threshold


def _is_announced(readings: Readings) -> bool:
    """Return whether this server announces the success of a run."""
    return readings.client.plugin.at_least(*SUCCESS_ANNOUNCED_SINCE)


def _is_accepted(report: AutofocusReport, history: Sequence[NinaEvent]) -> bool:
    """Return whether a success was announced after the report was written, by the same clock."""
    finished = (event.time for event in history if event.type is EventType.AUTOFOCUS_FINISHED)
    last = max((time for time in finished if time is not None), default=None)
    return report.timestamp is not None and last is not None and last >= report.timestamp


def _has_focused(before: AutofocusRun, now: AutofocusRun) -> bool:
    """Return whether a run has succeeded since `before`.

    A run that N.I.N.A. rejected also leaves a report and returns to its start, which may be within
    a step of the reported focus. So a new report counts only once everything rests and N.I.N.A.
    has announced the success.
    """
    fresh = now.report is not None and now.report != before.report
    announced = now.succeeded_at > before.succeeded_at
    return fresh and now.resting and (announced or (now.in_focus and now.accepted))


def _cannot_focus(run: AutofocusRun, _equipment: Equipment) -> Refusal | None:
    """Return why a run cannot begin: it needs an idle camera."""
    if run.camera is None:
        return NotConnectedError(Role.CAMERA)
    return None if run.resting else Reason.AUTOFOCUS_WHILE_BUSY


def _has_ended(before: AutofocusRun, now: AutofocusRun) -> bool:
    """Return whether frames were taken and everything rests, without an announced failure."""
    if before.camera is None or now.camera is None or now.failed_at > before.failed_at:
        return False
    return now.resting and now.camera.exposure_ends_at != before.camera.exposure_ends_at


# Servers before 2.1 have no report and announce no success: only the end can be observed.
_AUTOFOCUS_UNREPORTED = Command[AutofocusRun](
    key=FocuserKey.AUTOFOCUS,
    subject=Role.FOCUSER,
    method=lambda client: client.focuser.start_autofocus,
    fetch=_fetch_devices,
    changed=_has_ended,
    proof_text=(
        "frames were taken, focuser and camera have been idle for 90 s, and N.I.N.A. announced no"
        " failure; no reading shows whether it found the focus"
    ),
    hold_time=WORKS_UNSEEN,
    reads=lambda run: run.focuser.position,
    timeout=AUTOFOCUS_TIMEOUT,
    precondition=_cannot_focus,
    stalled=lambda run, _: run.resting,
    stall_timeout=WORKS_UNSEEN,
    may_pause=True,
    blocked_by=(FocuserKey.AUTOFOCUS,),
)

AUTOFOCUS = replace(
    _AUTOFOCUS_UNREPORTED,
    method=lambda client: client.focuser.get_last_autofocus,
    fetch=_fetch,
    send=lambda client, _: client.focuser.start_autofocus(),
    changed=_has_focused,
    proof_text="a new report, everything idle, and N.I.N.A. announced the success",
    # N.I.N.A. takes a last frame at the focus it found before it accepts it.
    hold_time=10.0,
    fallback=_AUTOFOCUS_UNREPORTED,
)

# A run that continues shows by its next exposure, which may be some seconds away.
CANCEL_AUTOFOCUS = Command[AutofocusRun](
    key=FocuserKey.CANCEL_AUTOFOCUS,
    subject=Role.FOCUSER,
    method=lambda client: client.focuser.cancel_autofocus,
    fetch=_fetch_devices,
    already_done=lambda _run, _equipment: False,
    succeeded=lambda run: run.resting,
    proof_text="focuser and camera have been idle for 15 s",
    safety_critical=True,
    allow_unread=True,
    hold_time=15.0,
    reads=lambda run: run.focuser.position,
    timeout=120,
    preempts=(FocuserKey.AUTOFOCUS,),
)

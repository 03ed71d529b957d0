"""Commands for the guider."""

from dataclasses import replace

from ...api import EventType, Guider, GuiderState, Role
from ...const import CommandKey
from ...errors import Reason
from ..command import Command


class GuiderKey(CommandKey):
    """Keys of the commands for the guider."""

    CLEAR_GUIDER_CALIBRATION = "clear_guider_calibration"
    START_GUIDING = "start_guiding"
    STOP_GUIDING = "stop_guiding"


BUSY_GUIDING = (GuiderState.GUIDING, GuiderState.CALIBRATING, GuiderState.LOST_LOCK)
# Older servers do not report the state of the guider.
STATE_SHOWN_SINCE = (2, 1, 4)
# Older servers send no event when guiding starts or stops.
ANNOUNCED_SINCE = (2, 1)
# Seconds of readings that reveal activity which a single reading may miss.
HOLD_LONG = 15.0
# States that count as stopped; paused guiding resumes by itself.
STOPPED_GUIDING = (GuiderState.STOPPED, GuiderState.SELECTED, GuiderState.LOOPING)
_AMBIGUOUS = (GuiderState.LOOPING, GuiderState.LOST_LOCK)


def _is_silent(guider: Guider) -> bool:
    """Return whether the state of the guider is unknown, and so proves nothing."""
    return guider.guides is None


# Servers before 2.1 neither report the state of the guider nor announce anything.
_START_UNSEEN = Command[Guider](
    key=GuiderKey.START_GUIDING,
    subject=Role.GUIDER,
    method=lambda client: client.guider.start,
    send=lambda client, _: client.guider.start(calibrate=False),
    timeout=600,
)

_START_ANNOUNCED = replace(
    _START_UNSEEN,
    since=ANNOUNCED_SINCE,
    succeeded=lambda guider: guider.state is GuiderState.GUIDING,
    proof_text="N.I.N.A. announces that guiding started",
    success_event=EventType.GUIDING_STARTED,
    state_unknown=_is_silent,
    # N.I.N.A. replies when guiding has settled, or failed to.
    stalled=lambda guider, _: guider.state not in BUSY_GUIDING,
    stall_timeout=60,
    fallback=_START_UNSEEN,
)

START_GUIDING = replace(
    _START_ANNOUNCED,
    since=STATE_SHOWN_SINCE,
    proof_text="the guider is guiding",
    reads=lambda guider: guider.state,
    fallback=_START_ANNOUNCED,
)

# Recalibration is more than guiding, so it is also sent while guiding.
CALIBRATE_AND_GUIDE = replace(
    START_GUIDING,
    send=lambda client, _: client.guider.start(calibrate=True),
    already_done=lambda _guider, _equipment: False,
    fallback=None,
)

_STOP_UNSEEN = Command[Guider](
    key=GuiderKey.STOP_GUIDING,
    subject=Role.GUIDER,
    method=lambda client: client.guider.stop,
    preempts=(GuiderKey.START_GUIDING,),
)

STOP_GUIDING = replace(
    _STOP_UNSEEN,
    since=ANNOUNCED_SINCE,
    succeeded=lambda guider: guider.state in STOPPED_GUIDING,
    proof_text=(
        "the guider has stopped; if it has lost its star, or reports an unknown state,"
        " N.I.N.A. announces the stop"
    ),
    safety_critical=True,
    allow_unread=True,
    success_event=EventType.GUIDING_STOPPED,
    # "Lost star" may persist after a stop.
    state_unknown=lambda guider: _is_silent(guider) or guider.lost,
    # Between start and guiding it only loops, and N.I.N.A. does not stop that.
    hold_time=lambda guider: HOLD_LONG if guider.state in _AMBIGUOUS else 0.0,
    reads=lambda guider: guider.state,
    stalled=lambda _, __: True,
    stall_timeout=12,
    retries=1,
    fallback=_STOP_UNSEEN,
)

CLEAR_GUIDER_CALIBRATION = Command[Guider](
    key=GuiderKey.CLEAR_GUIDER_CALIBRATION,
    subject=Role.GUIDER,
    method=lambda client: client.guider.clear_calibration,
    reads=lambda guider: guider.state,
    precondition=lambda guider, _: (
        Reason.CLEAR_CALIBRATION_NOT_SUPPORTED if guider.can_clear_calibration is False else None
    ),
    blocked_by=(GuiderKey.START_GUIDING,),
)

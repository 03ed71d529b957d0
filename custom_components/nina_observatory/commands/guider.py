"""Commands for the guider."""

from dataclasses import replace

from ..api import EventType, Guider, GuiderState, NinaClient, Role
from ..command import Command
from ..const import CommandKey
from ..errors import Reason

BUSY_GUIDING = (GuiderState.GUIDING, GuiderState.CALIBRATING, GuiderState.LOST_LOCK)
# Older servers do not show what the guider does.
STATE_SHOWN_SINCE = (2, 1, 4)

START_GUIDING = Command[Guider](
    key=CommandKey.START_GUIDING,
    subject=Role.GUIDER,
    method=NinaClient.start_guiding,
    needs=STATE_SHOWN_SINCE,
    send=lambda client, _: client.start_guiding(calibrate=False),
    proof=lambda guider: guider.state is GuiderState.GUIDING,
    evidence="the guider reads guiding",
    seen=lambda guider: guider.state,
    limit=600,
    # N.I.N.A. answers when guiding has settled, or has failed to.
    standing=lambda guider, _: guider.state not in BUSY_GUIDING,
    patience=60,
)

# Calibrating anew is more than guiding, so it is sent to a guider that guides, too.
CALIBRATE_AND_GUIDE = replace(
    START_GUIDING,
    send=lambda client, _: client.start_guiding(calibrate=True),
    needless=lambda _guider, _equipment: False,
)

STOP_GUIDING = Command[Guider](
    key=CommandKey.STOP_GUIDING,
    subject=Role.GUIDER,
    method=NinaClient.stop_guiding,
    needs=STATE_SHOWN_SINCE,
    proof=lambda guider: guider.state not in BUSY_GUIDING,
    evidence="the guider reads neither guiding, calibrating nor searching its star",
    protects=True,
    sent_unread=True,
    announced_by=EventType.GUIDING_STOPPED,
    # Between a start and the guiding it only loops, and N.I.N.A. does not stop that.
    holds=lambda guider: 15.0 if guider.state is GuiderState.LOOPING else 0.0,
    seen=lambda guider: guider.state,
    standing=lambda guider, _: guider.state in BUSY_GUIDING,
    patience=12,
    repeats=1,
    overtakes=(CommandKey.START_GUIDING,),
)

CLEAR_GUIDER_CALIBRATION = Command[Guider](
    key=CommandKey.CLEAR_GUIDER_CALIBRATION,
    subject=Role.GUIDER,
    method=NinaClient.clear_guider_calibration,
    seen=lambda guider: guider.state,
    refusal=lambda guider, _: (
        None if guider.can_clear_calibration else Reason.CLEAR_CALIBRATION_NOT_SUPPORTED
    ),
    yields_to=(CommandKey.START_GUIDING,),
)

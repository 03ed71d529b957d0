"""Commands for the guider."""

from ..api import Guider, GuiderState, Role
from ..commander import Command

BUSY_GUIDING = (GuiderState.GUIDING, GuiderState.CALIBRATING, GuiderState.LOST_LOCK)

START_GUIDING = Command[Guider](
    key="start_guiding",
    subject=Role.GUIDER,
    send=lambda client, _: client.start_guiding(calibrate=False),
    proof=lambda guider: guider.state is GuiderState.GUIDING,
    seen=lambda guider: guider.state,
    limit=600,
)

STOP_GUIDING = Command[Guider](
    key="stop_guiding",
    subject=Role.GUIDER,
    send=lambda client, _: client.stop_guiding(),
    proof=lambda guider: guider.state not in BUSY_GUIDING,
    seen=lambda guider: guider.state,
    limit=30,
    standing=lambda guider, _: guider.state in BUSY_GUIDING,
    patience=12,
    repeats=1,
    overtakes=("start_guiding",),
)

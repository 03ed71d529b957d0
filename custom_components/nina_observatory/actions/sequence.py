"""Actions for the sequencer."""

from homeassistant.helpers import config_validation as cv
import probatio

from ..commands import STOP_SEQUENCE, start_sequence
from .action import Action, commanding

ACTIONS = (
    Action(
        name="start_sequence",
        handler=commanding(
            lambda call: start_sequence(skip_validation=call.data["skip_validation"])
        ),
        fields={probatio.Optional("skip_validation", default=True): cv.boolean},
    ),
    Action(name="stop_sequence", handler=commanding(lambda _: STOP_SEQUENCE)),
)

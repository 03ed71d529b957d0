"""Actions for the polar alignment."""

import probatio

from ..api import Role
from ..api.polar_alignment import AlignmentSettings
from ..const import Needs
from .action import FILTER, Action, Call
from .choices import Choice
from .fields import flag, number, text

# For omitted fields the plugin uses its own settings.
SETTINGS = {
    probatio.Optional("manual_mode"): flag,
    probatio.Optional("target_distance"): number(low=1, high=90, whole=True),
    probatio.Optional("move_rate"): number(low=1, high=20, whole=True),
    probatio.Optional("east_direction"): flag,
    probatio.Optional("start_from_current_position"): flag,
    probatio.Optional("alignment_tolerance"): number(low=0, high=60),
    probatio.Optional("filter"): text(),
    probatio.Optional("exposure_time"): number(low=0.001, high=600),
    probatio.Optional("binning"): number(low=1, high=16, whole=True),
    probatio.Optional("gain"): number(low=0, high=100_000, whole=True),
    probatio.Optional("offset"): number(low=0, high=100_000, whole=True),
    probatio.Optional("search_radius"): number(low=0.1, high=180),
}
NAMES = tuple(str(field) for field in SETTINGS)


async def _async_start(call: Call) -> None:
    settings = AlignmentSettings(**{name: call.data.get(name) for name in NAMES})
    await call.runtime.alignment.async_start(settings)


ACTIONS = (
    Action(
        name="start_polar_alignment",
        needs=Needs.CONTROL,
        roles=(Role.HUB, Role.CAMERA, Role.MOUNT),
        adds=FILTER,
        handler=_async_start,
        fields=SETTINGS,
        choices={"filter": Choice.FILTERS},
    ),
    Action(
        name="stop_polar_alignment",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=lambda call: call.runtime.alignment.async_stop(),
    ),
    Action(
        name="pause_polar_alignment",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=lambda call: call.runtime.alignment.async_pause(),
    ),
    Action(
        name="resume_polar_alignment",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=lambda call: call.runtime.alignment.async_resume(),
    ),
)

"""Actions for the mount."""

from ..commands import PARK_MOUNT, UNPARK_MOUNT
from .action import Action, commanding

ACTIONS = (
    Action(name="park", handler=commanding(lambda _: PARK_MOUNT)),
    Action(name="unpark", handler=commanding(lambda _: UNPARK_MOUNT)),
)

"""The actions of the integration, one module for each topic."""

from . import capture, mount, plan, sequence
from .action import Action

ACTIONS: tuple[Action, ...] = (
    *capture.ACTIONS,
    *mount.ACTIONS,
    *plan.ACTIONS,
    *sequence.ACTIONS,
)

__all__ = ["ACTIONS", "Action"]

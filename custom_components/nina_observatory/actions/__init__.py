"""The actions of the integration, one module for each topic."""

from . import (
    alignment,
    camera,
    capture,
    connection,
    enclosure,
    flats,
    mount,
    optics,
    pictures,
    plan,
    plots,
    procedures,
    profile,
    reading,
    sequence,
    solve,
)
from .action import Action

ACTIONS: tuple[Action, ...] = (
    *alignment.ACTIONS,
    *camera.ACTIONS,
    *capture.ACTIONS,
    *connection.ACTIONS,
    *enclosure.ACTIONS,
    *flats.ACTIONS,
    *mount.ACTIONS,
    *optics.ACTIONS,
    *pictures.ACTIONS,
    *plan.ACTIONS,
    *plots.ACTIONS,
    *procedures.ACTIONS,
    *profile.ACTIONS,
    *reading.ACTIONS,
    *sequence.ACTIONS,
    *solve.ACTIONS,
)

__all__ = ["ACTIONS", "Action"]

"""Routes that belong to no device."""

from .application import ApplicationRoutes
from .capture import CaptureRoutes
from .flats import FlatsRoutes
from .framing import FramingRoutes
from .general import GeneralRoutes
from .images import ImageRoutes
from .live_stack import LiveStackRoutes
from .profile import ProfileRoutes
from .sequence import SequenceRoutes

__all__ = [
    "ApplicationRoutes",
    "CaptureRoutes",
    "FlatsRoutes",
    "FramingRoutes",
    "GeneralRoutes",
    "ImageRoutes",
    "LiveStackRoutes",
    "ProfileRoutes",
    "SequenceRoutes",
]

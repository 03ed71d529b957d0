"""Routes that belong to no device."""

from typing import TYPE_CHECKING

from .application import ApplicationRoutes
from .capture import CaptureRoutes
from .flats import FlatsRoutes
from .framing import FramingRoutes
from .general import GeneralRoutes
from .images import ImageRoutes
from .live_stack import LiveStackRoutes
from .profile import ProfileRoutes
from .sequence import SequenceRoutes

if TYPE_CHECKING:
    from simulator.observatory import Observatory


def all_routes(observatory: Observatory) -> tuple[object, ...]:
    """Return everything that answers besides the devices."""
    capture = CaptureRoutes(observatory)
    return (
        GeneralRoutes(observatory),
        capture,
        ImageRoutes(observatory, capture),
        SequenceRoutes(observatory),
        ProfileRoutes(observatory),
        ApplicationRoutes(observatory),
        FramingRoutes(observatory),
        LiveStackRoutes(observatory),
        FlatsRoutes(observatory),
    )

"""Draw any plot. Import this in an executor: it loads the drawings, and Pillow with its typefaces."""

from .autofocus import draw_autofocus
from .content import AutofocusData, Content, GuidingData, NightData, NoSkyData, SkyData
from .guiding import draw_guiding
from .look import Look
from .night import draw_night
from .night_data import night_view
from .sky import draw_no_sky, draw_sky
from .sky_data import sky_view


def draw(content: Content, look: Look) -> bytes:
    """Return the plot of a content as a PNG."""
    match content:
        case AutofocusData():
            return draw_autofocus(content, look)
        case GuidingData():
            return draw_guiding(content, look)
        case NightData(frames, marks, site, now):
            return draw_night(night_view(frames, marks, site, now), look)
        case SkyData(site, targets, now, data_at):
            return draw_sky(sky_view(site, targets, now), look, data_at)
        case NoSkyData(is_read):
            return draw_no_sky(look, is_read=is_read)

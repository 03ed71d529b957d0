"""The pages that are tested and written down."""

from .scheduler_page import ROWS as SCHEDULER_ROWS
from .table import Dialect, Page
from .wiki_camera import CAMERA
from .wiki_equipment import EQUIPMENT
from .wiki_frames import FRAMES_AND_EVENTS
from .wiki_night import NIGHT, VERSION

WIKI = Page(
    name="wiki",
    title="Wiki of the Advanced API, plugin 2.0",
    about=(
        "The page announces framing, polar alignment, and `focuser/move` for 2.0.1.0. That version was"
        " never released; they came with 2.1."
    ),
    dialects=(
        Dialect(name="plugin 2.0", options={"version": "2.0.1.0"}),
        Dialect(name="plugin 2.2.15", options={"version": "2.2.15.0"}),
    ),
    rows=(*VERSION, *CAMERA, *EQUIPMENT, *NIGHT, *FRAMES_AND_EVENTS),
)

SCHEDULER = Page(
    name="scheduler",
    title="Manual of the Target Scheduler, API",
    about=(
        "Versions before 5.9 have no API. The simulated scheduler serves the examples of the page, with the"
        " times of the night in which it runs."
    ),
    dialects=(
        Dialect(name="Target Scheduler 5.9", options={"scheduler_version": "5.9.0.0"}),
        Dialect(name="Target Scheduler 5.10", options={"scheduler_version": "5.10.2.0"}),
    ),
    rows=SCHEDULER_ROWS,
)

PAGES: tuple[Page, ...] = (WIKI, SCHEDULER)

"""The pages that are tested and written down."""

from .table import Dialect, Page
from .wiki_equipment import EQUIPMENT

WIKI = Page(
    name="wiki",
    title="Wiki of the Advanced API, plugin 2.0",
    about=(
        "The page announces framing, polar alignment and `focuser/move` for 2.0.1.0. That version was"
        " never released; they came with 2.1."
    ),
    dialects=(
        Dialect(name="plugin 2.0", options={"version": "2.0.1.0"}),
        Dialect(name="plugin 2.2.15", options={"version": "2.2.15.0"}),
    ),
    rows=EQUIPMENT,
)

PAGES: tuple[Page, ...] = (WIKI,)

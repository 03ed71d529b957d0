"""Every line of the published pages, in every dialect, through Home Assistant."""

import aiohttp
from homeassistant.core import HomeAssistant
import pytest

from simulator import Observatory
from tests.conftest import SPEED, UNHURRIED, make_entry, set_up, unload
from tests.waiting import eventually

from .bench import Bench
from .pages import PAGES
from .table import Dialect, Page, Row

CASES = [
    pytest.param(page, dialect, rows, id=f"{page.name}-{section}-{dialect.name}")
    for page in PAGES
    for section, rows in page.sections()
    for dialect in page.dialects
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("page", "dialect", "rows"), CASES)
async def test_the_lines_of_a_page(
    hass: HomeAssistant,
    socket_enabled: None,
    subtests: pytest.Subtests,
    everything_on: None,
    page: Page,
    dialect: Dialect,
    rows: tuple[Row, ...],
) -> None:
    """The request is in the ledger, its answer is the one that the page names, and it counts."""
    options = {"speed": SPEED, "scenario": "idle", **dialect.options}
    async with (
        Observatory(port=0, scheduler_port=0, **options) as observatory,
        aiohttp.ClientSession() as session,
    ):
        entry = make_entry(observatory)
        await set_up(hass, entry)
        listener = entry.runtime_data.listener
        await eventually(lambda: listener.caught_up and not observatory.ledger.pending)
        entry.runtime_data.runner.pace.scale = UNHURRIED
        bench = Bench(hass=hass, entry=entry, observatory=observatory, session=session)
        for row in rows:
            with subtests.test(row.line):
                await bench.check(row, page.verdict(row, dialect))
        await unload(hass, entry)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_the_table_is_whole(page: Page) -> None:
    """Each row has a verdict for each dialect, sections are together, and lines differ."""
    assert all(len(row.verdicts) in (1, len(page.dialects)) for row in page.rows)
    sections = [section for section, _ in page.sections()]
    assert len(sections) == len(set(sections))
    lines = [(row.section, row.line) for row in page.rows]
    assert len(lines) == len(set(lines))

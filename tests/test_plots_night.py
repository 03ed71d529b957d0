"""The plots of the night and of the sky in Home Assistant: by night, by day, and over restarts."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import threading
from typing import Any, Final
from unittest.mock import Mock

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory import night
from custom_components.nina_observatory.api import EventType, Picture, Role
from custom_components.nina_observatory.entities import plots
from custom_components.nina_observatory.entities.plots import Plot, async_draw
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.plots import drawings
from custom_components.nina_observatory.plots.content import Content
from custom_components.nina_observatory.plots.look import Look
from custom_components.nina_observatory.plots.night_data import NightView, ShadeKind
from custom_components.nina_observatory.plots.sky_data import SkyView
from custom_components.nina_observatory.readings.picture_cache import AT_A_TIME
from custom_components.nina_observatory.readings.twilight import tonight
from simulator import Observatory

from .blocks import connected
from .clock import CLOCK
from .rigs import recorded_rig, reload
from .states import act, state
from .test_nights import take
from .test_plan_asked import REFRESH
from .test_plots import AUTOFOCUS, GRAPH, look
from .test_sky import SYDNEY, answers
from .waiting import eventually

NIGHT: Final = "image.observatory_imaging_night_plot"
SKY: Final = "image.observatory_imaging_sky_plot"
# What is asked for only when it is needed.
ON_DEMAND: Final = (GRAPH, "/equipment/focuser/last-af", "/event-history", "/profile/show")
VIEWERS: Final = 20
# Shorter than usual.
STEP: Final = timedelta(minutes=2)
# Evening in Sydney, before it gets dark, and the middle of the night.
EVENING: Final = datetime(2026, 6, 21, 6, 0, tzinfo=UTC)
MIDNIGHT: Final = datetime(2026, 6, 21, 14, 1, tzinfo=UTC)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is drawn."""
    found: list[Any] = []

    def watch(name: str) -> None:
        draw: Callable[..., bytes] = getattr(drawings, name)

        def note(*given: Any, **more: Any) -> bytes:
            found.append(more or given[0])
            return draw(*given, **more)

        monkeypatch.setattr(drawings, name, note)

    for name in ("draw_night", "draw_sky", "draw_no_sky", "draw_autofocus"):
        watch(name)
    return found


async def test_one_drawing_for_all_viewers(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    drawn: list[Any],
    hass_client: ClientSessionGenerator,
) -> None:
    """Each change is drawn once, from what is there: nobody who looks asks N.I.N.A. for anything."""
    client, data = await hass_client(), ready.runtime_data
    await eventually(lambda: data.sky.site is not None)

    async def image() -> None:
        await take(observatory, ready)
        await eventually(lambda: data.nights.data_at is not None)
        await eventually(lambda: state(hass, NIGHT) == data.nights.data_at.isoformat(), 90)

    async def plan() -> None:
        await act(hass, "button.press", REFRESH)
        await eventually(lambda: data.tonight.targets)

    async def focus() -> None:
        async_fire_own(hass, ready, EventType.AUTOFOCUS_STARTED, {}, Role.FOCUSER)

    def asked() -> list[int]:
        return [observatory.ledger.count(path) for path in ON_DEMAND]

    for entity_id, change in ((NIGHT, image), (SKY, plan), (AUTOFOCUS, focus)):
        pictures = {await look(client, hass, entity_id)}
        await change()
        before, total, known = asked(), observatory.ledger.total, len(drawn)
        found = await asyncio.gather(*(look(client, hass, entity_id) for _ in range(VIEWERS)))
        pictures |= {*found, await look(client, hass, entity_id)}
        assert (len(pictures), len(drawn)) == (2, known + 1), entity_id
        assert asked() == before
        # N.I.N.A. is polled meanwhile.
        assert observatory.ledger.total - total < VIEWERS


async def test_a_night_from_its_first_frame_to_the_next_day(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    drawn: list[NightView | None],
    hass_client: ClientSessionGenerator,
) -> None:
    """It is drawn once for all who look, and stays after a restart with N.I.N.A. closed."""
    client = await hass_client()
    assert state(hass, NIGHT) == "unknown"
    await look(client, hass, NIGHT)
    assert drawn == [None]
    await take(observatory, settled)
    nights = settled.runtime_data.nights
    await eventually(lambda: nights.data_at is not None)
    await eventually(lambda: state(hass, NIGHT) == nights.data_at.isoformat(), 90)
    assert len(drawn) == 1
    await observatory.events.emit("GUIDER-DITHER")
    await observatory.events.emit("TS-WAITSTART", WaitEndTime="2026-01-01T00:00:00Z")
    await eventually(lambda: {"guider_dithered", "scheduler_wait_started"} <= kinds(settled))
    await eventually(lambda: state(hass, NIGHT) == nights.data_at.isoformat(), 90)
    for _ in range(5):
        await look(client, hass, NIGHT)
    assert len(drawn) == 2
    shown = state(hass, NIGHT)
    assert await hass.config_entries.async_unload(settled.entry_id)
    await observatory.faults.start("refuse")
    assert await hass.config_entries.async_setup(settled.entry_id)
    await eventually(lambda: state(hass, NIGHT) == shown)
    await look(client, hass, NIGHT)
    before, after = drawn[1], drawn[2]
    assert before is not None
    assert after is not None
    assert [len(after.bars), after.filters] == [1, before.filters]
    assert [each.at for each in after.happenings] == [each.at for each in before.happenings]
    assert [each.kind for each in after.shades][-1:] == [ShadeKind.WAIT]


def kinds(entry: MockConfigEntry) -> set[str]:
    """Return the kinds of marks that are kept of a night."""
    return {mark.kind for mark in entry.runtime_data.nights.marks}


@pytest.mark.usefixtures("socket_enabled")
async def test_the_sky_by_night_and_by_day(
    hass: HomeAssistant,
    drawn: list[SkyView],
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The present moves in steps by night, and by day the next night is shown without them."""
    monkeypatch.setattr(night.tonight, "STEP", STEP)
    nights = Mock(wraps=tonight)
    monkeypatch.setattr(night.tonight, "tonight", nights)
    CLOCK.set(EVENING)
    async with recorded_rig(hass, connected(), answers(-33.87, 151.21)) as rig:
        client = await hass_client()
        await eventually(lambda: state(hass, SKY) != "unknown")
        shown = state(hass, SKY)
        start, end = tonight(SYDNEY, EVENING)
        await look(client, hass, SKY)
        assert (drawn[-1].start, drawn[-1].end) == (start, end)
        assert drawn[-1].phase.waxing
        CLOCK.set(MIDNIGHT)
        await eventually(lambda: state(hass, SKY) != shown, 2 * STEP.total_seconds())
        await look(client, hass, SKY)
        assert drawn[-1].start < drawn[-1].now < drawn[-1].end
        # Looking for it takes the event loop some time.
        assert nights.call_count == 1
        await rig.close_nina()
        shown = state(hass, SKY)
        CLOCK.set(end + timedelta(minutes=1))
        await eventually(lambda: state(hass, SKY) != shown, 2 * STEP.total_seconds())
        await look(client, hass, SKY)
        assert drawn[-1].start > end
        await reload(rig)
        await look(client, hass, SKY)
        assert drawn[-1].start > end


@pytest.mark.usefixtures("socket_enabled")
async def test_without_a_site(
    hass: HomeAssistant, drawn: list[Any], hass_client: ClientSessionGenerator
) -> None:
    """The plate says so, until one is entered; a profile that was never read is another reason."""
    blocks = connected()
    blocks["Mount"] |= {"SiteLatitude": 0, "SiteLongitude": 0}
    async with recorded_rig(hass, blocks, answers(0, 0)) as rig:
        client = await hass_client()
        assert state(hass, SKY) == "unknown"
        await look(client, hass, SKY)
        assert drawn[-1] == {"is_read": True}
        rig.server.answers |= answers(-33.87, 151.21)
        rig.entry.runtime_data.settings.async_note_profile_change()
        await eventually(lambda: state(hass, SKY) != "unknown", 90)
        await look(client, hass, SKY)
        assert isinstance(drawn[-1], SkyView)


async def test_the_planned_targets(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    drawn: list[SkyView],
    hass_client: ClientSessionGenerator,
) -> None:
    """Those of the preview, with their times and the minimum altitude of their projects."""
    client = await hass_client()
    await eventually(lambda: settled.runtime_data.sky.site is not None)
    await act(hass, "button.press", REFRESH)
    scheduler = settled.runtime_data.scheduler
    await eventually(lambda: scheduler.data.preview)
    planned = {each.name for each in scheduler.data.preview if not each.waiting}
    targets = settled.runtime_data.tonight.targets
    assert planned == {each.name for each in targets} != set()
    assert settled.runtime_data.tonight.targets is targets
    await look(client, hass, SKY)
    assert dt_util.utcnow() < drawn[-1].end
    for curve in drawn[-1].curves:
        assert curve.target.name in planned
        assert all(
            drawn[-1].start <= start < end <= drawn[-1].end for start, end in curve.target.slots
        )


@pytest.mark.real_time
async def test_viewers_who_leave(
    hass: HomeAssistant, settled: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads go on without them, so others wait for their turn: never more than usual draw."""
    begun: list[int] = []
    may_end = threading.Event()

    def slowly(_plot: Plot, _content: Content, asked: Look, _faulty: set[str]) -> bytes:
        begun.append(asked.width)
        may_end.wait(20)
        return b"drawn"

    monkeypatch.setattr(plots, "drawn_or_not", slowly)
    viewers: list[asyncio.Task[Picture]] = []
    try:
        for width in range(400, 400 + AT_A_TIME):
            viewers.append(asyncio.create_task(async_draw(settled, Plot.SKY, width)))
            await eventually(lambda: len(begun) == len(viewers))
        for viewer in viewers:
            viewer.cancel()
            with suppress(asyncio.CancelledError):
                await viewer
        following = asyncio.create_task(async_draw(settled, Plot.SKY, 600))
        await asyncio.sleep(0.2)
        assert len(begun) == AT_A_TIME
    finally:
        may_end.set()
    assert (await following).data == b"drawn"
    assert begun[AT_A_TIME:] == [600]

"""What plots show as the present: no old report, no run that is over, no pause of the guider."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import EventType, Role
from custom_components.nina_observatory.entities.plots import PLOTS, Plot
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.plots.content import AutofocusData
from custom_components.nina_observatory.readings.autofocus_run import RunState
from simulator import Observatory

from .clock import CLOCK
from .test_plots import guide
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")


async def test_guiding_pauses_while_nobody_looks(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The axis in minutes does not count the pause."""
    graphs = ready.runtime_data.plots.graphs
    await guide(observatory, ready, 30)
    for pause in (0, 1800):
        await guide(observatory, ready)
        CLOCK.turn(pause)
        await guide(observatory, ready)
        await graphs.async_read()
        for _ in range(15):
            CLOCK.turn(2)
            await guide(observatory, ready)
        await graphs.async_read()
        assert graphs.pace.seconds_per_step == pytest.approx(2, abs=0.2)


async def test_a_run_that_was_missed(ready: MockConfigEntry) -> None:
    """One that began hours ago, while nobody listened, is not shown as running now."""
    runs, began = ready.runtime_data.plots.runs, dt_util.utcnow() - timedelta(hours=2)
    missed = {"time": began.isoformat(), "replayed": True, "data": {"position": 100, "hfr": 2.5}}
    for kind in (EventType.AUTOFOCUS_STARTED, EventType.AUTOFOCUS_POINT_ADDED):
        runs.async_handle_event({"type": kind, **missed})
    assert runs.run is not None
    assert runs.run.changed_at == began
    await ready.runtime_data.equipment.async_read(Role.FOCUSER)
    assert (runs.run.state, runs.run.changed_at) == (RunState.ENDED, began)
    assert len(runs.run.points) == 1
    # A clock that is ahead does not date it into the future.
    ahead = missed | {"time": (dt_util.utcnow() + timedelta(hours=2)).isoformat()}
    runs.async_handle_event({"type": EventType.AUTOFOCUS_STARTED, **ahead})
    assert runs.run.state is RunState.RUNNING
    assert runs.run.changed_at <= dt_util.utcnow()


@pytest.mark.parametrize("read_in", ["a run", "a restart"])
async def test_a_report_of_another_run(
    hass: HomeAssistant,
    observatory: Observatory,
    quick_eye: None,
    ready: MockConfigEntry,
    read_in: str,
) -> None:
    """One that is kept, or read late, is not that of the run that began before."""
    settings, fact = ready.runtime_data.settings, ready.runtime_data.facts.autofocus
    await observatory.autofocus.run()
    await eventually(lambda: settings.data.autofocus is not None)
    other, settings.data = settings.data, replace(settings.data, autofocus=None)
    settings.async_update_listeners()
    if read_in == "a restart":
        fact._report = None
    async_fire_own(hass, ready, EventType.AUTOFOCUS_STARTED, {}, Role.FOCUSER)
    settings.data = other
    settings.async_update_listeners()
    async_fire_own(hass, ready, EventType.AUTOFOCUS_FAILED, {}, Role.FOCUSER)
    drawn = PLOTS[Plot.AUTOFOCUS].version(ready.runtime_data)
    assert isinstance(drawn, AutofocusData)
    assert drawn.report == other.autofocus
    assert drawn.shows_run

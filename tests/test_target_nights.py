"""Nights of targets in loops, under names of the user's own, in every dialect."""

from collections.abc import AsyncIterator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from simulator import Observatory
from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.containers import If, Target
from simulator.sequence.exposures import SmartExposure
from simulator.sequence.library import do
from simulator.sequence.node import Container
from simulator.sequence.plan import Plan
from simulator.sky import Coordinates

from .conftest import make_entry, set_up, unload
from .states import state
from .test_plan_nights import STATE, TARGET, glimpse, watched
from .test_target import told
from .waiting import eventually

M_31, M_33 = Coordinates(0.71, 41.27), Coordinates(1.56, 30.66)


def imaging(name: str, container: str, place: Coordinates) -> Target:
    """Return a target in a container of another name, which images in a set inside it."""
    sets = Container("LRGB", [SmartExposure("L", 2, 0, ExposureTime=60.0)])
    target = Target(name, place, [do("Slew To Ra/Dec"), do("Run Autofocus"), sets])
    target.name = container
    return target


@pytest.fixture(params=["2.0.1", "2.1", "2.2.7", "2.2.15"])
async def observatory(
    request: pytest.FixtureRequest, socket_enabled: None
) -> AsyncIterator[Observatory]:
    """Run a fast observatory under the stars, its roof open."""
    version: str = request.param
    async with Observatory(port=0, speed=300.0, scenario="idle", version=version) as observatory:
        observatory.dome.put_shutter(1.0)
        await observatory.pointing.unpark()
        yield observatory


@pytest.fixture
async def entry(hass: HomeAssistant, observatory: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that has caught up."""
    entry = make_entry(observatory)
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    yield entry
    await unload(hass, entry)


async def test_two_targets_in_a_loop(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Their frames name them, where they have names; nothing around them is ever shown."""
    loop = Container(
        "All night",
        [If([imaging("M 31", "n090 M 31", M_31)]), imaging("M 33", "n091 M 33", M_33)],
        [LoopForIterations(2)],
    )
    observatory.sequence.plan = Plan([], [loop])
    named = observatory.dialect.at_least("2.2.11.0")
    heard = async_capture_events(hass, EVENT_NINA)
    await observatory.sequence.start(skip_validation=True)
    while state(hass, STATE) != "running":
        await glimpse(entry)
    seen = await watched(hass, entry, TARGET)
    names = {name for (name,) in seen} - {"unknown"}
    containers = {"n090 M 31", "n091 M 33"}
    assert names <= containers | {"M 31", "M 33"}
    assert names >= ({"M 31", "M 33"} if named else containers)
    parts = [(name or "").removeprefix("n090 ").removeprefix("n091 ") for _, name in told(heard)]
    assert parts == ["M 31", "M 33"]


async def test_roots_of_targets_in_every_dialect(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Touch'N'Stars makes a root for each target; each is shown in its turn."""
    each = [[imaging(name, name, M_31)] for name in ("M 31", "M 33", "NGC 891", "M 42")]
    observatory.sequence.plan = Plan([do("Unpark Scope")], each[0], [do("Find home")], [], each[1:])
    heard = async_capture_events(hass, EVENT_NINA)
    await observatory.sequence.start(skip_validation=True)
    while state(hass, STATE) != "running":
        await glimpse(entry)
    seen = await watched(hass, entry, TARGET)
    shown = dict.fromkeys(name for (name,) in seen if name != "unknown")
    assert list(shown) == ["M 31", "M 33", "NGC 891", "M 42"]
    assert [name for _, name in told(heard)] == list(shown)
    assert state(hass, STATE) == "finished"

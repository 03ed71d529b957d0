"""What all tests inside Home Assistant share: a simulated observatory and an entry for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
import logging
import math
import os
from pathlib import Path
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from aiohttp import ThreadedResolver, connector
from homeassistant.components.http import HomeAssistantHTTP
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import aiohttp_client, script
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from jwt import api_jwt
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.nina_observatory.api.events import stream
from custom_components.nina_observatory.api.transport import Endpoint
from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DOMAIN, EVENT_NINA

# Imported before Home Assistant looks for it, or the harness's own folder of that name wins.
from custom_components.nina_observatory.upkeep.address import search
from simulator import Observatory
from simulator.devices import exposures

from .clock import TurningLoop
from .defaults import enabled_in_tests
from .eye import glance
from .home_clock import follow_clock
from .lean import install, kept_in_memory, let_go
from .people import Person, make_people
from .waiting import eventually

if TYPE_CHECKING:
    from custom_components.nina_observatory.runtime import NinaConfigEntry


follow_clock(stream, api_jwt)
install()

SPEED = 150.0

# Home Assistant and the harness tell of each entity, integration and file of each set-up, in a hundred
# lines that no test looks at and that take their time.
for name in ("homeassistant", "pytest_homeassistant_custom_component"):
    logging.getLogger(name).setLevel(logging.WARNING)
# Nor every statement, of which a thread writes those of the end to the terminal.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

# What limits are scaled with where the simulated observatory is to keep them.
UNHURRIED = 1 / 15

# How asyncio and Home Assistant complain about a busy machine.
SLOW = re.compile(r" took \d+\.\d+ seconds")

# What custom integrations, missing libraries and slow machines are told in any case, and what the
# simulated server says of connections that it broke itself.
NOISY = (
    "aiohttp.server",
    "aiohttp_fast_zlib",
    "homeassistant.components.camera.img_util",
    "homeassistant.loader",
)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Let no test wait for time to pass, unless it says that it has to."""
    marked = any(item.get_closest_marker(name) for name in ("real_time", "browser"))
    # The recorder works in a thread of its own.
    if not marked and "recorder_mock" not in getattr(item, "fixturenames", ()):
        return {"turning": TurningLoop}
    return {"real": asyncio.EventLoop}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a folder of its own for Home Assistant.

    The harness has one for all: what one worker writes there, another finds, or deletes.
    """
    return str(tmp_path)


@pytest.fixture(autouse=True)
def disable_http_server() -> Iterator[None]:
    """Have no server of Home Assistant's own; the harness makes mocks for that."""
    with patch.multiple(HomeAssistantHTTP, async_bind=_idle, start=_idle):
        yield


async def _idle(_server: HomeAssistantHTTP) -> None:
    """Do nothing."""


@pytest.fixture(autouse=True)
def skip_stop_scripts() -> Iterator[None]:
    """Leave scripts that run when Home Assistant stops without a timer; the harness makes a mock."""
    with patch.object(script, "_schedule_stop_scripts_after_shutdown", lambda _hass: None):
        yield


@pytest.fixture(autouse=True)
def hass_storage() -> Iterator[dict[str, Any]]:
    """Return what is kept, under the keys of its stores; nothing is written to the disk."""
    with kept_in_memory() as kept:
        yield kept


@pytest.fixture(autouse=True)
def _emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let go of what Home Assistant knew; begun before it, so that it has stopped by then."""
    yield
    if (hass := request.node.funcargs.get("hass")) is not None:
        let_go(hass)


@pytest.fixture(autouse=True)
def _our_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load custom integrations, in tests that have one."""
    if "hass" in request.fixturenames:
        if "recorder_mock" in request.fixturenames:
            request.getfixturevalue("recorder_mock")
        # Nothing that one test keeps is found by another.
        request.getfixturevalue("hass_storage")
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def _enabled(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have the entities on that tests use, unless a test wants those that are by default."""
    if request.node.get_closest_marker("defaults"):
        yield
        return
    with patch.object(Entity, "entity_registry_enabled_default", property(enabled_in_tests)):
        yield


@pytest.fixture(autouse=True)
def _glances(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have frames that look nearly alike measured once, where Home Assistant is what is tested."""
    if "hass" not in request.fixturenames:
        yield
        return
    with patch.object(exposures, "measured", glance):
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_neighbors() -> Iterator[None]:
    """Have nothing searched for at other ports: those next to a simulated one belong to other tests."""
    with patch.multiple(search, NEIGHBORS=(), DEFAULT_PORT=None):
        yield


@pytest.fixture
def everything_on(_enabled: None) -> Iterator[None]:
    """Have all entities on; within `_enabled`, so that what each restores is what it found."""
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        yield


@pytest.fixture(autouse=True, scope="module")
def garbage_collection() -> None:
    """Override what the harness does in the middle of the first test of a file: see tests/early.py."""


@pytest.fixture(autouse=True, scope="session")
def configure_session_event_loop() -> None:
    """Override what the harness does: every test would have a loop for the session besides its own."""


class Names(ThreadedResolver):
    """Resolves names without a thread of its own for each session."""

    async def real_close(self) -> None:
        """Do what Home Assistant calls when it stops."""


@pytest.fixture(autouse=True, scope="session")
def mock_zeroconf_resolver() -> Iterator[None]:
    """Override what the harness does: its resolver belongs to the loop for the session."""
    with (
        patch.object(aiohttp_client, "_async_make_resolver", lambda _hass: Names()),
        patch.object(connector, "DefaultResolver", ThreadedResolver),
    ):
        yield


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Override what the harness does: asyncio's debug mode takes as long as all else together.

    Set PYTHONASYNCIODEBUG for it.
    """


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail where a warning or anything worse was logged that this machine is not to blame for."""
    yield
    loud = [
        (record.name, record.getMessage())
        for when in ("setup", "call", "teardown")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING
        and record.name not in NOISY
        and not SLOW.search(record.getMessage())
    ]
    assert loud == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests that usually are answered at once be given up after a second."""
    for ask in (Endpoint._ask, Endpoint._fetch, Endpoint._command):
        monkeypatch.setattr(ask, "__kwdefaults__", {**(ask.__kwdefaults__ or {}), "within": 1.0})
    names = ("endpoints.application", "endpoints.frames", "endpoints.sequence")
    for name in (*(f"{each}.WORK_TIMEOUT" for each in names), "scheduler.POLL_TIMEOUT"):
        monkeypatch.setattr(f"custom_components.nina_observatory.api.{name}", 1.0)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare snapshots without ids and times."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def fixtures() -> Path:
    """Return the folder of the captured answers of real installations."""
    folder = Path(os.environ.get("NINA_FIXTURES", "../shared/fixtures/real"))
    if not folder.is_dir():
        if os.environ.get("NINA_FIXTURES_REQUIRED"):
            pytest.fail(f"{folder} does not exist")
        pytest.skip(f"no captured answers in {folder}; set NINA_FIXTURES")
    return folder


@pytest.fixture
async def observatory(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run a simulated observatory, everything connected, roof closed, mount parked."""
    async with Observatory(port=0, scheduler_port=0, speed=SPEED, scenario="idle") as observatory:
        yield observatory


@pytest.fixture
async def imaging(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory in the middle of a clear night: roof open, guiding, a sequence running."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="clear_night"
    ) as observatory:
        yield observatory


@pytest.fixture
def entry(observatory: Observatory) -> MockConfigEntry:
    """Return an entry for the simulated observatory, not yet set up."""
    return make_entry(observatory)


def make_entry(observatory: Observatory, **options: Any) -> MockConfigEntry:
    """Return an entry for a simulated observatory."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Observatory",
        entry_id="0123456789abcdef0123456789abcdef",
        data={
            CONF_HOST: "127.0.0.1",
            CONF_PORT: observatory.port,
            CONF_SCHEDULER_PORT: observatory.scheduler_port,
        },
        options=options,
    )


@pytest.fixture
async def loaded_entry(
    hass: HomeAssistant, entry: MockConfigEntry
) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that is set up and listening, at a pace that suits tests."""
    await set_up(hass, entry)
    yield entry
    await unload(hass, entry)


@pytest.fixture
async def settled(observatory: Observatory, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return an entry that has read everything there is to read at first, and taken it in."""
    listener = loaded_entry.runtime_data.listener
    await eventually(lambda: listener.caught_up and not observatory.ledger.pending)
    return loaded_entry


@pytest.fixture
def unhurried(settled: MockConfigEntry) -> MockConfigEntry:
    """Return an entry with limits that a busy machine keeps."""
    settled.runtime_data.runner.pace.scale = UNHURRIED
    return settled


@pytest.fixture
def ready(observatory: Observatory, settled: MockConfigEntry) -> MockConfigEntry:
    """Return an entry of which nothing has been asked yet."""
    observatory.ledger.reset()
    return settled


@pytest.fixture
async def people(hass: HomeAssistant, ready: MockConfigEntry) -> dict[str, Person]:
    """Return the users of a Home Assistant that has an observatory."""
    assert await async_setup_component(hass, "api", {})
    assert await async_setup_component(hass, "websocket_api", {})
    return await make_people(hass)


@pytest.fixture
def quick_eye(observatory: Observatory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have autofocus runs measure stars without pictures of them."""

    async def measure(seconds: float) -> float:
        """Return how large stars are where the focuser stands."""
        await observatory.clock.sleep(seconds)
        return 1.8 + ((observatory.focuser.position - 20110) / 400) ** 2

    monkeypatch.setattr(observatory.autofocus, "_hfr", measure)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry and wait until its event stream is up, and everything was read once."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    pace = entry.runtime_data.runner.pace
    pace.first_read, pace.read_again, pace.after_event, pace.scale = 0.02, 0.05, 0.01, 1 / SPEED
    # Longer than a busy machine takes for a reading.
    pace.silence = 3.0
    data = entry.runtime_data
    parts = (data.equipment, data.sequence, data.frames, data.settings, data.catalog)
    await eventually(lambda: data.listener.connected and data.catalog.data.reachable)
    await eventually(lambda: all(math.isfinite(each._polled_at) for each in parts))
    await hass.async_block_till_done()


async def unload(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Unload an entry if it is loaded, or is about to be because something has reloaded it."""
    async with entry.setup_lock:
        pass
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()


@pytest.fixture
def finished(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the ends of procedures that the bus told of."""
    events: list[dict[str, Any]] = []

    @callback
    def note(event: Event[dict[str, Any]]) -> None:
        """Take note of an end."""
        if str(event.data["type"]) in ("secure_finished", "start_up_finished"):
            events.append(event.data)

    hass.bus.async_listen(EVENT_NINA, note)
    return events


@asynccontextmanager
async def entry_with(
    hass: HomeAssistant, observatory: Observatory, **options: Any
) -> AsyncIterator[MockConfigEntry]:
    """Set up an entry with options, with limits that a busy machine keeps."""
    entry = make_entry(observatory, **options)
    await set_up(hass, entry)
    entry.runtime_data.runner.pace.scale = UNHURRIED
    yield entry
    await unload(hass, entry)

"""A recorder that is behind, and one that writes into PostgreSQL: nothing of ours waits for it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
import json
import logging
import os
from pathlib import Path
import threading
from typing import Any, override

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.tasks import CommitTask
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes, json_bytes_strip_null
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from scripts._bootstrap.shell import BootstrapError
from scripts._postgresql.cluster import started
from simulator import Observatory

from .clock import standing_still
from .conftest import NOISY, make_entry, set_up, unload
from .databases import Database, Postgresql, Shown, Sqlite
from .unlike import emit_unlike, unlike
from .waiting import eventually

SEED, EVENTS = 3, 400
# Seconds of Home Assistant's clock for which nothing can be written.
LOCKED = 60
# How long the recorder waits for SQLite until it tries again, in real seconds.
IMPATIENT, PATIENT = 0.2, 120
RECORDER = "homeassistant.components.recorder"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL, or skip where there is none and none can be fetched."""
    try:
        with started() as url:
            yield url
    except BootstrapError as err:
        if os.environ.get("NINA_POSTGRESQL_REQUIRED"):
            pytest.fail(f"No PostgreSQL: {err}")
        pytest.skip(f"no PostgreSQL: {err}")


@pytest.fixture(params=["sqlite", "sqlite, tried again", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """Return a database of each kind."""
    if request.param == "postgresql":
        return Postgresql(request.getfixturevalue("postgresql"))
    return Sqlite(tmp_path, PATIENT if request.param == "sqlite" else IMPATIENT)


class _Complaints(logging.Handler):
    """Sets an event once something is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard = threading.Event()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.heard.set()


@pytest.fixture
def complaint() -> Iterator[threading.Event]:
    """Return an event that is set when the recorder complains."""
    complaints, logger = _Complaints(), logging.getLogger(f"{RECORDER}.core")
    logger.addHandler(complaints)
    yield complaints.heard
    logger.removeHandler(complaints)


@pytest.fixture
async def night(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory in the middle of a night."""
    async with Observatory(
        port=0, scheduler_port=0, speed=20, scenario="clear_night"
    ) as observatory:
        yield observatory


@pytest.fixture
def recorder_db_url(database: Database) -> str:
    """Override what the harness does: this one writes into a database that can be locked."""
    return database.url


@asynccontextmanager
async def recording(hass: HomeAssistant, async_test_recorder: Any) -> AsyncIterator[Recorder]:
    """Record as Home Assistant does by default: it commits every five seconds."""
    config = {"commit_interval": 5, "db_retry_wait": 1, "db_max_retries": 100}
    with standing_still():
        recorder = async_test_recorder(hass, config)
        instance: Recorder = await recorder.__aenter__()
    try:
        yield instance
    finally:
        with standing_still():
            await recorder.__aexit__(None, None, None)


async def written(hass: HomeAssistant, recorder: Recorder) -> None:
    """Return once the recorder has written everything that it was told."""
    await hass.async_block_till_done(wait_background_tasks=False)
    recorder.queue_task(CommitTask())
    await hass.async_add_executor_job(recorder.block_till_done)


class Told:
    """What the bus was told of an entry, in the form in which a database gives it back."""

    def __init__(self, hass: HomeAssistant, database: Database) -> None:
        """Listen from now on."""
        self._hass = hass
        self._encode = json_bytes_strip_null if isinstance(database, Postgresql) else json_bytes
        self._events = async_capture_events(hass, EVENT_NINA)
        self._changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the data of the events of N.I.N.A., oldest first."""
        return [self._plain(event.data) for event in self._events]

    def states(self, entry: MockConfigEntry) -> dict[str, list[Shown]]:
        """Return the states and the recorded attributes of the entities of an entry."""
        registry = er.async_get(self._hass)
        ours = {
            each.entity_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)
        }
        found: dict[str, list[Shown]] = defaultdict(list)
        for change in self._changes:
            if (entity_id := change.data["entity_id"]) in ours:
                found[entity_id].append(self._shown(change.data["new_state"]))
        return found

    def _shown(self, state: State | None) -> Shown:
        """Return what is recorded of a state."""
        if state is None:
            return (None, {})
        hidden = {"attribution", "restored", "supported_features"}
        if state.state_info is not None:
            hidden |= state.state_info["unrecorded_attributes"]
        kept = {key: value for key, value in state.attributes.items() if key not in hidden}
        return (state.state, self._plain(kept))

    def _plain(self, value: Any) -> Any:
        """Return a value as it is read back from JSON."""
        return json.loads(self._encode(value))


async def test_a_night_goes_on_while_nothing_can_be_written(
    hass: HomeAssistant,
    database: Database,
    async_test_recorder: Any,
    night: Observatory,
    complaint: threading.Event,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """For a minute: the bus is told everything at once, and what Home Assistant kept is written."""
    caplog.set_level(logging.WARNING)
    tries_again = database.url.endswith(f"={IMPATIENT}")
    async with recording(hass, async_test_recorder) as recorder:
        told = Told(hass, database)
        entry = make_entry(night)
        await set_up(hass, entry)
        await written(hass, recorder)
        begun = len(told.events)

        with database.locked():
            before = await hass.async_add_executor_job(database.count)
            end = hass.loop.time() + LOCKED
            await emit_unlike(night, SEED, EVENTS)
            await eventually(lambda: len(told.events) >= begun + EVENTS)
            await asyncio.sleep(end - hass.loop.time())
            during = len(told.events)
            assert await hass.async_add_executor_job(database.count) == before
            if tries_again:
                # A minute of the clock may be shorter than the patience of SQLite.
                with standing_still():
                    assert await hass.async_add_executor_job(complaint.wait, 30)
        await written(hass, recorder)
        await asyncio.sleep(10)
        await unload(hass, entry)
        await written(hass, recorder)

        events, states = told.events, told.states(entry)
        kept = await hass.async_add_executor_job(database.events, EVENT_NINA)
        shown = await hass.async_add_executor_job(database.states)
    assert during >= begun + EVENTS
    said = [
        name if payload is None else payload["Number"] for name, payload in unlike(SEED, EVENTS)
    ]
    heard = [each["data"].get("number", each["data"].get("text")) for each in events]
    assert [each for each in heard if each is not None] == said
    loud = [each for each in caplog.records if each.levelno >= logging.WARNING]
    loud = [each for each in loud if each.name not in NOISY]
    # Home Assistant itself says so when it has to try again.
    assert {each.name for each in loud} == ({f"{RECORDER}.core"} if tries_again else set())
    assert all("database is locked" in each.getMessage() for each in loud)
    assert kept == events
    assert {each: shown[each] for each in states} == states

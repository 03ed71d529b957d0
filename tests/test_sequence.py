"""The sequencer: what it does, what it waits for, and when it is over, as its tree tells."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.procedures.plan_request import plan_begins
from simulator import Observatory

from .api.fake import FakeServer
from .blocks import disconnected
from .conftest import unload
from .states import EVENT_STREAM, attributes, state, until
from .waiting import eventually, within

NAME = "sensor.observatory_"
STATE = f"{NAME}sequence_state"
INSTRUCTION = f"{NAME}sequence_current_instruction"
TARGET = f"{NAME}sequence_current_target"
PROGRESS = f"{NAME}sequence_progress"
DONE = f"{NAME}sequence_completed_exposures"
TOTAL = f"{NAME}sequence_total_exposures"
ENDS = f"{NAME}sequence_end"
WAITING = f"{NAME}sequence_waiting_until"
SWITCH = "switch.observatory_sequence"
JSON = "/sequence/json"

pytestmark = pytest.mark.usefixtures("quiet")


def node(name: str, status: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an instruction, or a container where it has items."""
    inside = {"Items": list(items), "Conditions": [], "Triggers": []} if items else {}
    return {"Name": name, "Status": status, **inside, **more}


def tree(status: str, *items: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a sequence whose targets read some status, with its start over and its end to come."""
    return [
        {"GlobalTriggers": []},
        node("Start_Container", "FINISHED", node("Unpark Scope", "FINISHED")),
        node("Targets_Container", status, *items),
        node("End_Container", "CREATED", node("Park Scope", "CREATED")),
    ]


def frames(status: str, done: int, of: int, seconds: float = 60.0) -> dict[str, Any]:
    """Return a smart exposure."""
    counts = {"Iterations": of, "CompletedIterations": done, "ExposureTime": seconds}
    return node("Smart Exposure", status, **counts, Type="LIGHT", Filter="L")


def imaging(done: int, **more: Any) -> list[dict[str, Any]]:
    """Return a sequence that images M 31."""
    target = node("M 31_Container", "RUNNING", frames("RUNNING", done, 10), **more)
    return tree("RUNNING", target)


class Sequencer:
    """N.I.N.A. with nothing connected, whose sequence a test decides."""

    def __init__(self, hass: HomeAssistant, server: FakeServer, entry: MockConfigEntry) -> None:
        """Take what there is."""
        self.hass = hass
        self.server = server
        self.entry = entry

    async def shows(self, sequence: Any) -> None:
        """Have the sequence read."""
        self.server.answer("sequence/json", sequence)
        await self.entry.runtime_data.sequence.async_read()

    async def learns(self) -> None:
        """Have the history taken in, as it is when the event stream connects."""
        data = self.entry.runtime_data
        data.sequence.async_apply_history(await data.client.application.get_event_history())


@pytest.fixture
async def sequencer(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[Sequencer]:
    """Run a sequencer that is set up."""
    server = FakeServer("/v2/api")
    for path, answer in (
        ("version", "2.2.15.0"),
        ("version/nina", "3.2.0.9001"),
        ("application-start", "2026-02-24T18:00:00+01:00"),
        ("equipment/info", disconnected()),
        ("event-history", []),
        ("image-history", []),
        ("sequence/json", tree("CREATED", node("Wait", "CREATED"))),
    ):
        server.answer(path, answer)
    await server.start()
    entry = MockConfigEntry(
        domain=DOMAIN, title="Observatory", data={"host": "127.0.0.1", "port": server.port}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, STATE, "idle")
    yield Sequencer(hass, server, entry)
    await unload(hass, entry)
    await server.stop()


async def test_imaging(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """What, of what, how far, and until when at the earliest."""
    await sequencer.shows(imaging(4))
    shown = [state(hass, each) for each in (STATE, INSTRUCTION, TARGET, PROGRESS, DONE, TOTAL)]
    assert shown == ["running", "Smart Exposure", "M 31", "40.0", "4", "10"]
    assert attributes(hass, INSTRUCTION)["path"] == ["Targets", "M 31"]
    end = datetime.fromisoformat(state(hass, ENDS))
    assert abs(end - dt_util.utcnow() - timedelta(seconds=360)) < timedelta(seconds=30)
    assert state(hass, WAITING) == "unknown"


async def test_the_end_keeps_still_while_it_only_wavers(
    hass: HomeAssistant, sequencer: Sequencer
) -> None:
    """An overhead is no news; ten frames less are."""
    await sequencer.shows(tree("RUNNING", frames("RUNNING", 5, 100)))
    first = state(hass, ENDS)
    await sequencer.shows(tree("RUNNING", frames("RUNNING", 6, 100)))
    assert (state(hass, ENDS), state(hass, DONE)) == (first, "6")
    await sequencer.shows(tree("RUNNING", frames("RUNNING", 16, 100)))
    moved = datetime.fromisoformat(first) - datetime.fromisoformat(state(hass, ENDS))
    assert timedelta(minutes=10) < moved < timedelta(minutes=12)


async def test_without_an_end(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """A loop that ends at dawn has no number of exposures, and a stopped one no end."""
    until_dawn = [{"Name": "Loop_Condition", "Status": "RUNNING"}]
    endless = node("M 31_Container", "RUNNING", frames("RUNNING", 3, 10))
    await sequencer.shows(tree("RUNNING", {**endless, "Conditions": until_dawn}))
    assert [state(hass, each) for each in (TOTAL, PROGRESS, ENDS)] == ["unknown"] * 3
    assert state(hass, DONE) == "3"
    await sequencer.shows(tree("CREATED", frames("CREATED", 3, 10)))
    assert [state(hass, each) for each in (STATE, ENDS, DONE)] == ["idle", "unknown", "3"]


def forever(rounds: int, *items: dict[str, Any]) -> dict[str, Any]:
    """Return a container that goes round very often."""
    container = node("M 31_Container", "RUNNING", *items)
    loop = node("Loop_Condition", "RUNNING", Iterations=rounds, CompletedIterations=1)
    return {**container, "Conditions": [loop]}


@pytest.mark.parametrize(
    "items",
    [
        [frames("RUNNING", 1, 99_999_999, 300.0)],
        [forever(99_999_999, frames("RUNNING", 1, 99, 300.0))],
        [forever(2**62, forever(2**62, frames("RUNNING", 1, 2**62, 1e299)))],
        [node("Wait for Time Span", "RUNNING", Delay=1e15)],
        [node("Wait for Time Span", "CREATED", Delay=1e7) for _ in range(99)],
        [
            node(
                "Wait",
                "RUNNING",
                TargetTime="2199-12-30T23:59:59Z",
                CalculatedWaitDuration="9.00:00:00",
            ),
            *(frames("CREATED", 0, 1, 3e7) for _ in range(3)),
        ],
    ],
)
async def test_an_end_beyond_the_calendar(
    hass: HomeAssistant, sequencer: Sequencer, items: list[dict[str, Any]]
) -> None:
    """Users write "for ever" as a huge number; it runs, and has no end that could be shown."""
    await sequencer.shows(tree("RUNNING", *items))
    assert state(hass, STATE) in ("running", "waiting")
    assert (state(hass, ENDS), state(hass, SWITCH)) == ("unknown", "on")


async def test_waiting(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """It says until when, if that is known."""
    until_when = "2026-02-24T22:30:00+01:00"
    wait = {"TargetTime": until_when, "CalculatedWaitDuration": "01:00:00"}
    await sequencer.shows(tree("RUNNING", node("Wait for Time", "RUNNING", **wait)))
    assert (state(hass, STATE), state(hass, INSTRUCTION)) == ("waiting", "Wait for Time")
    assert datetime.fromisoformat(state(hass, WAITING)) == datetime.fromisoformat(until_when)
    altitude = {"ExpectedTime": "22:41", "CurrentAltitude": 12.5, "Altitude": 30}
    await sequencer.shows(tree("RUNNING", node("Höhe abwarten", "RUNNING", **altitude)))
    assert [state(hass, each) for each in (STATE, WAITING, ENDS)] == ["waiting", *["unknown"] * 2]
    await sequencer.shows(tree("RUNNING", node("Wait for Bob", "RUNNING")))
    assert state(hass, STATE) == "running"


async def test_a_wait_for_a_time_span(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """It shows its whole length until it is over; what was seen to begin ends then."""
    pause = {"Delay": 3600}
    await sequencer.shows(tree("RUNNING", node("Pause", "RUNNING", **pause)))
    assert [state(hass, each) for each in (STATE, WAITING, ENDS)] == ["waiting", *["unknown"] * 2]
    await sequencer.shows(tree("RUNNING", node("Pause", "CREATED", **pause)))
    await sequencer.shows(tree("RUNNING", node("Pause", "RUNNING", **pause)))
    end = dt_util.utcnow() + timedelta(hours=1)
    shown = [state(hass, each) for each in (WAITING, ENDS)]
    assert all(abs(datetime.fromisoformat(each) - end) < timedelta(minutes=1) for each in shown)
    await sequencer.shows(tree("RUNNING", node("Pause", "RUNNING", **pause)))
    assert [state(hass, each) for each in (WAITING, ENDS)] == shown
    await sequencer.shows(tree("RUNNING", node("Pause", "FINISHED", **pause)))
    assert state(hass, WAITING) == "unknown"


async def test_a_short_wait_is_no_end_of_waiting(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """A loop repeats it until it is safe; each round would be a line of the logbook."""
    for status in ("CREATED", "RUNNING"):
        await sequencer.shows(tree("RUNNING", node("Pause", status, Delay=299)))
    assert [state(hass, each) for each in (STATE, WAITING)] == ["waiting", "unknown"]
    for status in ("CREATED", "RUNNING"):
        await sequencer.shows(tree("RUNNING", node("Pause", status, Delay=300)))
    assert state(hass, WAITING) != "unknown"


@pytest.mark.parametrize(
    ("sequence", "shown"),
    [
        # Without a root, or with a word that is not known, nothing shows that it rests.
        ([], "unknown"),
        (
            [{"GlobalTriggers": []}, *(node(f"{n}_Container", "CREATED") for n in "SIE")],
            "not_loaded",
        ),
        (tree("CREATED", frames("CREATED", 0, 10)), "idle"),
        ([node("a", "FINISHED", node("b", "FINISHED")) for _ in range(3)], "finished"),
        ([node("a", "FINISHED", node("b", "FAILED")) for _ in range(3)], "failed"),
        # Only the roots tell whether it runs: statuses below are saved with the file.
        (tree("CREATED", frames("RUNNING", 3, 10)), "idle"),
        (tree("SomethingFromTheFuture", frames("RUNNING", 3, 10)), "unknown"),
    ],
)
async def test_at_rest(
    hass: HomeAssistant, sequencer: Sequencer, sequence: Any, shown: str
) -> None:
    """Nothing loaded, to be started, over, or over with a failure."""
    await sequencer.shows(sequence)
    assert state(hass, STATE) == shown
    assert state(hass, INSTRUCTION) == "unknown"
    assert shown in ("unknown", *attributes(hass, STATE)["options"])


async def test_roots_beyond_the_third(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """Touch'N'Stars makes one for each target; the last is the end."""
    image = node("M 33_Container", "RUNNING", frames("RUNNING", 1, 4))
    target = node("Targets_Container", "RUNNING", image)
    first = tree("FINISHED", frames("FINISHED", 2, 2))
    await sequencer.shows([*first[:-1], target, first[-1]])
    assert [state(hass, each) for each in (STATE, TARGET, SWITCH)] == ["running", "M 33", "on"]
    assert (state(hass, DONE), state(hass, TOTAL)) == ("3", "6")
    rest = node("End_Container", "RUNNING", node("Park", "RUNNING"))
    await sequencer.shows([*first[:-1], node("Targets_Container", "FINISHED"), rest])
    assert [state(hass, each) for each in (STATE, INSTRUCTION)] == ["running", "Park"]


async def test_a_tree_that_makes_no_sense(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """It is shown as far as it makes sense, and nothing is made up."""
    odd = node("M 31_Container", "RUNNING", frames("RUNNING", 1, 2))
    slew = node("Slew", "FINISHED", Coordinates={"RA": 0.71, "Dec": 41.3})
    odd["Items"] = [None, 7, "text", {"Status": "RUNNING"}, {"Name": ["?"], "Items": "NaN"}, slew]
    await sequencer.shows(tree("RUNNING", odd))
    assert (state(hass, STATE), state(hass, TARGET)) == ("running", "M 31")
    assert [state(hass, each) for each in (DONE, TOTAL, PROGRESS)] == ["unknown"] * 3
    nan = {"Iterations": "NaN", "CompletedIterations": "NaN", "ExposureTime": "NaN"}
    await sequencer.shows(tree("RUNNING", node("Smart Exposure", "RUNNING", **nan)))
    assert [state(hass, each) for each in (STATE, PROGRESS)] == ["running", "unknown"]


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html></html>", b"[1,", b'{"Response": {}, "Success": true}', b"NaN"],
)
async def test_what_is_no_tree(hass: HomeAssistant, sequencer: Sequencer, answer: bytes) -> None:
    """Then it is unknown, for N.I.N.A. answers; ten seconds later it is asked for again."""
    sequencer.server.raw("sequence/json", answer)
    await sequencer.entry.runtime_data.sequence.async_read()
    assert {state(hass, each) for each in (STATE, DONE, TARGET, SWITCH)} == {"unknown"}
    sequencer.server.answer("sequence/json", imaging(2))
    await within(hass, 11, lambda: state(hass, DONE) == "2")


async def test_not_ready_yet(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """N.I.N.A. has only just been started; the sequencer comes a few seconds later."""
    sequencer.server.refuse("sequence/json", "Sequence is not initialized")
    await sequencer.entry.runtime_data.sequence.async_read()
    assert (state(hass, STATE), state(hass, DONE)) == ("not_ready", "unknown")
    sequencer.server.answer("sequence/json", imaging(1))
    await within(hass, 11, lambda: state(hass, STATE) == "running")


async def test_it_is_read_often_only_while_it_runs(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Every forty seconds while it runs, every five minutes otherwise; its events tell the rest."""
    ledger = observatory.ledger
    coordinator = settled.runtime_data.sequence
    assert coordinator.update_interval == timedelta(minutes=5)
    asked = ledger.count(JSON)
    await observatory.sequence.start(skip_validation=True)
    await until(hass, STATE, "running")
    assert coordinator.update_interval == timedelta(seconds=40)
    assert ledger.count(JSON) - asked <= 4
    # Without the events, more often.
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        await coordinator.async_read()
        assert coordinator.update_interval == timedelta(seconds=30)
    await until(hass, EVENT_STREAM, "on")
    await coordinator.async_read()
    assert coordinator.update_interval == timedelta(seconds=40)
    await observatory.sequence.stop()
    await until(hass, STATE, "idle")
    await eventually(lambda: coordinator.update_interval == timedelta(minutes=5))


async def test_it_goes_and_comes_with_nina(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Gone at once with N.I.N.A., and there again as soon as the sequencer is."""
    await observatory.stop()
    await settled.runtime_data.equipment.async_read()
    await until(hass, STATE, "unavailable")
    await observatory.start()
    await until(hass, STATE, "idle")
    observatory.sequence.initialized = False
    await settled.runtime_data.sequence.async_read()
    assert state(hass, STATE) == "not_ready"


@pytest.fixture
def soon_a_checklist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a sequence that does not run for one that waits for a person at once."""
    monkeypatch.setattr(
        "custom_components.nina_observatory.readings.sequence.CHECKLIST_AFTER",
        timedelta(seconds=0.2),
    )


@pytest.mark.usefixtures("soon_a_checklist")
async def test_a_checklist_that_waits_for_a_person(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It was announced and does not run; after a while that can only mean one thing."""
    await observatory.events.emit("SEQUENCE-STARTING")
    await eventually(lambda: settled.runtime_data.listener.stream.counters.events)
    await within(hass, 41, lambda: state(hass, STATE) == "waiting_for_person")
    await observatory.events.emit("SEQUENCE-FINISHED")
    await until(hass, STATE, "idle")


async def test_a_sequence_that_ran_waits_for_nobody(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the word of its end is lost, or late: a stubborn instruction has two minutes."""
    monkeypatch.setattr(
        "custom_components.nina_observatory.readings.sequence.CHECKLIST_AFTER", timedelta(seconds=0)
    )
    await observatory.sequence.start(skip_validation=True)
    await until(hass, STATE, "running")
    await settled.runtime_data.sequence.async_read()
    monkeypatch.setattr(observatory.events, "emit", _lost)
    await observatory.sequence.stop()
    reader = settled.runtime_data.sequence
    while state(hass, STATE) == "running":
        await reader.async_read()
    assert state(hass, STATE) == "idle"
    await reader.async_read()
    assert state(hass, STATE) == "idle"


async def _lost(*_args: Any, **_more: Any) -> None:
    """Send nothing."""


@pytest.mark.usefixtures("soon_a_checklist")
async def test_what_saves_images_waits_for_nobody(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """N.I.N.A.'s simple sequencer is announced as well, and no tree ever shows it."""
    await observatory.events.emit("SEQUENCE-STARTING")
    await within(hass, 41, lambda: state(hass, STATE) == "waiting_for_person")
    await observatory.events.emit("IMAGE-SAVE")
    await eventually(lambda: settled.runtime_data.listener.stream.counters.events == 2)
    await settled.runtime_data.sequence.async_read()
    assert state(hass, STATE) == "idle"


@pytest.mark.usefixtures("soon_a_checklist")
async def test_a_checklist_is_known_after_a_reload(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The history tells that a sequence was begun; the tree that it does not run."""
    await observatory.events.emit("SEQUENCE-STARTING")
    await hass.config_entries.async_reload(settled.entry_id)
    await within(hass, 41, lambda: state(hass, STATE) == "waiting_for_person")


async def test_which_night_it_is_in_summer(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """N.I.N.A. was started in winter and tells the offset of that day; the clock went on since."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    for hour, from_now in ((0, True), (1, True), (23, False)):
        now = datetime(2026, 4, 10, hour, 30, tzinfo=dt_util.get_default_time_zone())
        begins = plan_begins(now.astimezone(UTC), sequencer.entry)
        assert begins == (now if from_now else None)


@pytest.mark.parametrize(
    ("begun", "shown"), [("20:00", "M 31"), ("23:00", "unknown"), (None, "M 31")]
)
async def test_the_last_frame_tells_the_target_of_its_own_sequence_alone(
    hass: HomeAssistant, sequencer: Sequencer, begun: str | None, shown: str
) -> None:
    """Where the tree does not name it, N.I.N.A. remembers the frames of last night as well.

    Where nobody told when the sequence began there is nothing better.
    """
    frame = {
        "Date": "2026-02-24T22:00:00+01:00",
        "Filename": "1.fits",
        "ImageType": "LIGHT",
        "TargetName": "M 31",
        "ExposureTime": 60.0,
    }
    start = {"Event": "SEQUENCE-STARTING", "Time": f"2026-02-24T{begun}:00+01:00"}
    sequencer.server.answer("image-history", [frame])
    sequencer.server.answer("event-history", [] if begun is None else [start])
    unnamed = node("_Container", "RUNNING", frames("RUNNING", 1, 10))
    sequencer.server.answer("sequence/json", tree("RUNNING", unnamed))
    await hass.config_entries.async_reload(sequencer.entry.entry_id)
    await eventually(lambda: sequencer.entry.runtime_data.frames.data.frames)
    await until(hass, STATE, "running")
    await sequencer.learns()
    await until(hass, TARGET, shown)
    assert attributes(hass, TARGET)["source"] == "last_frame"


async def test_at_the_end_the_scheduler_is_done(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """Nothing announces that; what the target could be imaged until is hours later."""
    end = (dt_util.utcnow() + timedelta(hours=2)).isoformat()
    started = {"Event": "TS-TARGETSTART", "TargetName": "M 31", "TargetEndTime": end}
    hidden = {**node("Target Scheduler Container", "RUNNING"), "Items": []}
    sequencer.server.answer("event-history", [started])
    await sequencer.shows(tree("RUNNING", hidden))
    await sequencer.learns()
    await until(hass, TARGET, "M 31")
    over = tree("FINISHED", {**hidden, "Status": "FINISHED"})
    over[3] = node("End_Container", "RUNNING", node("Warm Camera", "RUNNING"))
    await sequencer.shows(over)
    assert [state(hass, each) for each in (TARGET, INSTRUCTION)] == ["unknown", "Warm Camera"]

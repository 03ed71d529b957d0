"""What language models may do, for whom, and what they are told of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.llm import commanding
from custom_components.nina_observatory.llm.tool import LONGEST_NAME, OBSERVATORY
from simulator import Observatory
from simulator.enums import ShutterState

from .commanding import paths, place
from .conftest import SPEED, unload
from .language_model import HOSTILE, PROTECTING, READING, Model, allow, make_model
from .people import Person
from .states import NOT_SAFE, until
from .test_procedures import is_safe
from .waiting import eventually


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A model that may use an observatory, and people who talk to it."""

    hass: HomeAssistant
    observatory: Observatory
    entry: MockConfigEntry
    people: Mapping[str, Person]
    model: Model
    log: pytest.LogCaptureFixture

    async def confirmed(self, name: str) -> object:
        """Return what a command that was done has confirmed."""
        told = await self.model.ask(name)
        assert told["done"] is True
        return told["confirmed"]


async def who_may(stage: Stage) -> None:
    """Obey those who may do the same without a model; send nothing for the others."""
    reader, neighbor = (stage.people[name].user.id for name in ("reader", "neighbor"))
    for name in PROTECTING:
        for who in (reader, neighbor, "nobody"):
            result = await stage.model.call(name, who)
            assert result.error
            assert result.data["done"] is False
    for name in READING:
        assert not (await stage.model.call(name, reader)).error
        assert (await stage.model.call(name, neighbor)).data.keys() == {OBSERVATORY, "error"}
    assert paths(stage.observatory) == []


async def park_and_close(stage: Stage) -> None:
    """Obey a user, and nobody in particular."""
    result = await stage.model.call("park_mount", stage.people["user"].user.id)
    told = {OBSERVATORY: "Observatory", "done": True, "confirmed": ["mount_parked"]}
    assert result.data == told
    assert stage.observatory.mount.parked
    assert await stage.confirmed("close_roof") == ["roof_closed"]
    assert is_safe(stage.observatory)


async def open_the_roof(stage: Stage) -> None:
    """Open only with the option, and only while it is safe."""
    hass, observatory, model = stage.hass, stage.observatory, stage.model
    assert "open_roof" not in await model.tools()
    allow(hass, stage.entry, language_models=True)
    observatory.rain()
    await until(hass, NOT_SAFE, "on")
    result = await model.call("open_roof")
    assert result.error
    assert result.data["done"] is False
    assert "unsafe" in str(result.data["error"])
    assert is_safe(observatory)
    observatory.clear_up()
    await until(hass, NOT_SAFE, "off")
    assert await stage.confirmed("open_roof") == ["roof_open"]
    api = await model.api()
    allow(hass, stage.entry, language_models=False)
    result = await api.async_call_tool(llm.ToolInput(f"{DOMAIN}__open_roof", {}))
    assert result.error
    assert "Expose" in str(result.data["error"])


async def secure_and_start(stage: Stage) -> None:
    """Secure, which is more than one step, and start."""
    done = ["imaging_stopped", "mount_parked", "roof_closed"]
    assert await stage.confirmed("secure") == done
    assert is_safe(stage.observatory)
    allow(stage.hass, stage.entry, language_models=True)
    assert await stage.confirmed("start_sequence") == ["sequence_running"]
    assert stage.observatory.sequence.running


async def not_confirmed(stage: Stage) -> None:
    """Confirm nothing that no reading shows, whatever came of the action."""
    stage.entry.runtime_data.runner.pace.scale = 1 / SPEED
    async with stage.observatory.faults.during("ignored", device="mount"):
        place(stage.observatory, opening=1.0, parked=False)
        result = await stage.model.call("close_roof")
        assert result.error
        assert result.data.keys() == {OBSERVATORY, "done", "error"}
        assert result.data["done"] is False
        assert "did not reach its park position" in str(result.data["error"])
        assert stage.observatory.dome.shutter is ShutterState.OPEN
        with patch.object(commanding, "PATIENCE", 0.01):
            result = await stage.model.call("park_mount")
        assert not result.error
        assert result.data["done"] is False
        assert result.data["in_progress"] is True
        assert "confirmed" not in result.data
        await eventually(lambda: "park_mount: The mount did not reach" in stage.log.text)
    close = next(row for row in commanding.ORDERS if row.name == "close_roof")
    with patch.dict(close.proven, {"roof_closed": lambda *_: False}):
        result = await stage.model.call("close_roof")
    assert result.data == {OBSERVATORY: "Observatory", "done": False, "confirmed": []}


async def unloaded(stage: Stage) -> None:
    """Confirm no command that the end of the entry interrupts."""
    place(stage.observatory, opening=1.0, parked=True)
    stage.observatory.dome.shutter_seconds = 3000
    closing = stage.hass.async_create_task(stage.model.call("close_roof"))
    await eventually(lambda: "/equipment/dome/close" in paths(stage.observatory))
    await unload(stage.hass, stage.entry)
    result = await closing
    assert result.error
    assert result.data["done"] is False
    assert "unloaded" in str(result.data["error"])


async def test_commands(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    people: dict[str, Person],
    caplog: pytest.LogCaptureFixture,
    subtests: pytest.Subtests,
) -> None:
    """They do what the actions do, and report what a reading proves."""
    model = await make_model(hass)
    model.expose_all(unhurried)
    place(observatory, opening=1.0, parked=False)
    stage = Stage(
        hass=hass,
        observatory=observatory,
        entry=unhurried,
        people=people,
        model=model,
        log=caplog,
    )
    plays: tuple[Callable[[Stage], Awaitable[None]], ...] = (
        *(who_may, park_and_close, open_the_roof, secure_and_start),
        *(not_confirmed, unloaded),
    )
    for play in plays:
        with subtests.test(play.__name__):
            await play(stage)


@pytest.mark.newest
async def test_two_observatories(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Each by its name, and only those that are exposed."""
    model = await make_model(hass)
    other = MockConfigEntry(
        domain=DOMAIN,
        title="Observatory",
        entry_id="fedcba9876543210fedcba9876543210",
        data={"host": "127.0.0.1", "port": 1},
    )
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    model.expose_all(settled)
    assert "observatory" not in (await model.tools())["get_night"].parameters.schema
    assert (await model.ask("get_night"))["nina_reachable"]
    model.expose_all(other)
    observatory.ledger.reset()
    tools = await model.tools()
    schema = probatio.to_openapi(tools["get_night"].parameters)
    assert schema["properties"]["observatory"]["enum"] == ["Observatory", "Observatory (2)"]
    assert schema["required"] == ["observatory"]
    assert "observatory" not in tools["get_safety"].parameters.schema
    for name, reachable in (("Observatory", True), ("Observatory (2)", False)):
        told = await model.ask("get_night", observatory=name)
        assert (told[OBSERVATORY], told["nina_reachable"]) == (name, reachable)
    assert (await model.call("secure", observatory="Observatory (2)")).data["done"] is False
    assert paths(observatory) == []
    for arguments in ({}, {"observatory": "Backyard"}, {"observatory": ""}):
        with pytest.raises(probatio.Invalid):
            await model.call("get_night", **arguments)
    hass.config_entries.async_update_entry(other, title=HOSTILE)
    schema = probatio.to_openapi((await model.tools())["get_night"].parameters)
    (hostile,) = {*schema["properties"]["observatory"]["enum"]} - {"Observatory"}
    assert len(hostile) <= LONGEST_NAME
    assert hostile.isprintable()
    assert (await model.ask("get_night", observatory=hostile))[OBSERVATORY] == hostile
    await unload(hass, other)

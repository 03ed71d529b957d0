"""Why a sequence would not start: the issues that N.I.N.A. found, before a start and when asked."""

import asyncio
from collections.abc import Callable
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory
from simulator.devices.rig import Rig
from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.exposures import SmartExposure
from simulator.sequence.node import Container, Instruction, Status

from .commanding import answer, call, paths
from .errors import TEXTS, raises, refused
from .states import act, state, until
from .test_proof_sequence import rig_of
from .waiting import eventually

STATE = "/sequence/state"
SWITCH = "switch.observatory_sequence"
CAMERA = "Camera is not connected"
TIMEOUT = "custom_components.nina_observatory.control.checklist.TIMEOUT"


def without(observatory: Observatory, *roles: str) -> None:
    """Have equipment disconnected, all of it by default; forget what was asked."""
    for device in observatory.devices:
        if not roles or device.role in roles:
            device.detach()
    observatory.ledger.reset()


def said(error: BaseException) -> str:
    """Return the text of an error as people read it."""
    assert isinstance(error, HomeAssistantError)
    assert error.translation_key is not None
    message: str = TEXTS["exceptions"][error.translation_key]["message"]
    return message.format(**(error.translation_placeholders or {}))


async def test_a_start_that_would_end_in_the_checklist(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The issues are named, and N.I.N.A. shows no dialog that nobody could answer."""
    without(observatory, "camera")
    with refused("sequence_has_issues") as raised:
        await call(hass, unhurried, "start_sequence", skip_validation=False)
    assert CAMERA in said(raised.value)
    assert "Cool Camera" in said(raised.value)
    assert paths(observatory) == []
    assert observatory.ledger.count(STATE) == 1
    assert not observatory.dialogs.texts
    observatory.camera.attach()
    await call(hass, unhurried, "start_sequence", skip_validation=False)
    await until(hass, SWITCH, "on")


async def test_a_person_reads_the_issues(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The error of a call has the words of N.I.N.A. as a placeholder."""
    without(observatory)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "call_service",
            "domain": DOMAIN,
            "service": "start_sequence",
            "service_data": {"config_entry_id": unhurried.entry_id, "skip_validation": False},
        }
    )
    error = (await client.receive_json())["error"]
    assert (error["translation_domain"], error["translation_key"]) == (
        DOMAIN,
        "sequence_has_issues",
    )
    assert CAMERA in error["translation_placeholders"]["issues"]
    assert "Mount is not connected" in error["translation_placeholders"]["issues"]


async def test_without_validation_nothing_is_asked(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The issues are those of a checklist that is not shown then."""
    without(observatory, "flat_panel")
    observatory.sequence.plan.roots[2].add(SmartExposure(name="Late"))
    await call(hass, unhurried, "start_sequence")
    await until(hass, SWITCH, "on")
    assert observatory.ledger.count(STATE) == 0


async def test_what_runs_already_is_not_refused(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """There is nothing to be started, whatever would be wrong with it."""
    await act(hass, "switch.turn_on", SWITCH)
    await until(hass, SWITCH, "on")
    without(observatory, "flat_panel", "rotator")
    observatory.sequence.plan.roots[2].add(Faulty())
    await call(hass, unhurried, "start_sequence", skip_validation=False)
    assert paths(observatory) == []


class Faulty(Instruction):
    """An instruction of a plugin that never is content."""

    default_name = "Polar Bear"

    @override
    def issues(self, rig: Rig) -> list[str]:
        """Return what it complains about, in the language of a German N.I.N.A."""
        return ["Es gibt keine Eisbären"]


async def test_what_is_disabled_stands_in_nobodys_way(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Neither itself nor what is in a container that is disabled."""
    inside = Container("Bears", [Faulty()])
    inside.status = Status.DISABLED
    alone = Faulty()
    alone.status = Status.DISABLED
    inside.items[0].status = Status.DISABLED
    observatory.sequence.plan.roots[2].add(inside, alone)
    await call(hass, unhurried, "start_sequence", skip_validation=False)
    await until(hass, SWITCH, "on")
    assert observatory.ledger.count(STATE) == 1


async def test_issues_in_the_words_of_a_plugin(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """They are kept in N.I.N.A.'s language, each once, in a text that stays short."""
    for number in range(60):
        observatory.sequence.plan.roots[2].add(Faulty(f"Bear {number}"))
    with refused("sequence_has_issues") as raised:
        await call(hass, unhurried, "start_sequence", skip_validation=False)
    text = said(raised.value)
    assert text.count("Es gibt keine Eisbären") == 1
    assert "Bear 0" in text
    assert len(text) < 1500


UNKNOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("empty", {}),
    ("hang", {}),
    ("html", {}),
    ("error_500", {}),
    ("truncated", {}),
    ("wrong_types", {}),
    ("unknown_error", {}),
    ("reset", {}),
    ("nan_everywhere", {}),
)


@pytest.mark.parametrize(("fault", "options"), UNKNOWN)
async def test_unknown_issues_keep_nothing_from_starting(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    options: dict[str, Any],
) -> None:
    """An answer that is empty, broken or never comes is no issue."""
    monkeypatch.setattr(TIMEOUT, 0.5)
    observatory.ledger.reset()
    async with observatory.faults.during(fault, path=STATE, **options):
        await call(hass, unhurried, "start_sequence", skip_validation=False)
        await until(hass, SWITCH, "on")
    assert observatory.ledger.count("/sequence/start") == 1


async def test_a_huge_answer(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Plugins put whatever they have into it; it is not read to its end."""
    for _ in range(10):
        observatory.sequence.plan.roots[2].add(Faulty(Blob="x" * 1024 * 1024))
    observatory.ledger.reset()
    with raises("sequence_waiting_for_person"):
        await call(hass, unhurried, "start_sequence", skip_validation=False)
    assert paths(observatory) == ["/sequence/start"]
    assert observatory.ledger.count(STATE) == 1


async def test_a_stop_while_issues_are_awaited(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The start is given up, and never goes out."""
    observatory.ledger.reset()
    async with observatory.faults.during("hang", path=STATE):
        starting = hass.async_create_task(
            call(hass, unhurried, "start_sequence", skip_validation=False)
        )
        await eventually(lambda: observatory.ledger.count(STATE) == 1)
        await call(hass, unhurried, "stop_sequence")
        with raises("overtaken"):
            await starting
    assert paths(observatory) == ["/sequence/stop"]
    assert not observatory.sequence.running


@pytest.mark.parametrize("version", ["2.0.1.0", "2.1.8.0"])
@pytest.mark.usefixtures("socket_enabled")
async def test_servers_that_do_not_tell(hass: HomeAssistant, version: str) -> None:
    """They are not asked for what they do not have; the checklist is found as ever."""
    async with rig_of(hass, version) as (observatory, entry):
        without(observatory, "camera")
        with raises("sequence_waiting_for_person"):
            await call(hass, entry, "start_sequence", skip_validation=False)
        assert observatory.ledger.count(STATE) == 0
        assert observatory.dialogs.texts


async def test_issues_that_only_the_start_finds(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """What was not validated has none; the start validates, and the checklist is reported with them."""
    without(observatory, "camera")
    async with observatory.faults.during("not_validated"):
        with raises("sequence_waiting_with_issues") as raised:
            await call(hass, unhurried, "start_sequence", skip_validation=False)
    assert CAMERA in said(raised.value)
    assert observatory.dialogs.texts
    assert observatory.ledger.count(STATE) == 2


def named(nodes: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the first node of a name."""
    return next(each for each in nodes if each["name"] == name)


@pytest.mark.parametrize("version", ["2.0.1.0", "2.1.8.0", "2.2.5.0", "2.2.15.0"])
@pytest.mark.usefixtures("socket_enabled")
async def test_the_sequence_as_an_answer(hass: HomeAssistant, version: str) -> None:
    """Names, kinds, statuses and progress in every dialect; issues where the server has them."""
    told = not version.startswith(("2.0", "2.1"))
    async with rig_of(hass, version) as (observatory, entry):
        without(observatory, "camera")
        found = await answer(hass, entry, "get_sequence")
        assert paths(observatory) == []
        nodes = found["nodes"]
        roots = [each for each in nodes if each["depth"] == 0 and each["kind"] == "container"]
        assert [each["name"] for each in roots] == ["Start", "Targets", "End"]
        assert {each["status"] for each in roots} == {"created"}
        assert found["complete"]
        assert found["total"] == len(nodes)
        target = named(nodes, observatory.sequence.target_name)
        assert (target["kind"], target["depth"]) == ("container", 1)
        cooling = named(nodes, "Cool Camera")
        assert (cooling["kind"], cooling["depth"]) == ("instruction", 1)
        assert cooling["issues"] == ([CAMERA] if told else None)
        if told:
            ours = next(each for each in found["issues"] if each["issue"] == CAMERA)
            assert "Cool Camera" in ours["names"]
        else:
            assert found["issues"] is None
        exposure = named(nodes, "Smart Exposure")
        expected = {"2.0.1.0": (None, None), "2.1.8.0": (None, 20)}.get(version, (0, 20))
        assert (exposure["done"], exposure["total"])[0] == expected[0]
        assert (exposure["total"] is None) is (expected[1] is None)


async def test_the_progress_of_a_sequence(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Exposures of the smart one and rounds of a loop, and never the counter that is saved."""
    exposure = SmartExposure(count=12, name="Red", ExposureCount=77)
    loop = LoopForIterations(5)
    observatory.sequence.plan.roots[2].add(Container("Rounds", [exposure], [loop]))
    loop.values["CompletedIterations"] = 3
    nodes = (await answer(hass, unhurried, "get_sequence"))["nodes"]
    shown = [named(nodes, name) for name in ("Rounds", "Red")]
    assert [(each["done"], each["total"]) for each in shown] == [(3, 5), (0, 12)]
    assert named(nodes, "Targets")["total"] is None


@pytest.mark.parametrize("fault", ["empty", "html", "truncated", "unknown_error", "wrong_types"])
async def test_a_sequence_without_its_issues(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, fault: str
) -> None:
    """Where they cannot be reported the tree comes without them."""
    async with observatory.faults.during(fault, path=STATE):
        found = await answer(hass, unhurried, "get_sequence")
    assert found["issues"] is None
    assert {each["issues"] is None for each in found["nodes"]} == {True}
    assert named(found["nodes"], "Cool Camera")["status"] == "created"


async def test_a_long_and_deep_sequence(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """An answer is bounded, and says that it is; issues are named wherever they are."""
    deep = Container("Bottom", [Faulty()])
    for level in range(150):
        deep = Container(f"Level {level}", [deep])
    end = observatory.sequence.plan.roots[2]
    end.add(deep, *(Instruction(f"Step {number}") for number in range(3000)))
    found = await answer(hass, unhurried, "get_sequence", limit=5000)
    assert found["complete"]
    assert max(each["depth"] for each in found["nodes"]) == 152
    assert named(found["nodes"], "Step 2999")["depth"] == 1
    found = await answer(hass, unhurried, "get_sequence", limit=10)
    assert (len(found["nodes"]), found["complete"]) == (10, False)
    assert found["total"] > 3100
    assert {"issue": "Es gibt keine Eisbären", "names": ["Polar Bear"]} in found["issues"]


@pytest.fixture
async def scripted(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> Callable[[], str]:
    """Return what a script of a user makes of the sequence before it starts it."""
    entry_id = unhurried.entry_id
    steps: list[dict[str, Any]] = [
        {
            "action": f"{DOMAIN}.get_sequence",
            "data": {"config_entry_id": entry_id},
            "response_variable": "sequence",
        },
        {
            "if": "{{ sequence.issues | count > 0 }}",
            "then": [
                {
                    "event": "not_started",
                    "event_data": {
                        "issues": "{{ sequence.issues | map(attribute='issue') | join(', ') }}"
                    },
                }
            ],
            "else": [{"action": f"{DOMAIN}.start_sequence", "data": {"config_entry_id": entry_id}}],
        },
    ]
    assert await async_setup_component(hass, "script", {"script": {"dusk": {"sequence": steps}}})
    told: list[str] = []
    hass.bus.async_listen("not_started", lambda event: told.append(event.data["issues"]))
    return lambda: told[-1] if told else ""


async def test_a_script_that_looks_first(
    hass: HomeAssistant, observatory: Observatory, scripted: Callable[[], str]
) -> None:
    """It tells what is wrong, or starts the sequence."""
    without(observatory, "camera")
    await act(hass, "script.dusk")
    await asyncio.wait_for(hass.async_block_till_done(), 10)
    assert CAMERA in scripted()
    assert state(hass, SWITCH) == "off"
    observatory.camera.attach()
    await act(hass, "script.dusk")
    await until(hass, SWITCH, "on")


async def test_a_sequence_that_cannot_be_read_at_all(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """That is said, with what was asked and what to try."""
    async with observatory.faults.during("unknown_error", path="/sequence/*"):
        with pytest.raises(HomeAssistantError) as raised:
            await answer(hass, unhurried, "get_sequence")
    assert not isinstance(raised.value, ServiceValidationError)
    assert "Unknown error" in said(raised.value)
    assert "sequence" in said(raised.value)

"""What rotation a target and a frame have: read where it is known, kept where nobody changes it."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import SequenceTree
from custom_components.nina_observatory.api.models.base import decode
from custom_components.nina_observatory.api.models.extras import Framing
from simulator import Observatory

from .action_cases import degrees, high
from .commanding import answer, call, sent
from .conftest import SPEED, make_entry, set_up, unload
from .errors import raises, refused

pytestmark = pytest.mark.usefixtures("socket_enabled")

PLACE: dict[str, Any] = {"target_name": "M 51", "right_ascension": 202.5, "declination": 47.2}


def rotations(observatory: Observatory) -> list[float]:
    """Return the rotations of all targets of the sequence."""
    return [each.values["Target"]["PositionAngle"] for each in observatory.sequence.plan.targets]


def turn(observatory: Observatory, *angles: float) -> None:
    """Give the targets of the sequence their rotations."""
    for target, angle in zip(observatory.sequence.plan.targets, angles, strict=False):
        target.values["Target"]["PositionAngle"] = angle


async def test_a_target_keeps_its_rotation(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """N.I.N.A. would write 0 for what is left out."""
    turn(observatory, 135.5)
    await call(hass, unhurried, "set_sequence_target", **PLACE)
    assert rotations(observatory)[0] == 135.5
    await call(hass, unhurried, "set_sequence_target", **{**PLACE, "right_ascension": 10})
    assert rotations(observatory)[0] == 135.5
    await call(hass, unhurried, "set_sequence_target", **PLACE, rotation=0)
    assert rotations(observatory)[0] == 0


async def test_each_target_keeps_its_own(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    assert observatory.sequence.files is not None
    observatory.sequence.load(observatory.sequence.files["Two targets"])
    assert len(rotations(observatory)) == 2
    turn(observatory, 20, 77.25)
    await call(hass, unhurried, "set_sequence_target", **PLACE, index=1)
    assert rotations(observatory) == [20, 77.25]
    observatory.ledger.reset()
    with refused("sequence_target_missing") as error:
        await call(hass, unhurried, "set_sequence_target", **PLACE, index=2)
    assert error.value.translation_placeholders == {"index": "2", "targets": "2"}
    assert sent(observatory) == []


@pytest.mark.parametrize("fault", ["empty", "truncated", "unknown_error", "html", "nan_everywhere"])
async def test_a_rotation_that_cannot_be_read_is_not_made_up(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, fault: str
) -> None:
    """It is asked for instead; given, nothing has to be read."""
    observatory.ledger.reset()
    async with observatory.faults.during(fault, path="/sequence/state"):
        with refused("target_rotation_unknown"):
            await call(hass, unhurried, "set_sequence_target", **PLACE)
        assert sent(observatory) == []
        await call(hass, unhurried, "set_sequence_target", **PLACE, rotation=12)
    assert rotations(observatory)[0] == 12


async def test_a_rotation_that_is_no_number(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    turn(observatory, float("nan"))
    observatory.ledger.reset()
    with refused("target_rotation_unknown"):
        await call(hass, unhurried, "set_sequence_target", **PLACE)
    assert sent(observatory) == []


async def test_a_sequencer_that_is_not_there_is_said_first(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    observatory.sequence.initialized = False
    with raises("not_ready"):
        await call(hass, unhurried, "set_sequence_target", **PLACE)


@pytest.mark.parametrize("version", ["2.1.2", "2.1.8"])
async def test_old_plugins_show_no_rotation(hass: HomeAssistant, version: str) -> None:
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, version=version, scenario="idle"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        entry.runtime_data.runner.pace.scale = 0.2
        old.ledger.reset()
        with refused("target_rotation_unknown"):
            await call(hass, entry, "set_sequence_target", **PLACE)
        assert sent(old) == []
        await call(hass, entry, "set_sequence_target", **PLACE, rotation=30)
        assert rotations(old)[0] == 30
        with refused("plugin_too_old"):
            await call(hass, entry, "set_sequence_target", **PLACE, index=1)
        await unload(hass, entry)


def _target(name: Any, angle: Any, *below: Any) -> dict[str, Any]:
    """Return a target container as `sequence/state` writes it."""
    return {"Name": name, "Items": [*below], "Target": {"PositionAngle": angle}}


def test_targets_are_counted_in_the_order_of_the_tree() -> None:
    """At any depth, disabled ones too; an instruction with such a key is none."""
    deep: Any = _target("deep", 9)
    for _ in range(200):
        deep = {"Name": "Loop_Container", "Items": [None, deep]}
    tree = SequenceTree.from_wire(
        [
            {"GlobalTriggers": []},
            {"Name": "Start_Container", "Items": []},
            {
                "Name": "Targets_Container",
                "Items": [
                    {"Name": "Slew", "Target": {"PositionAngle": 1}},
                    _target("a", 5, _target("inner", "NaN")),
                    deep,
                    {**_target(None, 7), "Status": "DISABLED"},
                    {"Name": "b", "Items": [], "Target": 5},
                ],
            },
        ],
        with_issues=True,
    )
    assert [node.rotation for node in tree.targets] == [5, None, 9, 7]


async def test_the_frame_is_turned_alone(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """And the picture of the sky is chosen alone."""
    observatory.application.tab = "framing"
    await call(hass, unhurried, "set_framing", **degrees(high(observatory, -3.0)))
    observatory.ledger.reset()
    await call(hass, unhurried, "set_framing", rotation=30)
    assert sent(observatory) == [("/framing/set-rotation", {"rotation": "30.0"})]
    observatory.ledger.reset()
    await call(hass, unhurried, "set_framing", source="cache")
    assert sent(observatory) == [("/framing/set-source", {"source": "CACHE"})]


@pytest.mark.parametrize("more", [{}, {"source": "cache"}])
async def test_a_frame_that_cannot_be_turned_keeps_its_place(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, more: dict[str, str]
) -> None:
    """Before its page was opened: the error says that nothing was sent."""
    observatory.ledger.reset()
    with refused("framing_not_ready"):
        await call(
            hass, unhurried, "set_framing", **degrees(high(observatory)), rotation=30, **more
        )
    assert sent(observatory) == []


@pytest.mark.parametrize(
    ("given", "absent"),
    [
        ({}, "right_ascension"),
        ({"right_ascension": 10}, "declination"),
        ({"declination": 10, "rotation": 5}, "right_ascension"),
    ],
)
async def test_half_a_place_is_none(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    given: dict[str, Any],
    absent: str,
) -> None:
    with refused("field_missing") as error:
        await call(hass, ready, "set_framing", **given)
    assert error.value.translation_placeholders == {"field": absent}
    assert sent(observatory) == []


async def test_what_is_framed_is_answered(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    observatory.application.tab = "framing"
    place = high(observatory, -3.0)
    await call(hass, unhurried, "set_framing", **degrees(place), rotation=30)
    found = await answer(hass, unhurried, "get_framing")
    assert found["ready"] is True
    assert found["right_ascension"] == pytest.approx(place.ra_hours * 15)
    assert found["declination"] == pytest.approx(place.dec_degrees)
    assert found["rotation"] == 30
    assert found["camera_width"] == observatory.camera.width
    assert found["rectangle"]["total_rotation"] == 330


async def test_before_its_page_was_opened_little_is_known_of_what_is_framed(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The zeros on the wire are no places and no sizes."""
    found = await answer(hass, unhurried, "get_framing")
    assert found.pop("ready") is False
    assert found.pop("horizontal_panels") == found.pop("vertical_panels") == 1
    assert set(found.values()) == {None}


@pytest.mark.parametrize(
    ("turned", "rotation"), [(330.0, 30.0), (360.0, 0.0), (0, 0.0), (-30, 30.0), ("NaN", None)]
)
def test_the_rotation_of_a_frame(turned: Any, rotation: float | None) -> None:
    framing = decode(Framing, {"Rectangle": {"TotalRotation": turned}})
    assert framing.rotation == rotation


async def test_the_oldest_plugin_frames_nothing(hass: HomeAssistant) -> None:
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, version="2.0.1", scenario="idle"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        with refused("plugin_too_old"):
            await answer(hass, entry, "get_framing")
        await unload(hass, entry)

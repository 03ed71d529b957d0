"""N.I.N.A.'s own words, which say little, never stand alone: what was asked, and what to try."""

from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .action_cases import standing, under_the_stars
from .action_fields import BY_NAME, sensible
from .commanding import answer, call, entity_of, prepare
from .errors import TEXTS, raises
from .states import act

WORDS: Final = ("Unknown error", "Index out of range", "Object reference not set to an instance.")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An action, what answers it, and what its error is called."""

    path: str
    error: str
    data: dict[str, Any] = field(default_factory=dict)
    readable: bool = False
    ready: Any = None


ASKED: Final = {
    "change_filter": Asked(
        path="/equipment/filterwheel/change-filter", error="change_filter", readable=True
    ),
    "connect": Asked(
        path="/equipment/camera/connect",
        error="connect_device",
        readable=True,
        ready=lambda observatory: observatory.camera.detach(),
    ),
    "get_events": Asked(path="/event-history", error="events"),
    "get_frames": Asked(path="/image-history", error="frames"),
    "get_logs": Asked(path="/application/logs", error="log"),
    "get_sequence": Asked(path="/sequence/*", error="sequence_tree"),
    "list_devices": Asked(path="/equipment/camera/list-devices", error="devices"),
    "list_sequences": Asked(path="/sequence/list-available", error="sequences"),
    "load_sequence": Asked(
        path="/sequence/load", error="load_sequence", data={"sequence": "Flats/Panel flats"}
    ),
    "moon_separation": Asked(path="/astro-util/moon-separation", error="moon"),
    "move_focuser": Asked(path="/equipment/focuser/move", error="move_focuser", readable=True),
    "rescan_devices": Asked(path="/equipment/camera/rescan", error="rescan"),
    "set_sequence_target": Asked(
        path="/sequence/set-target", error="set_sequence_target", readable=True
    ),
    "sky_flats": Asked(path="/flats/status", error="flats"),
    "slew": Asked(
        path="/equipment/mount/slew", error="slew_mount", readable=True, ready=under_the_stars
    ),
    "slew_to_framing": Asked(path="/framing/info", error="framing", ready=standing),
    "start_guiding": Asked(
        path="/equipment/guider/start", error="start_guiding", readable=True, ready=under_the_stars
    ),
    "start_sequence": Asked(path="/sequence/start", error="start_sequence", readable=True),
    "switch_profile": Asked(path="/profile/show", error="profiles"),
}


def said(error: BaseException) -> str:
    """Return the text of an error as people read it."""
    assert isinstance(error, HomeAssistantError)
    assert error.translation_key is not None
    message: str = TEXTS["exceptions"][error.translation_key]["message"]
    return message.format(**(error.translation_placeholders or {}))


def fields_of(name: str) -> dict[str, Any]:
    """Return what the action is called with."""
    return {**sensible(BY_NAME[name]), **ASKED[name].data}


async def reconnect(observatory: Observatory, entry: MockConfigEntry) -> None:
    """Have everything connected and read, for whatever is asked next."""
    for device in observatory.devices:
        device.attach()
    await entry.runtime_data.equipment.async_read()


@pytest.mark.parametrize("words", WORDS)
async def test_an_error_of_an_action(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
    words: str,
) -> None:
    """It says what N.I.N.A. was asked, what it answered, and what to try."""
    for name, asked in ASKED.items():
        with subtests.test(name):
            if asked.ready is not None:
                prepare(observatory, asked.ready)
            async with observatory.faults.during("unknown_error", path=asked.path, text=words):
                with raises(f"{asked.error}_refused") as raised:
                    await call_or_answer(hass, unhurried, name)
            text = said(raised.value)
            assert text.startswith("N.I.N.A. returned an error when asked ")
            assert f": {words.rstrip('.')}. " in text
            assert ".." not in text
        await reconnect(observatory, unhurried)


async def test_a_page_that_names_an_exception(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """The words of the page are as much N.I.N.A.'s own; its tags are nobody's."""
    for name in (name for name, asked in ASKED.items() if not asked.readable):
        with subtests.test(name):
            asked = ASKED[name]
            if asked.ready is not None:
                prepare(observatory, asked.ready)
            async with observatory.faults.during("error_500", path=asked.path):
                with raises(f"{asked.error}_refused") as raised:
                    await call_or_answer(hass, unhurried, name)
            text = said(raised.value)
            assert text.startswith("N.I.N.A. returned an error when asked ")
            assert "500" in text
            assert "<" not in text
        await reconnect(observatory, unhurried)


async def call_or_answer(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> None:
    """Carry out an action, for its answer where it has one."""
    if BY_NAME[name].returns.value == "none":
        await call(hass, entry, name, **fields_of(name))
    else:
        await answer(hass, entry, name, **fields_of(name))


CONTROLS: Final[tuple[tuple[str, str, str, str, dict[str, Any]], ...]] = (
    ("switch.turn_on", "camera_cooler", "/equipment/camera/cool", "cooler_on", {}),
    (
        "select.select_option",
        "hub_sequence",
        "/sequence/load",
        "load_sequence",
        {"option": "Targets/M 31"},
    ),
    ("button.press", "hub_reset_sequence", "/sequence/reset", "reset_sequence", {}),
    ("cover.open_cover", "flat_panel_cover", "/equipment/flatdevice/set-cover", "open_cover", {}),
)


@pytest.mark.parametrize(("action", "unique", "path", "error", "data"), CONTROLS)
async def test_an_error_of_an_entity(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    action: str,
    unique: str,
    path: str,
    error: str,
    data: dict[str, Any],
) -> None:
    """A control on a dashboard says the same as an action."""
    entity_id = entity_of(hass, unhurried, action.split(".", maxsplit=1)[0], unique)
    async with observatory.faults.during("unknown_error", path=path):
        with raises(f"{error}_refused") as raised:
            await act(hass, action, entity_id, **data)
    assert ": Unknown error. " in said(raised.value)


async def test_the_issues_of_flats(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What N.I.N.A. lists beside its words is said, too."""
    fields = {"count": 1, "exposure": 1.0, "min_brightness": 100, "max_brightness": 100}
    monkeypatch.setattr(observatory.flats, "issues", lambda _: ["Ingen panel", "Ingen kamera"])
    with raises("start_flats_refused") as raised:
        await call(hass, unhurried, "auto_brightness_flats", **fields)
    assert "Issues found; Ingen panel; Ingen kamera" in said(raised.value)


async def test_an_error_over_the_websocket(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The frontend gets the key of a text of its own for what was asked, and the words."""
    client = await hass_ws_client(hass)
    async with observatory.faults.during("unknown_error", path="/sequence/set-target"):
        await client.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": "set_sequence_target",
                "service_data": {
                    "config_entry_id": unhurried.entry_id,
                    "target_name": "M 51",
                    "right_ascension": 200,
                    "declination": 47,
                },
            }
        )
        error = (await client.receive_json())["error"]
    assert error["translation_key"] == "set_sequence_target_refused"
    assert error["translation_placeholders"] == {"reason": "Unknown error"}

"""The examples of actions in the documents: accepted as they are, and answered as is shown there."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.helpers.json import json_bytes
from homeassistant.util.json import json_loads
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.actions import ACTIONS
from custom_components.nina_observatory.const import DOMAIN
from scripts._docs.actions import examples
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .action_cases import under_the_stars
from .commanding import answer, prepare
from .waiting import eventually

ANSWERING = {each.name for each in ACTIONS if each.returns is not SupportsResponse.NONE}
# What needs a frame, and what a running autofocus would refuse; the others follow.
FIRST = ("capture", "solve", "get_plan")


async def test_examples_are_accepted_and_answered(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, tmp_path: Path
) -> None:
    shown = examples()
    for name, example in shown.items():
        schema = hass.services.async_services()[DOMAIN][name].schema
        assert schema is not None
        schema(dict(example.get("data", {})))
    assert {name for name, each in shown.items() if "answer" in each} == ANSWERING - {"autofocus"}

    prepare(observatory, under_the_stars)
    await observatory.camera.routines.take(Exposure(20, "LIGHT", "M 31"))
    await eventually(lambda: unhurried.runtime_data.frames.data.newest_light is not None)
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    instead: dict[str, dict[str, Any]] = {
        "screenshot": {"filename": str(tmp_path / "nina.png")},
        **{name: {"count": 1} for name in shown if name.endswith("flats")},
    }
    answered = [name for name in shown if name not in FIRST and "answer" in shown[name]]
    for name in (*FIRST, *answered):
        data = {**shown[name].get("data", {}), **instead.get(name, {})}
        given = json_loads(json_bytes(await answer(hass, unhurried, name, **data)))
        assert list(differences(shown[name]["answer"], given, name)) == []


def differences(shown: Any, given: Any, place: str) -> list[str]:
    """Return where an answer does not have what is shown: keys, and kinds of values that are known."""
    if isinstance(shown, dict) and isinstance(given, dict):
        return [
            fault
            for key, value in shown.items()
            for fault in (
                differences(value, given[key], f"{place}.{key}")
                if key in given
                else [f"{place}.{key} is missing"]
            )
        ]
    if isinstance(shown, list) and isinstance(given, list):
        pairs = zip(shown[:1], given[:1], strict=False)
        return [fault for pair in pairs for fault in differences(*pair, f"{place}[0]")]
    if None in (shown, given) or kind(shown) is kind(given):
        return []
    return [f"{place} is {given!r}"]


def kind(value: object) -> type[object]:
    """Return the type of a value; whole numbers are numbers."""
    return float if type(value) is int else type(value)

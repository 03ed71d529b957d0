"""The light of the flat panel: in the panel's own range, and never a jump to the maximum."""

import asyncio
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory

from .commanding import entity_of, sent
from .conftest import make_entry, set_up, unload
from .errors import raises
from .states import act, state, until
from .waiting import eventually

PANEL = "light.observatory_flat_panel_light"
BRIGHTNESS = "/equipment/flatdevice/set-brightness"
LIGHT = "/equipment/flatdevice/set-light"


@pytest.fixture
def unhurried(loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the rig with limits that a busy machine keeps."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    return loaded_entry


def shown(hass: HomeAssistant) -> int | None:
    """Return the brightness that the light shows."""
    found = hass.states.get(PANEL)
    assert found is not None
    brightness: int | None = found.attributes["brightness"]
    return brightness


async def test_a_panel_that_was_never_lit_begins_dimly(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Switching on alone would mean full brightness: 4096 in this one's units."""
    assert state(hass, PANEL) == STATE_OFF
    observatory.ledger.reset()
    await act(hass, "light.turn_on", PANEL)
    assert observatory.flat_panel.brightness == 410
    assert sent(observatory) == [(BRIGHTNESS, {"brightness": "410"})]
    await until(hass, PANEL, STATE_ON)
    assert shown(hass) == 26


async def test_a_panel_that_still_reads_dark_is_switched_off_all_the_same(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It reads lit only some seconds after it was; N.I.N.A. would ignore to be told too early."""
    panel, clock = observatory.flat_panel, observatory.clock
    read, lit = panel.read, []

    def lagging() -> dict[str, Any]:
        """Return what the driver reports, the light only after a while."""
        block = read()
        if block["LightOn"]:
            lit.append(clock.elapsed)
        return block | {"LightOn": bool(lit) and block["LightOn"] and clock.elapsed - lit[0] > 50}

    monkeypatch.setattr(panel, "read", lagging)
    lighting = asyncio.ensure_future(act(hass, "light.turn_on", PANEL))
    await eventually(lambda: lit)
    assert not panel.known["LightOn"]
    await act(hass, "light.turn_off", PANEL)
    with raises("overtaken"):
        await lighting
    assert panel.brightness == 0


async def test_the_last_brightness_comes_back(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Also one that was set in N.I.N.A. itself."""
    await act(hass, "light.turn_on", PANEL, brightness=200)
    observatory.flat_panel.brightness = 777
    observatory.flat_panel.refresh()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "hub_refresh"))
    await act(hass, "light.turn_off", PANEL)
    await until(hass, PANEL, STATE_OFF)
    observatory.ledger.reset()
    await act(hass, "light.turn_on", PANEL)
    assert sent(observatory) == [(BRIGHTNESS, {"brightness": "777"})]
    assert observatory.flat_panel.brightness == 777


@pytest.mark.parametrize(
    ("limits", "brightness", "units"),
    [
        ((0, 4096), 1, 16),
        ((0, 4096), 255, 4096),
        ((0, 255), 128, 128),
        ((0, 1), 1, 1),
        ((5, 100), 1, 5),
        ((5, 100), 255, 100),
        ((5, 100), 128, 52),
    ],
)
async def test_brightness_is_scaled_to_the_range_of_the_panel(
    hass: HomeAssistant,
    observatory: Observatory,
    limits: tuple[int, int],
    brightness: int,
    units: int,
) -> None:
    """From its dimmest to its brightest, and shown again as what was asked, as far as it can be."""
    panel = observatory.flat_panel
    panel.min_brightness, panel.max_brightness = limits
    panel.refresh()
    entry = make_entry(observatory)
    await set_up(hass, entry)
    entry.runtime_data.runner.pace.scale = 1 / 15
    await act(hass, "light.turn_on", PANEL, brightness=brightness)
    assert panel.brightness == units
    await until(hass, PANEL, STATE_ON)
    await act(hass, "light.turn_on", PANEL, brightness=shown(hass))
    assert panel.brightness == units
    await unload(hass, entry)


async def test_a_panel_that_is_not_lit_by_its_brightness_is_switched_on(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The brightness comes first anyway, so that the light knows it."""
    panel = observatory.flat_panel
    kept: list[int] = [0]
    monkeypatch.setattr(type(panel), "light_on", property(lambda _: bool(kept[0])))

    async def switch_light(*, on: bool) -> None:
        """Switch the light at the brightness that was set."""
        kept[0] = panel.brightness if on else 0
        panel.refresh()

    monkeypatch.setattr(panel, "switch_light", switch_light)
    observatory.ledger.reset()
    await act(hass, "light.turn_on", PANEL, brightness=100)
    assert sent(observatory) == [(BRIGHTNESS, {"brightness": "1606"}), (LIGHT, {"on": "true"})]
    await act(hass, "light.turn_off", PANEL)
    observatory.ledger.reset()
    await act(hass, "light.turn_on", PANEL)
    assert sent(observatory) == [(LIGHT, {"on": "true"})]
    assert kept == [1606]


async def test_a_panel_without_a_light_has_none(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """There are panels that are only a cover."""
    observatory.flat_panel.has_light = False
    observatory.flat_panel.refresh()
    entry = make_entry(observatory)
    await set_up(hass, entry)
    assert hass.states.get(PANEL) is None
    assert hass.states.get("cover.observatory_flat_panel_cover") is not None
    await unload(hass, entry)

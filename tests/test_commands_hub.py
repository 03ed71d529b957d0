"""The controls of N.I.N.A. itself: sequence, live stack, profile, page, connections."""

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import SequenceSkip
from custom_components.nina_observatory.control.commands.sequence import skip_sequence
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .api.test_sequence import container, running, step
from .commanding import entity_of, sent
from .conftest import SPEED, make_entry, set_up, unload
from .errors import raises, refused
from .states import act, state, until
from .waiting import eventually

UNHURRIED = 1 / 15


@pytest.fixture
def unhurried(loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the rig with limits that a busy machine keeps."""
    loaded_entry.runtime_data.runner.pace.scale = UNHURRIED
    return loaded_entry


async def test_the_sequence_is_started_and_stopped(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """A switch that is on when the sequence runs, and off when it does not."""
    switch = entity_of(hass, unhurried, "switch", "hub_sequence")
    await until(hass, switch, "off")
    observatory.ledger.reset()
    await act(hass, "switch.turn_on", switch)
    assert observatory.sequence.running
    await until(hass, switch, "on")
    await act(hass, "switch.turn_off", switch)
    assert not observatory.sequence.running
    await until(hass, switch, "off")
    assert sent(observatory) == [
        ("/sequence/start", {"skipValidation": "true"}),
        ("/sequence/stop", {}),
    ]


async def test_a_running_sequence_is_not_reset(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """A reset would pull the rug from under it; a standing one is reset."""
    switch = entity_of(hass, unhurried, "switch", "hub_sequence")
    reset = entity_of(hass, unhurried, "button", "hub_reset_sequence")
    await act(hass, "switch.turn_on", switch)
    observatory.ledger.reset()
    with refused("sequence_running"):
        await act(hass, "button.press", reset)
    assert sent(observatory) == []
    await act(hass, "switch.turn_off", switch)
    observatory.ledger.reset()
    await act(hass, "button.press", reset)
    assert sent(observatory) == [("/sequence/reset", {})]


async def test_the_live_stack_is_started_and_stopped(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Confirmed by what its plugin reports; a start that is not heard of raises."""
    switch = entity_of(hass, unhurried, "switch", "hub_live_stack")
    observatory.ledger.reset()
    await act(hass, "switch.turn_on", switch)
    assert observatory.live_stack.running
    await until(hass, switch, "on")
    await act(hass, "switch.turn_off", switch)
    assert not observatory.live_stack.running
    await until(hass, switch, "off")
    assert sent(observatory) == [("/livestack/start", {}), ("/livestack/stop", {})]
    observatory.live_stack.installed = False
    unhurried.runtime_data.runner.pace.scale = 1 / SPEED
    with raises("start_live_stack_unproven"):
        await act(hass, "switch.turn_on", switch)


async def test_without_its_plugin_there_is_no_live_stack(
    hass: HomeAssistant, observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N.I.N.A. would confirm every start, and nothing would happen."""
    monkeypatch.setattr(observatory.application, "plugins", ("Advanced API",))
    entry = make_entry(observatory)
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.catalog.data.reachable)
    registry = er.async_get(hass)
    unique = f"{entry.entry_id}_hub_live_stack"
    assert registry.async_get_entity_id("switch", "nina_observatory", unique) is None
    await unload(hass, entry)


async def test_the_profile_is_switched(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """By name; where two have the same name, by a part of their ids as well."""
    select = entity_of(hass, unhurried, "select", "hub_profile")
    first, second = observatory.profiles.all[:2]
    await until(hass, select, first.name)
    observatory.ledger.reset()
    await act(hass, "select.select_option", select, option=second.name)
    assert observatory.profiles.active is second
    await until(hass, select, second.name)
    assert sent(observatory) == [("/profile/switch", {"profileid": second.id})]
    for profile in observatory.profiles.all:
        profile.name = "Telescope"
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "hub_refresh"))
    assert state(hass, select) == f"Telescope ({second.id[:8]})"
    await act(hass, "select.select_option", select, option=f"Telescope ({first.id[:8]})")
    assert observatory.profiles.active is first


async def test_a_profile_that_is_not_switched_raises(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """N.I.N.A. reports that it did, its list of profiles says that it did not."""
    select = entity_of(hass, loaded_entry, "select", "hub_profile")
    first, second = observatory.profiles.all[:2]
    await observatory.faults.start("not_done", path="/profile/switch")
    with raises("switch_profile_unproven"):
        await act(hass, "select.select_option", select, option=second.name)
    assert state(hass, select) == first.name


async def test_a_sequence_is_loaded(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Those in the folder are offered; which one is loaded N.I.N.A. does not tell."""
    names = list(observatory.sequence.files or ())
    select = entity_of(hass, unhurried, "select", "hub_sequence")
    found = hass.states.get(select)
    assert found is not None
    assert sorted(found.attributes["options"]) == sorted(names)
    observatory.ledger.reset()
    await act(hass, "select.select_option", select, option="Targets/M 31")
    assert sent(observatory) == [("/sequence/load", {"sequenceName": "Targets/M 31"})]
    assert state(hass, select) == "unknown"
    with raises("load_sequence_refused"):
        await act(hass, "select.select_option", select, option="Settings backup")


async def test_the_page_is_asked_for_only_where_somebody_wants_it(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Off by default; switched on, it shows the page and changes it."""
    select = entity_of(hass, unhurried, "select", "hub_tab")
    assert hass.states.get(select) is None
    assert observatory.ledger.count("/application/get-tab") == 0
    er.async_get(hass).async_update_entity(select, disabled_by=None)
    await unload(hass, unhurried)
    await set_up_again(hass, unhurried)
    await until(hass, select, "equipment")
    observatory.ledger.reset()
    await act(hass, "select.select_option", select, option="flat_wizard")
    assert observatory.application.tab == "flatwizard"
    assert state(hass, select) == "flat_wizard"
    assert sent(observatory) == [("/application/switch-tab", {"tab": "flatwizard"})]
    # The automation editor offers the pages while N.I.N.A. is closed, too.
    async with observatory.faults.during("refuse"):
        await until(hass, select, "unavailable")
        registered = er.async_get(hass).async_get(select)
        assert registered is not None
        assert "flat_wizard" in (registered.capabilities or {})["options"]


async def set_up_again(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Set an entry up that was set up before."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_everything_is_connected_but_nothing_twice(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """What is connected is left alone: N.I.N.A. would disconnect it first."""
    for device in (observatory.camera, observatory.guider, observatory.dome):
        device.detach()
    observatory.ledger.reset()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "hub_connect_all"))
    assert all(device.connected for device in observatory.devices)
    assert sent(observatory) == [
        ("/equipment/dome/connect", {}),
        ("/equipment/camera/connect", {}),
        ("/equipment/guider/connect", {}),
    ]


async def test_what_does_not_connect_is_named(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """One that fails does not keep the others from it."""
    observatory.camera.detach()
    observatory.guider.detach()
    await observatory.faults.start("failed_connect", device="camera")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "button.press", entity_of(hass, unhurried, "button", "hub_connect_all"))
    assert raised.value.translation_key == "connect_all_failed"
    assert raised.value.translation_placeholders == {"devices": "Observatory camera"}
    assert observatory.guider.connected
    assert not observatory.camera.connected


async def test_a_rig_without_some_equipment_connects_the_rest(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Nobody misses what was never there."""
    for device in observatory.devices:
        device.detach()
    for device in (observatory.rotator, observatory.weather):
        device.driver = device.drivers[0]
    entry = make_entry(observatory)
    await set_up(hass, entry)
    entry.runtime_data.runner.pace.scale = UNHURRIED
    connect = entity_of(hass, entry, "button", "hub_connect_all")
    await act(hass, "button.press", connect)
    assert not observatory.rotator.connected
    assert sum(device.connected for device in observatory.devices) == 9
    for device in observatory.devices:
        device.detach()
        device.driver = device.drivers[0]
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "button.press", connect)
    assert raised.value.translation_key == "connect_all_failed"
    named = (raised.value.translation_placeholders or {})["devices"].split(", ")
    assert len(named) == 9
    assert "Observatory rotator" not in named
    await unload(hass, entry)


async def test_everything_is_disconnected(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Only what is connected is told to, and not while a sequence runs."""
    observatory.weather.detach()
    button = entity_of(hass, unhurried, "button", "hub_disconnect_all")
    switch = entity_of(hass, unhurried, "switch", "hub_sequence")
    await act(hass, "switch.turn_on", switch)
    observatory.ledger.reset()
    with refused("disconnect_while_running"):
        await act(hass, "button.press", button)
    assert sent(observatory) == []
    await act(hass, "switch.turn_off", switch)
    observatory.dome.put_shutter(0.0)
    observatory.dome.refresh()
    observatory.ledger.reset()
    await act(hass, "button.press", button)
    assert not any(device.connected for device in observatory.devices)
    paths = [path for path, _ in sent(observatory)]
    assert len(paths) == 10
    assert paths[0] == "/equipment/guider/disconnect"
    assert paths[-1] == "/equipment/switch/disconnect"
    assert "/equipment/weather/disconnect" not in paths


async def test_what_does_not_disconnect_is_named(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """One that fails does not keep the others from it."""
    await observatory.faults.start("unknown_error", path="/equipment/focuser/disconnect")
    with raises("disconnect_all_failed"):
        await act(hass, "button.press", entity_of(hass, unhurried, "button", "hub_disconnect_all"))
    assert [device.role for device in observatory.devices if device.connected] == ["focuser"]


async def test_the_hub_is_there_while_nina_is_closed(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Its buttons are known from earlier, and wait."""
    refresh = entity_of(hass, loaded_entry, "button", "hub_refresh")
    await observatory.faults.start("refuse")
    with raises("cannot_connect"):
        await act(hass, "button.press", refresh)
    assert state(hass, refresh) == STATE_UNAVAILABLE
    await unload(hass, loaded_entry)
    assert await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, refresh) == STATE_UNAVAILABLE


async def test_nothing_to_connect(hass: HomeAssistant, observatory: Observatory) -> None:
    """A N.I.N.A. in which no equipment was ever chosen."""
    for device in observatory.devices:
        device.detach()
        device.driver = device.drivers[0]
    entry = make_entry(observatory)
    await set_up(hass, entry)
    with raises("nothing_to_connect"):
        await act(hass, "button.press", entity_of(hass, entry, "button", "hub_connect_all"))
    await unload(hass, entry)


def wait(status: str, left: str) -> dict[str, object]:
    """Return a wait as it stands in the tree, with the time left that moves along by itself."""
    until = "2026-02-25T01:00:00+01:00"
    return step("Wait for Time", status, CalculatedWaitDuration=left, TargetTime=until)


def smart(done: int) -> dict[str, object]:
    """Return a smart exposure of which something is done."""
    return step(
        "Smart Exposure", "RUNNING", ExposureTime=60, Iterations=9, CompletedIterations=done
    )


@pytest.mark.parametrize(
    ("before", "now", "proven"),
    [
        # Time goes by, and nothing is skipped.
        ([wait("RUNNING", "00:10:00")], [wait("RUNNING", "00:09:58")], False),
        # The next one looks just like it.
        (
            [wait("RUNNING", "00:10:00"), wait("CREATED", "00:10:00")],
            [wait("SKIPPED", "00:10:00"), wait("RUNNING", "00:10:00")],
            True,
        ),
        # N.I.N.A. skips the exposure, not all of them.
        ([smart(3)], [smart(3)], False),
        ([smart(3)], [smart(4)], True),
    ],
)
def test_what_proves_that_an_instruction_was_skipped(
    before: list[object], now: list[object], proven: bool
) -> None:
    """Something was done since, whatever the time says."""
    command = skip_sequence(SequenceSkip.CURRENT_ITEMS)
    trees = [running(container("M 31", "RUNNING", *items)) for items in (before, now)]
    assert command.is_proven(*trees) is proven

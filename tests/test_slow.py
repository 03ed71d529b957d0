"""What seldom changes is asked for seldom, and at once when something speaks of it."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import FlatsStatus
from custom_components.nina_observatory.readings.settings import POLL, POLL_FLATS, RETRY
from simulator import Observatory

from .blocks import connected, disconnected
from .conftest import set_up, unload
from .rigs import recorded_rig
from .states import state
from .waiting import eventually, within

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_flats_that_somebody_else_takes(hass: HomeAssistant) -> None:
    """Their frames tell of them; while they are taken nothing else is asked for each time."""
    async with recorded_rig(hass, connected(), {"flats/status": {"State": "Finished"}}) as rig:
        assert rig.sensor("hub_flats_state") == "finished"
        rig.server.answers["flats/status"] = {"State": "Running", "TotalIterations": 9}
        flat = {"Date": "2026-02-24T22:00:00+01:00", "ImageType": "FLAT"}
        asked, data = rig.server.asked, rig.entry.runtime_data
        before = asked["flats/status"]
        await rig.server.tell({"Event": "IMAGE-SAVE", "ImageStatistics": flat})
        await eventually(lambda: data.listener.recent)
        assert not data.settings._due
        data.settings._flats_read_at -= POLL_FLATS.total_seconds()
        await rig.server.tell({"Event": "IMAGE-SAVE", "ImageStatistics": flat})
        await eventually(lambda: rig.sensor("hub_flats_state") == "running")
        assert asked["flats/status"] == before + 1
        profiles, reports = asked["profile/show"], asked["equipment/focuser/last-af"]
        rig.server.answers["flats/status"] = {"State": "Finished"}
        await within(hass, 31, lambda: rig.sensor("hub_flats_state") == "finished")
        assert (asked["profile/show"], asked["equipment/focuser/last-af"]) == (profiles, reports)


async def test_the_last_autofocus_is_known_before_the_focuser_is_connected(
    hass: HomeAssistant,
) -> None:
    """The report is a file; it does not wait for the next round of questions."""
    report = {"Timestamp": "2026-02-24T21:50:12+01:00", "Filter": "L"}
    blocks = connected() | disconnected("Focuser")
    async with recorded_rig(hass, blocks, {"equipment/focuser/last-af": report}) as rig:
        rig.blocks["Focuser"] = connected()["Focuser"]
        await rig.poll_until(lambda: rig.find("sensor", "focuser_autofocus_filter"))
        assert rig.sensor("focuser_autofocus_filter") == "L"


async def test_plugins_that_are_not_told_at_first(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """A N.I.N.A. that is busy starting is asked again; what is installed is not missing all night."""
    await observatory.faults.start("unknown_error", path="/application/plugins")
    await set_up(hass, entry)
    assert hass.states.get("switch.observatory_polar_alignment") is None
    await observatory.faults.clear()
    await within(hass, 61, lambda: hass.states.get("switch.observatory_polar_alignment"))
    await unload(hass, entry)


async def test_everything_is_read_of_another_run(hass: HomeAssistant) -> None:
    """Also when N.I.N.A. was gone too shortly to be missed, and while flats are taken."""
    answers = {"flats/status": {"State": "Running"}, "profile/show": {"Id": "1", "Name": "West"}}
    async with recorded_rig(hass, connected(), answers) as rig:
        assert rig.sensor("hub_active_profile") == "West"
        rig.server.answers |= {
            "application-start": "2026-02-24T19:00:00+01:00",
            "profile/show": {"Id": "2", "Name": "East"},
        }
        await rig.server.drop_stream()
        await eventually(lambda: rig.sensor("hub_active_profile") == "East")


async def test_what_fails_is_asked_for_again(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """Soon, and it keeps nothing else from being read."""
    profile = "sensor.observatory_active_profile"
    slow, known = loaded_entry.runtime_data.settings, state(hass, profile)
    async with observatory.faults.during("unknown_error", path="/profile/show"):
        await slow.async_read()
        assert (state(hass, profile), slow.update_interval) == ("unknown", RETRY)
    before = observatory.ledger.count("/equipment/focuser/last-af")
    await within(hass, 61, lambda: state(hass, profile) == known)
    assert observatory.ledger.count("/equipment/focuser/last-af") == before
    await eventually(lambda: slow.update_interval == POLL)
    await observatory.faults.start("unknown_error", path="/flats/status")
    await slow.async_read()
    before = observatory.ledger.count("/equipment/focuser/last-af")
    slow._all_read_at -= POLL.total_seconds()
    await within(hass, 61, lambda: observatory.ledger.count("/equipment/focuser/last-af") > before)


async def test_what_is_noted_meanwhile_outlasts_a_reading(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """One that began before, and asks for something else."""
    slow = loaded_entry.runtime_data.settings
    async with observatory.faults.during("hang", path="/profile/show"):
        slow._due = {"profile"}
        reading = hass.async_create_task(slow.async_refresh())
        await eventually(lambda: not slow._due)
        slow.async_note_flats(FlatsStatus(state="Running", total=9, completed=3))
        slow._due.clear()
    await reading
    assert slow.data.flats == FlatsStatus(state="Running", total=9, completed=3)
    assert slow.data.profile is not None

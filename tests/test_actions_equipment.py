"""Actions of the equipment: exactly the right request, and nothing believed but readings."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.enums import PierSide

from .action_cases import (
    CASES,
    ActionCase,
    away,
    closed,
    degrees,
    high,
    slewing,
    standing,
    synced,
    under_the_stars,
    unparked,
)
from .commanding import answer, call, prepare, sent
from .errors import raises, refused
from .waiting import eventually


@pytest.mark.parametrize("role", CASES)
async def test_what_returned_has_happened(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
    role: str,
) -> None:
    """One request goes out, with names, units and spelling as N.I.N.A. wants them, and it counts."""
    for case in CASES[role]:
        with subtests.test(case.name):
            prepare(observatory, case.prepare)
            assert not case.done(observatory)
            await call(hass, unhurried, case.action, **case.data)
            assert case.done(observatory)
            assert sent(observatory) == [case.request]


WITHOUT_WAITING = ("find_home", "move_focuser", "change_filter", "cool", "slew_dome")


@pytest.mark.parametrize("action", WITHOUT_WAITING)
async def test_without_waiting(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, action: str
) -> None:
    """The action returns as soon as it was sent, and is watched anyway."""
    case: ActionCase = next(
        case for cases in CASES.values() for case in cases if case.action == action
    )
    prepare(observatory, case.prepare)
    await call(hass, unhurried, action, **case.data, wait=False)
    assert sent(observatory) == [case.request]
    assert not case.done(observatory)
    await eventually(lambda: case.done(observatory))


async def test_slewing(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """J2000 degrees go out as they are; the mount then points there in its own equinox."""
    prepare(observatory, standing)
    target = high(observatory, -3.5)
    await call(hass, unhurried, "slew", **degrees(target))
    assert away(observatory, target) < 0.05
    assert observatory.mount.tracking
    ((path, parameters),) = sent(observatory)
    assert path == "/equipment/mount/slew"
    assert float(parameters.pop("ra")) == pytest.approx(target.ra_degrees)
    assert float(parameters.pop("dec")) == pytest.approx(target.dec_degrees)
    assert parameters == {
        "waitForResult": "false",
        "center": "false",
        "rotate": "false",
        "rotationAngle": "0",
    }
    await call(hass, unhurried, "slew", **degrees(target))
    assert len(sent(observatory)) == 1


async def test_slewing_by_text(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Sexagesimal text means what an atlas means by it."""
    prepare(observatory, standing)
    target = high(observatory, -3.0)
    seconds = round(target.ra_hours * 3600)
    text = f"{seconds // 3600:02}h{seconds // 60 % 60:02}m{seconds % 60:02}s"
    minutes = round(target.dec_degrees * 60)
    await call(
        hass,
        unhurried,
        "slew",
        right_ascension=text,
        declination=f"+{minutes // 60}°{minutes % 60:02}′00″",
    )
    assert away(observatory, target) < 0.05


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"center": True}, {"center": "true", "rotate": "false", "rotationAngle": "0"}),
        (
            {"rotate": True, "rotation": 30},
            {"center": "false", "rotate": "true", "rotationAngle": "30.0"},
        ),
    ],
)
async def test_centering_is_judged_by_the_state(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    fields: dict[str, Any],
    expected: dict[str, str],
) -> None:
    """N.I.N.A. reports "Slew failed" when it succeeded; the mount reports where it is."""

    def under_stars(o: Observatory) -> None:
        """Have an open roof, so that the sky can be solved."""
        o.dome.put_shutter(1.0)
        standing(o)
        synced(o)

    prepare(observatory, under_stars)
    target = high(observatory, -3.5)
    await call(hass, unhurried, "slew", **degrees(target), **fields)
    assert away(observatory, target) < 0.05
    ((_, parameters),) = sent(observatory)
    assert parameters.items() >= {"waitForResult": "true", **expected}.items()
    assert observatory.ledger.calls("/equipment/mount/slew")[0].code == 200


async def test_centering_that_failed(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Under a closed roof there is nothing to solve."""
    prepare(observatory, standing)
    with raises("slew_mount_refused"):
        await call(hass, unhurried, "slew", **degrees(high(observatory, -3.5)), center=True)


@pytest.mark.parametrize("center", [False, True])
async def test_a_mount_that_ignores_a_slew(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, center: bool
) -> None:
    """Whatever N.I.N.A. answers, a mount that stays where it was did not slew."""
    prepare(observatory, unparked)
    async with observatory.faults.during("ignored", device="mount"):
        with raises("slew_mount_refused" if center else "slew_mount_unproven"):
            await call(hass, settled, "slew", **degrees(high(observatory, -4.0)), center=center)


async def test_what_no_slew_reaches(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Below the horizon, parked, without what it takes to rotate: nothing is sent."""
    prepare(observatory, standing)
    target = degrees(high(observatory))
    with refused("target_below_horizon"):
        await call(hass, unhurried, "slew", right_ascension=0, declination=-89)
    with refused("field_missing"):
        await call(hass, unhurried, "slew", **target, rotate=True)
    observatory.rotator.detach()
    with refused("rotator_not_connected"):
        await call(hass, unhurried, "slew", **target, rotate=True, rotation=10)
    observatory.camera.detach()
    with refused("camera_not_connected"):
        await call(hass, unhurried, "slew", **target, center=True)
    prepare(observatory, closed)
    with refused("mount_parked"):
        await call(hass, unhurried, "slew", **target)
    assert sent(observatory) == []


async def test_stopping_ends_a_slew(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """A stop is not kept waiting, and the slew that it ended says so."""
    prepare(observatory, standing)
    observatory.mount.hardware.rate = 0.05
    slew = hass.async_create_task(call(hass, unhurried, "slew", **degrees(high(observatory, -4.0))))
    await eventually(lambda: observatory.mount.hardware.slewing)
    await call(hass, unhurried, "stop_mount")
    assert not observatory.mount.hardware.slewing
    with raises("overtaken"):
        await slew


async def test_a_stop_is_sent_also_when_nothing_seems_to_move(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Between two slews of a centering the mount stands still."""
    prepare(observatory, unparked)
    await call(hass, unhurried, "stop_mount")
    assert sent(observatory) == [("/equipment/mount/slew/stop", {})]


async def test_nothing_disturbs_a_mount_that_parks(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Parking overtakes a slew; nothing else is sent until it is parked."""
    prepare(observatory, slewing)
    observatory.mount.hardware.rate = 0.5
    parking = hass.async_create_task(call(hass, unhurried, "park"))
    await eventually(lambda: observatory.ledger.count("/equipment/mount/park"))
    for action, data in (
        ("find_home", {}),
        ("slew", degrees(high(observatory))),
        ("meridian_flip", {}),
        ("set_tracking", {"mode": "sidereal"}),
    ):
        with refused("park_mount_under_way"):
            await call(hass, unhurried, action, **data)
    await parking
    assert observatory.mount.parked
    assert sent(observatory) == [("/equipment/mount/park", {})]


async def test_synchronizing(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The mount then reads the place that it was told, also if it was near before."""
    prepare(observatory, unparked)
    target = high(observatory, -2.05)
    for _ in range(2):
        await call(hass, unhurried, "sync", **degrees(target))
        assert away(observatory, target) < 0.05
    assert [path for path, _ in sent(observatory)] == ["/equipment/mount/sync"] * 2
    async with observatory.faults.during("ignored", device="mount"):
        unhurried.runtime_data.runner.pace.scale = 1 / 150
        with raises("sync_mount_unproven"):
            await call(hass, unhurried, "sync", **degrees(high(observatory, -3.0)))


async def test_synchronizing_by_solving(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Without a place the sky is solved; half a place is none."""
    prepare(observatory, unparked)
    with refused("field_missing"):
        await call(hass, unhurried, "sync", right_ascension=10)
    await call(hass, unhurried, "sync")
    assert sent(observatory) == [("/equipment/mount/sync", {})]


async def test_a_meridian_flip(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The mount is on the other side of the pier, and tracks."""

    def past_the_meridian(o: Observatory) -> None:
        """Have the mount point west of the meridian, not flipped yet."""
        o.mount.hardware.put(high(o, 0.2))
        o.mount.hardware.side = PierSide.WEST

    prepare(observatory, past_the_meridian)
    await call(hass, unhurried, "meridian_flip")
    assert observatory.mount.hardware.side is PierSide.EAST
    assert sent(observatory) == [("/equipment/mount/flip", {})]
    unhurried.runtime_data.runner.pace.scale = 1 / 150
    with raises("meridian_flip_unproven"):
        await call(hass, unhurried, "meridian_flip")


async def test_opening_the_roof_in_spite_of_a_monitor_that_is_gone(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Refused while nobody knows whether it is safe, unless that is overridden."""
    prepare(observatory, closed)
    observatory.safety_monitor.detach()
    with refused("not_safe_monitor_disconnected"):
        await call(hass, unhurried, "open_roof")
    assert sent(observatory) == []
    await call(hass, unhurried, "open_roof", override=True)
    assert observatory.dome.opening == 1.0


async def test_opening_the_roof_without_a_fresh_word_of_the_monitor(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """N.I.N.A. answers, but its monitor cannot be read: what was safe is soon not."""
    prepare(observatory, closed)
    freshness = "custom_components.nina_observatory.readings.safety.SAFETY_FRESHNESS"
    monkeypatch.setattr(freshness, timedelta(seconds=0.01))
    await observatory.faults.start("broken_info", device="safety_monitor")
    with refused("not_safe_stale"):
        await call(hass, unhurried, "open_roof")
    assert sent(observatory) == []
    await call(hass, unhurried, "open_roof", override=True)
    assert observatory.dome.opening == 1.0


async def test_no_override_against_a_monitor_that_says_unsafe(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """N.I.N.A. itself would refuse silently, so that is said instead."""
    prepare(observatory, closed)
    observatory.safety_monitor.is_safe = False
    observatory.safety_monitor.refresh()
    with refused("not_safe_unsafe"):
        await call(hass, unhurried, "open_roof")
    with refused("override_impossible"):
        await call(hass, unhurried, "open_roof", override=True)
    assert sent(observatory) == []
    assert observatory.dome.opening == 0.0


async def test_an_autofocus_that_nobody_waits_for(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """It runs when the action returns, of which there is no report yet."""
    assert await answer(hass, unhurried, "autofocus", wait=False) == {}
    assert observatory.autofocus.running


async def test_an_autofocus_returns_its_report(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The report of this very run, with its best focus."""
    prepare(observatory, under_the_stars)
    response = await answer(hass, unhurried, "autofocus")
    assert response["position"] == pytest.approx(observatory.focuser.position, abs=1)
    assert response["hfr"] > 0
    assert len(response["report"]["points"]) > 3
    assert sent(observatory) == [("/equipment/focuser/auto-focus", {"cancel": "false"})]


@pytest.mark.parametrize(
    ("action", "data", "error"),
    [
        ("change_filter", {"filter": "Infrared"}, "filter_missing"),
        ("set_switch", {"switch": "Nothing", "value": 1}, "switch_unknown"),
        ("set_switch", {"switch": "Voltage", "value": 1}, "switch_unknown"),
        ("set_switch", {"switch": 99, "value": 1}, "switch_unknown"),
        ("set_switch", {"switch": "Dew Heater", "value": 101}, "channel_out_of_range"),
        ("move_rotator", {"position": 10}, "rotator_not_synced"),
        ("trained_flats", {"count": 1, "filter": "Infrared"}, "filter_missing"),
        ("trained_flats", {"count": 1, "binning": "7x7"}, "binning_missing"),
        ("trained_flats", {"count": 1, "gain": 9999}, "field_out_of_range"),
        ("auto_exposure_flats", {"count": 1, "brightness": 60000}, "field_out_of_range"),
        ("sky_flats", {"count": 1, "min_exposure": 3, "max_exposure": 2}, "field_out_of_range"),
        ("sky_flats", {"count": 1, "max_exposure": 2}, "field_missing"),
    ],
)
async def test_what_the_equipment_does_not_have(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    action: str,
    data: dict[str, Any],
    error: str,
) -> None:
    """Names and ranges come from the devices; nothing is sent for others."""
    observatory.ledger.reset()
    with refused(error):
        await call(hass, settled, action, **data)
    assert sent(observatory) == []


async def test_a_channel_whose_name_is_not_unique(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Two channels of one name can be told apart by their numbers only."""
    observatory.switch_hub.writable[1].name = "Telescope"
    observatory.switch_hub.refresh()
    with refused("switch_ambiguous"):
        await call(hass, settled, "set_switch", switch="Telescope", value=0)
    await call(hass, settled, "set_switch", switch="1", value=0)
    assert observatory.switch_hub.writable[1].value == 0


async def test_actions_end_when_home_assistant_stops(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """A slew under way is given up at once."""
    prepare(observatory, standing)
    observatory.mount.hardware.rate = 0.01
    slew = hass.async_create_task(call(hass, unhurried, "slew", **degrees(high(observatory, -4.0))))
    await eventually(lambda: observatory.mount.hardware.slewing)
    unhurried.runtime_data.runner.async_stop()
    async with asyncio.timeout(5):
        with raises("unloaded"):
            await slew

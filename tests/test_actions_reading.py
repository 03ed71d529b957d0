"""The actions of connections and profiles, and those that only read."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory

from .commanding import answer, call, sent
from .errors import raises, refused


async def test_connecting_and_disconnecting(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """One kind of equipment or all of it; what is connected is left alone."""
    observatory.ledger.reset()
    await call(hass, unhurried, "connect", device="camera")
    assert sent(observatory) == []
    await call(hass, unhurried, "disconnect", device="flat_panel")
    assert not observatory.flat_panel.connected
    await call(hass, unhurried, "connect", device="flat_panel")
    assert observatory.flat_panel.connected
    assert sent(observatory) == [
        ("/equipment/flatdevice/disconnect", {}),
        ("/equipment/flatdevice/connect", {}),
    ]
    await call(hass, unhurried, "disconnect", device="all")
    assert not any(device.connected for device in observatory.devices)
    await call(hass, unhurried, "connect", device="all")
    assert all(device.connected for device in observatory.devices)
    with refused("device_id_of_all"):
        await call(hass, unhurried, "connect", device="all", device_id="PHD2_Single")


async def test_devices_to_choose_from(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """They are listed with the ids by which one of them is connected."""
    observatory.ledger.reset()
    for action in ("list_devices", "rescan_devices"):
        devices = (await answer(hass, unhurried, action, device="guider"))["devices"]
        assert [each["id"] for each in devices if each["connected"]] == ["PHD2_Single"]
        devices = (await answer(hass, unhurried, action, device="all"))["devices"]
        assert {each["device"] for each in devices} == {each.role for each in observatory.devices}
    await call(hass, unhurried, "connect", device="guider", device_id="Direct_Guider")
    assert observatory.guider.driver is not None
    assert observatory.guider.driver.device_id == "Direct_Guider"
    assert ("/equipment/guider/connect", {"to": "Direct_Guider"}) in sent(observatory)


async def test_a_device_that_does_not_connect(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """N.I.N.A.'s own words are passed on."""
    await call(hass, unhurried, "disconnect", device="rotator")
    async with observatory.faults.during("failed_connect", device="rotator"):
        with raises("connect_device_refused"):
            await call(hass, unhurried, "connect", device="rotator")
    assert not observatory.rotator.connected


async def test_switching_the_profile(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """By its name or id; a name that is not unique is none."""
    profiles = observatory.profiles.all
    first, second = profiles[0], profiles[1]
    observatory.ledger.reset()
    await call(hass, unhurried, "switch_profile", profile=second.name)
    assert observatory.profile is second
    await call(hass, unhurried, "switch_profile", profile=first.id)
    assert observatory.profile is first
    assert sent(observatory) == [
        ("/profile/switch", {"profileid": second.id}),
        ("/profile/switch", {"profileid": first.id}),
    ]
    with refused("profile_unknown"):
        await call(hass, unhurried, "switch_profile", profile="Nobody's")
    second.name = first.name
    with refused("profile_ambiguous"):
        await call(hass, unhurried, "switch_profile", profile=first.name)
    assert len(sent(observatory)) == 2


async def test_frames_and_events(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """What was saved and what happened, filtered and limited to the newest."""
    for kind in ("light", "dark", "light"):
        await call(hass, unhurried, "capture", exposure=1, image_type=kind, save=True)
    frames = (await answer(hass, unhurried, "get_frames"))["frames"]
    assert [frame["image_type"] for frame in frames] == ["light", "dark", "light"]
    lights = (await answer(hass, unhurried, "get_frames", image_type="light"))["frames"]
    assert [frame["index"] for frame in lights] == [0, 2]
    newest = (await answer(hass, unhurried, "get_frames", limit=1))["frames"]
    assert [frame["index"] for frame in newest] == [2]
    assert (await answer(hass, unhurried, "get_frames", filter="Infrared")) == {"frames": []}
    events = (await answer(hass, unhurried, "get_events", type="image_saved"))["events"]
    assert [event["type"] for event in events] == ["image_saved"] * 3
    (last,) = (await answer(hass, unhurried, "get_events", limit=1))["events"]
    assert last["time"] is not None


async def test_the_log_and_the_moon(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Answers as N.I.N.A. gives them."""
    observatory.ledger.reset()
    lines = (await answer(hass, unhurried, "get_logs", limit=50))["lines"]
    assert lines
    assert set(lines[0]) == {"timestamp", "level", "source", "member", "line", "message"}
    errors = (await answer(hass, unhurried, "get_logs", level="error"))["lines"]
    assert all(line["level"] == "ERROR" for line in errors)
    moon = await answer(
        hass, unhurried, "moon_separation", right_ascension="05h34m32s", declination="+22°"
    )
    assert 0 <= moon["separation"] <= 180
    assert moon["moon_phase"]
    assert observatory.ledger.parameters("/astro-util/moon-separation")[0]["ra"].startswith("83.6")


async def test_a_screenshot(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    tmp_path: Path,
) -> None:
    """A picture is written where Home Assistant may write, and nowhere else."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    path = tmp_path / "pictures" / "nina.jpg"
    response = await answer(hass, unhurried, "screenshot", filename=str(path), width=640)
    assert response["content_type"] == "image/jpeg"
    assert path.stat().st_size == response["size"] > 1000
    with refused("path_not_allowed"):
        await call(hass, unhurried, "screenshot", filename="/etc/nina.jpg")
    (tmp_path / "file").write_text("")
    with raises("file_not_written"):
        await call(hass, unhurried, "screenshot", filename=str(tmp_path / "file" / "nina.jpg"))
    observatory.application.screen_locked = True
    with raises("screenshot_refused"):
        await call(hass, unhurried, "screenshot", filename=str(path))

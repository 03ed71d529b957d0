"""Blueprints: how they are imported, and the messages of those that only send some."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import re
from typing import Any, Final
from urllib.parse import parse_qs

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.blueprint.importer import fetch_blueprint_from_github_url
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import extract_inputs
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Observatory

from .action_cases import under_the_stars
from .blueprints import (
    FOLDER,
    OUTSIDE,
    ROOT,
    Phone,
    device_of,
    installed,
    make_phone,
    notifications,
    take,
    without_picture,
)
from .commanding import answer, prepare
from .states import attributes
from .waiting import eventually

NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.yaml"))
MAIN: Final = "https://github.com/nina-observatory/nina-observatory/blob/main/"
# Another way to notify, with what templates may use.
TELL: Final = {
    "event": "told",
    "event_data": {key: f"{{{{ {key} }}}}" for key in ("title", "message", "picture_url")},
}
STALLED: Final = "binary_sensor.observatory_imaging_stalled"
SEQUENCE: Final = "sensor.observatory_sequence_state"
FLIP: Final = "sensor.observatory_mount_time_to_meridian_flip"


def inputs_of(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of a blueprint, those in sections as well."""
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        found |= inputs_of(value["input"]) if "input" in value else {key: value}
    return found


def test_the_page_imports_each_of_them() -> None:
    """By a link that every Home Assistant opens, under the name that it has there."""
    page = (ROOT / "docs/blueprints.md").read_text(encoding="utf-8")
    found = re.findall(
        r"^\| \[(.+?)\]\(\.\./(.+?)\) \| .+ \| \[Import\]\((.+?)\) \|$", page, re.MULTILINE
    )
    assert len(found) == len(NAMES) == 13
    for name, path, link in found:
        address, _, query = link.partition("?")
        assert address == "https://my.home-assistant.io/redirect/blueprint_import/"
        assert parse_qs(query) == {"blueprint_url": [f"{MAIN}{path}"]}
        text = (ROOT / path).read_text(encoding="utf-8")
        assert text.startswith(f"blueprint:\n  name: {name}\n")
    assert {Path(path).stem for _, path, _ in found} == {*NAMES}


@pytest.mark.parametrize("name", NAMES)
async def test_import(
    hass: HomeAssistant,
    aioclient_mock: AiohttpClientMocker,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    """It is imported from its address without a complaint, and everybody understands its form."""
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, {})
    caplog.clear()
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    path = f"blueprints/automation/nina_observatory/{name}.yaml"
    raw = f"https://raw.githubusercontent.com/nina-observatory/nina-observatory/main/{path}"
    aioclient_mock.get(raw, text=text)  # type: ignore[no-untyped-call]
    address = MAIN + path
    imported = await fetch_blueprint_from_github_url(hass, address)
    blueprint = imported.blueprint
    assert imported.suggested_filename == f"nina-observatory/{name}"
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"] == address
    assert blueprint.metadata["homeassistant"]["min_version"] == "2026.10.0"
    assert blueprint.data["mode"] in ("single", "restart", "queued")
    assert len(blueprint.metadata["description"]) > 80
    inputs = inputs_of(blueprint.metadata["input"])
    assert {*inputs} == extract_inputs(
        {key: value for key, value in blueprint.data.items() if key != "blueprint"}
    )
    for key, each in inputs.items():
        assert each["name"], key
        assert each["selector"], key
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the messages are about, and where they arrive."""

    hass: HomeAssistant
    observatory: Observatory
    entry: MockConfigEntry
    phone: Phone
    told: list[Event[Any]]


async def frames(stage: Stage) -> None:
    """Send every third frame, and one that is sharper than all before."""
    taken = [await take(stage.observatory, stage.entry, focus) for focus in (200, 500, 600, 0)]
    assert taken[3] < taken[0]
    third, fourth = [await stage.phone.next("nina_frame") for _ in range(2)]
    assert without_picture(third)["title"] == "M 31 · L"
    assert third["message"].startswith(f"Frame 3, 30.0 s, HFR {round(taken[2], 2)}, ")
    assert third["message"].endswith(" stars")
    assert fourth["message"].startswith("Sharpest so far: frame 4, 30.0 s, HFR ")
    assert [await stage.phone.open(each) for each in (third, fourth)] == ["image/jpeg"] * 2
    assert third["data"]["image"] != fourth["data"]["image"]
    await eventually(lambda: len(stage.told) == 2)
    assert stage.told[0].data == {
        "title": third["title"],
        "message": third["message"],
        "picture_url": OUTSIDE + third["data"]["image"],
    }


async def sequence(stage: Stage) -> None:
    """Send the summary of the night, and what failed."""
    await stage.observatory.events.emit("SEQUENCE-FINISHED")
    sent = await stage.phone.next("nina_sequence")
    assert await stage.phone.open(sent) == "image/jpeg"
    report = await answer(stage.hass, stage.entry, "get_night_report")
    assert report["frames"] == 4
    assert without_picture(sent) == {
        "title": "The sequence has finished",
        "message": report["summary"],
        "data": {"tag": "nina_sequence"},
    }
    await stage.observatory.events.emit("SEQUENCE-ENTITY-FAILED", Entity="Slew", Error="No")
    sent = await stage.phone.next("nina_sequence")
    assert (sent["title"], sent["message"]) == ("An instruction failed", "Slew")


async def autofocus(stage: Stage) -> None:
    """Show it in Home Assistant where there is no phone."""
    await stage.observatory.events.emit("ERROR-AF")
    shown = notifications(stage.hass)
    tag = f"nina_autofocus_{device_of(stage.hass)}"
    await eventually(lambda: tag in shown)
    assert shown[tag]["title"] == "Autofocus failed"
    message = "Check the focus. The reason may be clouds, or dew on the optics."
    assert shown[tag]["message"] == message


async def stalled(stage: Stage) -> None:
    """Wake whoever wants that."""
    for value in ("off", "on"):
        stage.hass.states.async_set(STALLED, value, attributes(stage.hass, STALLED))
    sent = await stage.phone.next("nina_stalled")
    assert await stage.phone.open(sent) == "image/jpeg"
    assert without_picture(sent) == {
        "title": "Imaging has stalled",
        "message": "The sequence is running, but takes no frames. Check the imaging computer.",
        "data": {
            "tag": "nina_stalled",
            "ttl": 0,
            "priority": "high",
            "channel": "alarm_stream",
            "push": {"sound": {"name": "default", "critical": 1, "volume": 1.0}},
        },
    }


async def flip(stage: Stage) -> None:
    """Send it only while a sequence runs, and once."""
    hass = stage.hass
    began = dt_util.now()
    for running in ("idle", "running"):
        hass.states.async_set(SEQUENCE, running, attributes(hass, SEQUENCE))
        for hours in ("2.0", "0.49", "0.48"):
            shown = {**attributes(hass, FLIP), "unit_of_measurement": "h"}
            hass.states.async_set(FLIP, hours, shown)
            await hass.async_block_till_done(wait_background_tasks=False)
    sent = await stage.phone.next("nina_flip")
    times = {f"{at + timedelta(minutes=30):%H:%M}" for at in (began, dt_util.now())}
    assert sent.pop("message") in {f"The mount flips at about {at}." for at in times}
    assert sent == {"title": "Meridian flip in 30 minutes", "data": {"tag": "nina_flip"}}


async def test_messages(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    subtests: pytest.Subtests,
) -> None:
    """Each is sent once, in these words, and with a picture that opens."""
    phone = make_phone(hass, await hass_client_no_auth())
    common = {"observatory": device_of(hass), "phones": [phone.device]}
    told = async_capture_events(hass, "told")
    prepare(observatory, under_the_stars)
    stage = Stage(hass=hass, observatory=observatory, entry=settled, phone=phone, told=told)
    async with installed(
        hass,
        frame_to_phone={**common, "every": 3, "more": [TELL]},
        sequence_finished=common,
        autofocus_failed={"observatory": common["observatory"]},
        meridian_flip_soon={**common, "minutes": 30},
        imaging_stalled={**common, "critical": True},
    ):
        for play in (frames, sequence, autofocus, stalled, flip):
            with subtests.test(play.__name__):
                await play(stage)
    assert phone.calls == []

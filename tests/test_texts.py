"""Texts of the server in Home Assistant: one line each, no Markdown, no forged line of the log."""

import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import EventType
from custom_components.nina_observatory.const import DOMAIN, LOGGER
from custom_components.nina_observatory.logbook import message

from .blocks import connected
from .commanding import answer
from .conftest import SPEED, set_up, unload
from .recorded import BLOCK_OF, RecordedObservatory
from .reporting import make_report
from .rigs import recorded_rig
from .test_report import frame

# What a server could send that wants to be more than a text.
HOSTILE = (
    "Refused\r\n2026-02-24 22:00:00.000 ERROR (MainThread) [homeassistant.core] forged\x1b[2J"
    "\u202e [click](http://evil.example) **now** <b>www.evil.example</b>" + "x" * 5000
)


def is_plain(text: str | None) -> bool:
    """Return whether a text is one bounded line."""
    return text is not None and text.isprintable() and len(text) <= 1000


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration logged."""
    return [each.getMessage() for each in caplog.records if each.name == LOGGER.name]


@pytest.mark.usefixtures("socket_enabled")
async def test_in_the_log(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can write lines of their own."""
    caplog.set_level(logging.DEBUG)
    async with recorded_rig(hass, connected()) as rig:
        rig.server.refusals |= dict.fromkeys(["equipment/info", *BLOCK_OF], HOSTILE)
        await rig.poll_until(lambda: rig.binary("hub_reachable") == "off")
    (gone,) = [line for line in lines(caplog) if "is not responding" in line]
    assert gone.startswith("Observatory is not responding: Refused 2026-02-24")
    assert all(map(is_plain, lines(caplog)))


@pytest.mark.usefixtures("socket_enabled")
async def test_in_the_registries(hass: HomeAssistant) -> None:
    """Drivers and channels have names of one line."""
    hostile = connected()
    hostile["Camera"] |= {"Name": HOSTILE, "DisplayName": HOSTILE, "DriverVersion": HOSTILE}
    channel = hostile["Switch"]["WritableSwitches"][0]
    channel["Name"] = HOSTILE
    async with recorded_rig(hass, hostile, {"version/nina": HOSTILE}) as rig:
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), rig.entry.entry_id)
        named = {each.model: each.sw_version for each in devices}
        assert len([model for model in named if model and model.startswith("Refused 2026")]) == 1
        for device in devices:
            assert is_plain(device.model)
            assert device.sw_version is None or is_plain(device.sw_version)
        names = [each.name for each in rig.states().values()]
        assert any("Refused 2026" in name for name in names)
        assert all(map(is_plain, names))


@pytest.mark.usefixtures("socket_enabled")
async def test_in_errors_and_repair_issues(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """An error is a readable line; where Markdown is rendered it is text as well."""
    open_roof = connected()
    open_roof["Dome"] |= {"ShutterStatus": "ShutterOpen", "CanSetShutter": True}
    options = {
        "secure_steps": ["close_roof"],
        "roof_interlock": "allow",
        "secure_unparked": "close_anyway",
    }
    async with RecordedObservatory(open_roof) as server:
        server.refusals["equipment/dome/close"] = HOSTILE
        data = {"host": "127.0.0.1", "port": server.port}
        entry = MockConfigEntry(domain=DOMAIN, title="Observatory", data=data, options=options)
        await set_up(hass, entry)
        entry.runtime_data.runner.pace.scale = 1 / SPEED
        with pytest.raises(HomeAssistantError) as raised:
            await answer(hass, entry, "secure")
        assert is_plain(str(raised.value))
        assert "Refused 2026-02-24" in str(raised.value)
        assert "[click](http://evil.example)" in str(raised.value)
        issues = [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]
        told = [
            value
            for issue in issues
            for value in (issue.translation_placeholders or {}).values()
            if "Refused" in value
        ]
        assert told
        for text in told:
            assert is_plain(text)
            assert r"\[click\](http\://evil.example) \*\*now\*\*" in text
        await unload(hass, entry)
    assert all(map(is_plain, lines(caplog)))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (EventType.CUSTOM, {"text": HOSTILE}),
        (EventType.SEQUENCE_ENTITY_FAILED, {"entity": HOSTILE, "error": HOSTILE}),
        (EventType.FILTER_CHANGED, {"previous": {"name": HOSTILE}, "new": {"name": "L"}}),
        (EventType.IMAGE_SAVED, {"image_statistics": {"target_name": HOSTILE}}),
    ],
)
async def test_in_the_logbook(
    hass: HomeAssistant, kind: EventType, data: dict[str, object]
) -> None:
    """A line of the diary is a line."""
    assert is_plain(message(hass, {"type": kind, "data": data}))
    assert is_plain(message(hass, {"type": EventType.OTHER, "name": HOSTILE, "data": {}}))


def test_in_the_report() -> None:
    """The report is Markdown, what was typed as the name of a target is not."""
    report = make_report([frame(5, target_name=HOSTILE), frame(10)], [])
    assert is_plain(report.summary)
    rows = [line for line in report.markdown.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    (row,) = [line for line in rows if "Refused" in line]
    assert r"\[click\](http\://evil.example) \*\*now\*\* \<b\>www\.evil" in row
    assert make_report([], []).markdown == "No light frames."

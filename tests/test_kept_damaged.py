"""Files that were damaged on the disk: put aside or mended, and never in the way of anything."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from io import BytesIO
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.actions.choices import Choice
from custom_components.nina_observatory.actions.form import FORMS
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.diagnostics import async_get_config_entry_diagnostics
from scripts._fuzz.judge import judge_state
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .states import NOT_SAFE, state
from .test_night_watch import KEPT as NIGHT_WATCH
from .waiting import eventually

NOW: Final = datetime.now(UTC).replace(microsecond=0)
LONG_AGO: Final = "0001-01-01T00:00:00+00:00"
TO_COME: Final = ("2199-12-30T00:00:00+00:00", "9999-12-31T23:59:59-12:00")


def ago(hours: float) -> str:
    """Return a time so many hours ago."""
    return (NOW - timedelta(hours=hours)).isoformat()


def jpeg() -> str:
    """Return a picture as it is kept."""
    data = BytesIO()
    Image.new("L", (8, 8)).save(data, "JPEG")
    return b64encode(data.getvalue()).decode()


# As earlier releases saved it, without the number of its stars.
FRAME: Final = (ago(3), "1.fits", "L", "M 31", 300.0, 2.0, None)
KEPT: Final[dict[str, dict[str, Any]]] = {
    "night": {
        "told": "",
        "told_frames": 0,
        "frames": [list(FRAME)],
        "marks": {"own": [["unsafe", ago(2.5)]], ago(9): [["sequence_started", ago(3.5)]]},
    },
    "guard": {
        "armed": True,
        "shutter": "open",
        "seen_at": ago(1),
        "exposed_since": ago(0.5),
        "notified": False,
        "closed_by_guard": False,
        "held": ["rain"],
        "unknown": {"binary_sensor.rain": ago(1)},
    },
    "watch": NIGHT_WATCH,
    "roof": {
        "reading": "open",
        "seen_at": ago(1),
        "device_id": "x",
        "failed": None,
        "demanded": True,
        "told": False,
        "attempts": 1,
    },
    "choices": {"filters": {"Ha": "Ha"}},
    "site": {"latitude": 47.2, "longitude": 11.4},
    "integration": {
        "targets": {"M 31": {"L": [1, 300.0]}},
        "listed": {"0123456789abcdef": 739000},
    },
    "movements": {"habits": {"open_shutter:x": {"announced": True, "durations": [20.0]}}},
    "fact_frame": {
        "frame": {"Date": ago(3), "Filename": "1.fits", "ImageType": "LIGHT", "HFR": 2.0},
        "hfr": 3.1,
        "earlier": {},
        "listed": {
            "night": ago(12)[:10],
            "started_at": ago(4),
            "total": [1, 300.0, 1, 2.0, 2.0],
            "by_filter": [["L", [1, 300.0, 1, 2.0, 2.0]]],
            "by_target": [["M 31", [1, 300.0, 1, 2.0, 2.0]]],
        },
    },
    "fact_autofocus": {"report": {"Timestamp": ago(3), "Filter": "L", "Duration": "0.00:03:00"}},
    "fact_plan": {
        "read_at": ago(3),
        "profile": {"Id": "p", "Name": "Profile"},
        "projects": [
            {
                "project": {"Id": "1", "Name": "Galaxies", "State": "Active"},
                "read": True,
                "targets": [{"Id": "2", "Name": "M 31", "Active": True}],
            }
        ],
        "others": [],
        "imaged": [["M 31", "Galaxies", ago(3), ago(2), True]],
        "previewed": "p",
        "preview": [{"Id": "2", "Name": "M 31", "StartTime": ago(3), "EndTime": ago(1)}],
    },
    "fact_picture": {"frame": "0" * 16, "taken_at": ago(3), "width": 8, "jpeg": jpeg()},
    "fact_frames": {
        "frames": [{"Date": ago(3), "Filename": "1.fits", "ImageType": "LIGHT", "HFR": 2.0}]
    },
    "identity": {"installed": ["a", "b"], "used": ["a"]},
    "events": {"begun": True, "whole": True, "run": ago(9), "accounted": 3, "heard": {"ab": 1}},
}


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Override what the harness does: all is kept on the disk."""
    return {}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Return the folder where all is kept."""
    folder = tmp_path / ".storage"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def entry(observatory: Observatory) -> MockConfigEntry:
    """Return an entry with a roof guard and a night watch, which is not set up yet."""
    return make_entry(observatory, roof_guard="unsafe", night_watch=True)


def path_of(folder: Path, entry: MockConfigEntry, kind: str) -> Path:
    """Return where something is kept."""
    return folder / f"{DOMAIN}.{entry.entry_id}.{kind}"


def content_of(kind: str, **changed: Any) -> bytes:
    """Return what is on the disk, with some of it changed."""
    return json_bytes(
        {"version": 1, "minor_version": 1, "key": kind, "data": {**KEPT[kind], **changed}}
    )


async def works(hass: HomeAssistant, entry: MockConfigEntry, caplog: Any) -> None:
    """Set up an entry, check everything that shows, and unload it."""
    await set_up(hass, entry)
    listener = entry.runtime_data.listener
    await eventually(lambda: listener.connected and listener.caught_up)
    await entry.runtime_data.facts.gallery.async_frames()
    await hass.async_block_till_done(wait_background_tasks=False)
    for shown in hass.states.async_all():
        judge_state(shown)
    assert state(hass, NOT_SAFE) == "off"
    json_bytes(await async_get_config_entry_diagnostics(hass, entry))
    json_bytes((await entry.runtime_data.nights.async_report()).as_data())
    await unload(hass, entry)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert "Error writing" not in caplog.text
    assert [each for each in caplog.records if each.exc_info and DOMAIN in each.name] == []


# What may be in any of the files instead of what was written.
CONTENTS: Final = (
    b"",
    b"null",
    b"[]",
    b"5",
    b"{}",
    b'"text"',
    b"\xff\xfe\x00broken",
    b"\x00" * 500,
    b'{"version":1,"minor_version":1,"key":"x","data":null}',
    b'{"version":1,"minor_version":1,"key":"x","data":[1]}',
    b'{"version":"1","minor_version":[],"key":"x","data":{}}',
    b"[" * 50_000,
)


# Each turn has all contents.
@pytest.mark.parametrize(
    "turn", [0, *(pytest.param(each, marks=pytest.mark.newest) for each in range(1, len(CONTENTS)))]
)
async def test_files_of_another_content(
    hass: HomeAssistant,
    stored: Path,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    turn: int,
) -> None:
    """Nothing of them is known; what is kept from now on is read again.

    All files are damaged, each in another way; in the end each was in every way.
    """
    for place, kind in enumerate(KEPT, turn):
        path_of(stored, entry, kind).write_bytes(CONTENTS[place % len(CONTENTS)])
    await works(hass, entry, caplog)
    caplog.clear()
    await works(hass, entry, caplog)
    assert "was set aside" not in caplog.text


def put_aside_before(aside: Path, what: str) -> None:
    """Have something where a file is put aside."""
    if what == "a file":
        aside.write_text("before")
    elif what == "a folder":
        aside.mkdir()
        (aside / "file").write_text("before")


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        ("guard", "nothing"),
        ("guard", "a file"),
        ("guard", "a folder"),
        *(
            pytest.param(kind, "nothing", marks=pytest.mark.newest)
            for kind in KEPT
            if kind != "guard"
        ),
    ],
)
async def test_a_folder_in_its_place(
    hass: HomeAssistant,
    stored: Path,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    before: str,
) -> None:
    """It is put aside, whatever was put aside before; what comes is kept again."""
    path = path_of(stored, entry, kind)
    put_aside_before(path.with_name(f"{path.name}.unreadable"), before)
    path.mkdir()
    (path / "file").write_text("inside")
    await works(hass, entry, caplog)
    assert caplog.text.count("was set aside") == 1
    assert not path.is_dir()


@pytest.mark.parametrize("before", ["a file", "a folder"])
async def test_a_file_where_another_was_put_aside(
    hass: HomeAssistant,
    stored: Path,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    before: str,
) -> None:
    """The last one stays to be looked at."""
    path = path_of(stored, entry, "guard")
    aside = path.with_name(f"{path.name}.unreadable")
    put_aside_before(aside, before)
    path.write_bytes(content_of("guard", held=5))
    await works(hass, entry, caplog)
    assert aside.read_bytes() == content_of("guard", held=5)


async def test_a_file_that_may_not_be_read(
    hass: HomeAssistant,
    stored: Path,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever owns it, it is put aside."""
    path = path_of(stored, entry, "night")
    path.write_bytes(content_of("night"))
    opened = open

    def refuse(file: Any, *arguments: Any, **named: Any) -> Any:
        """Refuse to open that file."""
        if str(file) == str(path):
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *arguments, **named)

    monkeypatch.setattr("builtins.open", refuse)
    await works(hass, entry, caplog)
    assert path.with_name(f"{path.name}.unreadable").read_bytes() == content_of("night")


# Home Assistant hands over what is in the files: those of another content show that it does.
@pytest.mark.newest
@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        *(("guard", {key: when}) for key in ("seen_at", "exposed_since") for when in TO_COME),
        ("guard", {"seen_at": LONG_AGO, "exposed_since": LONG_AGO, "unknown": {"a": LONG_AGO}}),
        ("guard", {"unknown": {"": ago(1), "binary_sensor.none": ago(1), "☃" * 3000: ago(1)}}),
        ("guard", {"held": "rain", "unknown": {}}),
        ("guard", {"held": [None, 5, {}], "armed": "no"}),
        ("guard", {"seen_at": 5}),
        ("guard", {"seen_at": "2026-02-24T22:00:00"}),
        *(("watch", {"since": when, "counting": {"guiding_lost": when}}) for when in TO_COME),
        ("watch", {"since": LONG_AGO, "counting": {"guiding_lost": LONG_AGO}}),
        ("watch", {"mode": "home", "problems": 5}),
        ("watch", {"triggered": "no", "runs": ["☃" * 3000, None], "counting": {}}),
        ("watch", {"triggered": True, "cause": None}),
        ("watch", {"since": "2026-02-24T22:00:00"}),
        *(("roof", {"seen_at": when}) for when in (*TO_COME, LONG_AGO)),
        ("roof", {"attempts": 10**18}),
        ("roof", {"attempts": -5}),
        ("roof", {"attempts": "1", "device_id": "☃" * 3000}),
        ("events", {"accounted": 10**18, "heard": {"ab": 10**18}}),
        ("events", {"accounted": 1e300}),
        ("events", {"accounted": 1e18, "heard": {"ab": 1e30}}),
        ("events", {"run": TO_COME[0]}),
        ("events", {"heard": [["ab", 1]]}),
        ("movements", {"habits": {"☃" * 3000: {"announced": 5, "durations": [1] * 500}}}),
        ("movements", {"habits": {"x": {"announced": True, "durations": "12"}}}),
        ("site", {"latitude": 1e300}),
        ("site", {"longitude": None}),
        ("integration", {"targets": {"☃" * 3000: {"☃" * 3000: [1, 300.0]}}}),
        ("integration", {"targets": {"M 31": {"L": [10**18, 300.0]}}}),
        ("integration", {"listed": {"ab": 10**18}}),
        ("night", {"told": "9999"}),
        ("night", {"told": TO_COME[0][:10], "told_frames": 10**18}),
        ("night", {"told": "~~~", "told_frames": -1}),
        ("night", {"told": [], "told_frames": "7"}),
        ("night", {"marks": {"own": [["☃" * 3000, TO_COME[0]], ["unsafe", LONG_AGO]]}}),
        ("night", {"marks": {"own": "ab"}}),
        ("night", {"marks": {"own": [["unsafe", ago(1), 1]]}}),
        ("night", {"frames": [["", *FRAME[1:]]]}),
        *(("night", {"frames": [[*FRAME, stars]]}) for stars in ("many", [5], 1e300, -1)),
        ("night", {"frames": [[*FRAME, 500, 5]]}),
        ("night", {"frames": {"a": 1}}),
        *(("fact_frame", {"frame": {"Date": when, "ImageType": "LIGHT"}}) for when in TO_COME),
        ("fact_frame", {"frame": {"Date": ago(1), "ImageType": 5, "HFR": "NaN"}, "hfr": 1e300}),
        ("fact_frame", {"frame": [], "listed": 5, "earlier": "odd"}),
        ("fact_frame", {"listed": {"night": "9999", "started_at": TO_COME[0], "total": [1e18]}}),
        ("fact_frame", {"listed": {**KEPT["fact_frame"]["listed"], "total": [10**18, -1, "x"]}}),
        ("fact_autofocus", {"report": {"Timestamp": TO_COME[0]}}),
        ("fact_autofocus", {"report": {"Timestamp": ago(1), "MeasurePoints": "odd"}}),
        ("fact_autofocus", {"report": [5]}),
        ("fact_plan", {"projects": [None, {"project": 5, "targets": [None, {"Id": []}]}]}),
        ("fact_plan", {"projects": 5, "others": "odd", "preview": [5, {"StartTime": 5}]}),
        ("fact_plan", {"read_at": TO_COME[0]}),
        ("fact_plan", {"imaged": [5, [], ["M 31", 5, "odd", ago(1)], [None] * 9]}),
        ("fact_plan", {"imaged": [["M 31", "", TO_COME[0], TO_COME[0], 5]]}),
        ("fact_plan", {"profile": {"Id": "☃" * 3000}, "previewed": 5}),
        ("fact_picture", {"jpeg": "not base64"}),
        ("fact_picture", {"jpeg": b64encode(b"not a picture").decode()}),
        ("fact_picture", {"taken_at": TO_COME[0]}),
        ("fact_picture", {"frame": 5, "width": -1}),
        ("fact_frames", {"frames": [None, 5, {}, {"Date": TO_COME[0], "ImageType": "LIGHT"}]}),
        ("fact_frames", {"frames": {"a": 1}}),
        ("fact_frames", {"frames": [{"Date": LONG_AGO, "ImageType": "LIGHT", "HFR": -1}]}),
    ],
)
async def test_values_that_cannot_be(
    hass: HomeAssistant,
    stored: Path,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    changed: dict[str, Any],
) -> None:
    """The right shape with wrong values deep inside."""
    for each in KEPT:
        path_of(stored, entry, each).write_bytes(
            content_of(each, **(changed if each == kind else {}))
        )
    await works(hass, entry, caplog)
    for each in KEPT:
        path = path_of(stored, entry, each)
        aside = path.with_name(f"{path.name}.unreadable")
        assert aside.exists() or json.loads(path.read_bytes())["version"] == 1
    written = json.loads(path_of(stored, entry, "night").read_bytes())
    assert written["data"]["told"] <= NOW.date().isoformat()


async def test_a_kept_frame_of_the_future_hides_no_night(
    hass: HomeAssistant,
    stored: Path,
    entry: MockConfigEntry,
    observatory: Observatory,
) -> None:
    """The night of now has its report, and is the one that is kept."""
    when = TO_COME[0]
    frames = [[when, "odd.fits", "L", "Odd", 300.0, 2.0, None]]
    path_of(stored, entry, "night").write_bytes(
        content_of("night", frames=[*KEPT["night"]["frames"], *frames], told=when[:10])
    )
    await set_up(hass, entry)
    report = await entry.runtime_data.nights.async_report()
    assert (report.total.frames, report.targets[0].target) == (1, "M 31")
    await unload(hass, entry)
    del observatory


async def test_lists_whose_save_is_due(
    hass: HomeAssistant, entry: MockConfigEntry, stored: Path
) -> None:
    """They do not come back after the entry was removed; otherwise they are there soon."""
    path = path_of(stored, entry, "choices")
    await set_up(hass, entry)
    known = hass.data[FORMS]._known[entry.entry_id]
    await eventually(lambda: Choice.TARGETS in known)
    assert not path.exists()
    await hass.config_entries.async_remove(entry.entry_id)
    await asyncio.sleep(30)
    await hass.async_block_till_done()
    assert not path.exists()
    again = MockConfigEntry(domain=DOMAIN, data=entry.data)
    await set_up(hass, again)
    await eventually(path_of(stored, again, "choices").exists)
    await unload(hass, again)

"""The report of a night, as a pure function of its frames and of what happened."""

from datetime import UTC, datetime, timedelta, timezone
import re
from string import Formatter
from typing import Any, override
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import EventType, Frame, ImageType, NinaEvent
from custom_components.nina_observatory.night import report as report_module
from custom_components.nina_observatory.night.report import (
    MOST_INTERRUPTIONS,
    Report,
)
from custom_components.nina_observatory.night.report_text import ReportTexts
from custom_components.nina_observatory.readings.night_marks import (
    CONNECTION_FOUND,
    CONNECTION_LOST,
    GUIDING_FOUND,
    GUIDING_LOST,
    SAFE,
    UNSAFE,
    Mark,
)
from custom_components.nina_observatory.roof.detector import RoofMovement

from .reporting import ENGLISH, make_report

ZONE = timezone(timedelta(hours=1))
NIGHT = datetime(2026, 2, 24, 22, tzinfo=ZONE)


def frame(minute: float, **more: Any) -> Frame:
    """Return a light frame that was saved so many minutes after ten in the evening."""
    given: dict[str, Any] = {
        "filename": f"{minute}.fits",
        "target_name": "M 31",
        "filter": "L",
        "exposure_time": 300.0,
        "hfr": 2.0,
        "rms_text": 'Tot: 0.40 (0.80")',
    }
    date = NIGHT + timedelta(minutes=minute)
    return Frame(**{"date": date, "image_type": ImageType.LIGHT, **given, **more})


def mark(kind: str, minute: float) -> Mark:
    """Return something that happened so many minutes after ten."""
    return Mark(kind=kind, at=(NIGHT + timedelta(minutes=minute)).astimezone(UTC))


FRAMES = (
    frame(5),
    frame(10, filter="R", hfr=2.4),
    frame(70, target_name="NGC 7000", exposure_time=600.0, hfr=None, rms_text=None),
    frame(80, target_name="NGC 7000", rms_text='Tot: 0.60 (1.20")'),
)
MARKS = (
    mark(EventType.AUTOFOCUS_STARTED, -20),
    mark(EventType.AUTOFOCUS_FINISHED, -17),
    mark(UNSAFE, 20),
    mark(SAFE, 41),
    mark(EventType.MERIDIAN_FLIP_STARTED, 50),
    mark(EventType.MERIDIAN_FLIP_FINISHED, 54),
    mark(EventType.AUTOFOCUS_STARTED, 56),
    mark(EventType.AUTOFOCUS_STARTED, 60),
    mark(EventType.SEQUENCE_FINISHED, 85),
)
# In the table, a number and its unit stay in one line.
MARKDOWN = """\
**Night of February 24, 2026**

4 light frames, 25 min, 22:00–23:25

| Target | Filter | Frames | Integration | HFR |
|---|---|--:|--:|--:|
| M 31 | L | 1 | 5\N{NO-BREAK SPACE}min | 2.00\N{NO-BREAK SPACE}px |
| M 31 | R | 1 | 5\N{NO-BREAK SPACE}min | 2.40\N{NO-BREAK SPACE}px |
| NGC 7000 | L | 2 | 15\N{NO-BREAK SPACE}min | 2.00\N{NO-BREAK SPACE}px |

- HFR: 2.13 px average, 2.00 px best
- Guiding: 0.93″ average, 1.20″ worst
- Autofocus: 1 succeeded, 2 failed
- Interruptions:
  - 22:20–22:41: unsafe (21 min)
  - 22:50–22:54: meridian flip (4 min)"""


def test_a_night_of_hundreds_of_targets() -> None:
    """It can be reported, and read, anyway."""
    frames = [frame(minute, target_name=f"NGC {minute:05}") for minute in range(300)]
    report = make_report(frames, [])
    assert report.summary.startswith("300 light frames of 300 targets, ")
    assert report.markdown.count("| NGC ") == 40
    assert "| Others: 260 | | | | |" in report.markdown
    assert len(report.targets) == len(report.as_data()["targets"]) == 300
    assert len(report.markdown) < 4000


def test_the_whole_night() -> None:
    """In words for a notification."""
    report = make_report(FRAMES, MARKS)
    assert report.markdown == MARKDOWN
    assert report.summary == "4 light frames of M 31, NGC 7000, 25 min, HFR 2.13 px"


TEXT = """\
4 light frames, 25 min, 22:00–23:25
M 31: L × 1, R × 1, 10 min
NGC 7000: L × 2, 15 min
HFR: 2.13 px average, 2.00 px best
Guiding: 0.93″ average, 1.20″ worst
Autofocus: 1 succeeded, 2 failed
Interruptions:
22:20–22:41: unsafe (21 min)
22:50–22:54: meridian flip (4 min)"""


def test_for_a_phone() -> None:
    """Without the marks of a table, which a phone would show as they are."""
    report = make_report(FRAMES, MARKS)
    assert report.text == report.as_data()["text"] == TEXT
    many = make_report([frame(n, target_name=f"NGC {n:05}") for n in range(300)], [])
    assert len(many.text.splitlines()) == 16
    assert "Others: 290" in many.text.splitlines()
    assert make_report([], []).text == "No light frames"


HAPPENED = (
    *MARKS,
    *(mark(kind, 90 + n) for n, kind in enumerate(RoofMovement)),
    mark(GUIDING_LOST, 60),
    mark(GUIDING_FOUND, 60.5),
    mark(CONNECTION_LOST, 80),
)


def test_no_word_is_in_the_code() -> None:
    """All of them come from the translations, each template with all of its values."""
    asked: dict[str, set[str]] = {}

    class Asked(dict[str, str]):
        """Templates that take note of what is asked for."""

        @override
        def get(self, key: str, _default: str = "") -> Any:  # type: ignore[override]
            """Return a template that shows none of the letters of its key."""
            used = asked.setdefault(key, set())

            class Template(str):
                """A template that takes note of its values."""

                __slots__ = ()

                @override
                def format(self, **values: object) -> str:  # type: ignore[override]
                    """Return the values alone."""
                    used.update(values)
                    return " ".join(f"{value}" for value in values.values())

            return Template()

    texts = ReportTexts(Asked())
    before, after, turned = 2, 1, CLOCKS[0][3]
    nights = [
        changing(before, after, turned, "Asia/Tokyo", (-1, -0.2), texts),
        *(
            report_module.make_report(frames, happened, likely, texts)
            for frames, happened, likely in (
                (FRAMES, HAPPENED, None),
                ([frame(5, target_name="1", filter="2", exposure_time=20.0)], [], None),
                (
                    [frame(n, target_name=f"{n}", hfr=None, rms_text=None) for n in range(50)],
                    [],
                    None,
                ),
                ([frame(5, date=(NIGHT + timedelta(minutes=5)).astimezone(UTC))], HAPPENED, ZONE),
                ([], [], None),
            )
        ),
    ]
    for report in nights:
        for text in (report.summary, report.markdown, report.text):
            words = re.sub(r"NGC|M |\bL\b|\bR\b", "", text)
            assert not re.search("[A-Za-z]", words), text
    months = {f"month_{number}" for number in range(1, 13)}
    assert {*asked} | months == {*ENGLISH.templates}
    for key, text in ENGLISH.templates.items():
        named = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert named == asked.get(key, set()), key


def test_a_translation_with_other_placeholders() -> None:
    """It costs its own values, never the report."""
    broken = {
        "summary": "{frames} {nothing}",
        "frames_other": "{0}",
        "duration": "{",
        "title": "{month.x}",
    }
    report = report_module.make_report(FRAMES, MARKS, None, ReportTexts(broken))
    assert report.summary == "{frames} {nothing}"
    assert "{month.x}" in report.markdown
    assert report.text


def test_counts_in_a_language_with_three_plural_forms() -> None:
    texts = ReportTexts(
        {
            "summary": "{frames}",
            "frames_one": "{count} klatka",
            "frames_few": "{count} klatki",
            "frames_many": "{count} klatek",
        },
        "pl",
    )
    for count, told in {1: "1 klatka", 22: "22 klatki", 25: "25 klatek"}.items():
        frames = [frame(minute) for minute in range(count)]
        assert report_module.make_report(frames, [], None, texts).summary == told


def test_as_data() -> None:
    """Everything that is in the words, for templates."""
    data = make_report(FRAMES, MARKS).as_data()
    assert data["night"] == "2026-02-24"
    assert data["started_at"] == "2026-02-24T22:00:00+01:00"
    assert data["ended_at"] == "2026-02-24T23:25:00+01:00"
    assert (data["frames"], data["integration_time"]) == (4, 1500.0)
    andromeda, america = data["targets"]
    assert andromeda["target"] == "M 31"
    assert andromeda["filters"]["R"]["average_hfr"] == 2.4
    assert (america["frames"], america["integration_time"], america["best_hfr"]) == (2, 900.0, 2.0)
    assert {name: part["frames"] for name, part in data["filters"].items()} == {"L": 3, "R": 1}
    assert data["guiding_rms"] == pytest.approx(2.8 / 3)
    assert data["worst_guiding_rms"] == 1.2
    assert data["autofocus"] == {"done": 1, "failed": 2}
    assert [each["kind"] for each in data["interruptions"]] == ["unsafe", "meridian_flip"]
    assert data["interruptions"][0]["end"] == "2026-02-24T21:41:00+00:00"
    assert data["markdown"] == MARKDOWN


@pytest.mark.parametrize(
    ("marks", "failed"),
    [
        ([mark(EventType.AUTOFOCUS_STARTED, 10)], 1),
        ([mark(EventType.AUTOFOCUS_STARTED, 70)], 0),
        ([mark(EventType.AUTOFOCUS_STARTED, 70), mark(EventType.AUTOFOCUS_FINISHED, 72)], 0),
        ([mark(EventType.AUTOFOCUS_STARTED, 70), mark(EventType.SEQUENCE_FINISHED, 85)], 1),
    ],
)
def test_an_autofocus_that_may_still_run(marks: list[Mark], failed: int) -> None:
    """After the last frame it has not failed yet, unless the sequence is over."""
    assert make_report([frame(0), frame(60)], marks).autofocus_failed == failed


def test_the_best_frames() -> None:
    """One of each target and filter, the sharpest first; not those that clouds made sharp."""
    frames = [
        frame(0, hfr=1.8, stars=800),
        frame(5, hfr=1.8, stars=900, filename=r"D:\Images\M 31\0005.fits"),
        frame(10, hfr=1.9, stars=950),
        frame(15, hfr=1.1, stars=40),
        frame(20, filter="R", hfr=1.7, stars=None),
        frame(25, filter="R", hfr=None, stars=5000),
        frame(30, target_name=None, filter=None, hfr=2.5, stars=0, filename=None),
    ]
    best = make_report(frames, []).as_data()["best_frames"]
    assert [(each["target"], each["filter"], each["hfr"], each["stars"]) for each in best] == [
        ("M 31", "R", 1.7, None),
        ("M 31", "L", 1.8, 900),
        (None, None, 2.5, 0),
    ]
    assert [each["name"] for each in best] == ["20.fits", "0005.fits", None]
    assert best[1]["taken_at"] == "2026-02-24T22:05:00+01:00"
    many = [frame(minute, target_name=f"NGC {minute}") for minute in range(50)]
    assert len(make_report(many, []).best_frames) == 6


def test_an_empty_night() -> None:
    """There is nothing to say, and that is said."""
    report = make_report([], MARKS)
    assert report == Report()
    assert report.markdown == "No light frames."
    assert report.as_data()["targets"] == []


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ([(UNSAFE, 20), (UNSAFE, 25), (SAFE, 30)], [(20, 30)]),
        ([(UNSAFE, 20), (EventType.SAFETY_MONITOR_CONNECTED, 30)], [(20, 30)]),
        ([(SAFE, 20)], []),
        ([(UNSAFE, 20)], [(20, None)]),
        ([(UNSAFE, -60), (SAFE, -30)], []),
        ([(UNSAFE, 100)], []),
        ([(UNSAFE, -3 * 24 * 60), (SAFE, 30)], []),
        ([(GUIDING_LOST, 20), (GUIDING_FOUND, 22)], [(20, 22)]),
        ([(CONNECTION_LOST, 20), (CONNECTION_FOUND, 20.5)], []),
        ([(CONNECTION_LOST, 20), (CONNECTION_FOUND, 22)], [(20, 22)]),
        ([(CONNECTION_FOUND, 20)], []),
    ],
)
def test_interruptions(
    happened: list[tuple[str, float]], told: list[tuple[float, float | None]]
) -> None:
    """From their beginning to their end, as far as that is known, within the session alone."""
    found = make_report(FRAMES, [mark(*each) for each in happened]).interruptions
    at = NIGHT.timestamp()
    assert [
        ((each.start.timestamp() - at) / 60, each.end and (each.end.timestamp() - at) / 60)
        for each in found
    ] == told


def test_many_interruptions() -> None:
    """The longest are named, in their order."""
    happened = [
        mark(kind, 5 + n / 2 + (kind == SAFE) * (n + 1) / 1000)
        for n in range(100)
        for kind in (UNSAFE, SAFE)
    ]
    found = make_report(FRAMES, happened).interruptions
    assert len(found) == MOST_INTERRUPTIONS
    assert [each.start for each in found] == sorted(each.start for each in found)


def test_the_roof() -> None:
    """It has its line, at the rig's own time, and nothing of another night."""
    happened = [
        (RoofMovement.OPENED, -20),
        (RoofMovement.CLOSE_FAILED, 90),
        (RoofMovement.CLOSED, 95),
        (RoofMovement.CLOSED, -3000),
    ]
    report = make_report(FRAMES, [mark(*each) for each in happened])
    line = "- Roof: opened at 21:40, not confirmed closed at 23:30, closed at 23:35"
    assert line in report.markdown.splitlines()
    roof = report.as_data()["roof"]
    assert [each["kind"] for each in roof] == [
        RoofMovement.OPENED,
        RoofMovement.CLOSE_FAILED,
        RoofMovement.CLOSED,
    ]
    assert roof[0]["at"] == "2026-02-24T20:40:00+00:00"


CLOCKS = (
    # The zone of the rig, its offsets in hours before and after a change of its clocks, and when.
    ("Europe/Berlin", 2, 1, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/Berlin", 1, 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("America/New_York", -4, -5, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("America/New_York", -5, -4, datetime(2026, 3, 8, 7, tzinfo=UTC)),
)


def changing(
    before: int,
    after: int,
    turned: datetime,
    house: str,
    hours: tuple[float, ...],
    texts: ReportTexts = ENGLISH,
) -> Report:
    """Return the report of frames and interruptions around a change of the clocks, in hours from it."""
    frames = [
        Frame(
            date=(turned + timedelta(hours=each)).astimezone(
                timezone(timedelta(hours=before if each < 0 else after))
            ),
            filename=f"{each}.fits",
            image_type=ImageType.LIGHT,
            exposure_time=60.0,
        )
        for each in hours
    ]
    happened = [
        (RoofMovement.OPENED, -1.5),
        (UNSAFE, -0.5),
        (SAFE, 0.5),
        (RoofMovement.CLOSED, 3.0),
    ]
    marks = [Mark(kind=kind, at=turned + timedelta(hours=each)) for kind, each in happened]
    return report_module.make_report(frames, marks, ZoneInfo(house), texts)


@pytest.mark.parametrize(("zone", "before", "after", "turned"), CLOCKS)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_clocks_are_changed(
    zone: str, before: int, after: int, turned: datetime, *, elsewhere: bool
) -> None:
    """All is told by the clock on the wall of the rig, wherever the house is."""
    house = "Asia/Tokyo" if elsewhere else zone
    told = changing(before, after, turned, house, (-1, -0.2, 2)).markdown
    at = {each: f"{turned + timedelta(hours=each + before):%H:%M}" for each in (-1.5, -0.5)}
    at |= {each: f"{turned + timedelta(hours=each + after):%H:%M}" for each in (0.5, 3)}
    assert f"- Roof: opened at {at[-1.5]}, closed at {at[3]}" in told
    assert f"  - {at[-0.5]}–{at[0.5]}: unsafe (1 h 0 min)" in told


@pytest.mark.parametrize(("zone", "before", "after", "turned"), CLOCKS)
def test_the_clocks_are_changed_after_the_last_frame(
    zone: str, before: int, after: int, turned: datetime
) -> None:
    """By the zone of the house, if it is that of the rig; by UTC where nobody knows."""
    at = f"{turned + timedelta(hours=3 + after):%H:%M}"
    known = changing(before, after, turned, zone, (-1, -0.2)).markdown
    assert f"closed at {at}\n" in known
    opened = f"{turned + timedelta(hours=-1.5 + before):%H:%M}"
    unknown = changing(before, after, turned, "Asia/Tokyo", (-1, -0.2)).markdown
    assert (
        f"- Roof: opened at {opened}, closed at {turned + timedelta(hours=3):%H:%M} UTC\n"
        in unknown
    )


def test_an_odd_offset_costs_only_itself() -> None:
    """One frame that names another offset changes no time but its own."""
    odd = (NIGHT + timedelta(minutes=30)).astimezone(timezone(timedelta(hours=14)))
    found = make_report((*FRAMES, frame(30, filename="odd.fits", date=odd)), MARKS)
    assert "22:20–22:41: unsafe" in found.markdown
    assert "5 light frames, 30 min, 22:00–23:25" in found.markdown


def test_names_break_nothing() -> None:
    """Whatever somebody called a target."""
    report = make_report([frame(5, target_name="a|b\n# c", filter=None)], [])
    assert (
        "| a\\|b # c | – | 1 | 5\N{NO-BREAK SPACE}min | 2.00\N{NO-BREAK SPACE}px |"
        in report.markdown.splitlines()
    )
    assert "- No interruptions" in report.markdown


@given(st.permutations(FRAMES), st.permutations(MARKS))
def test_the_order_does_not_matter(frames: list[Frame], marks: list[Mark]) -> None:
    """It is the same night however it was learned."""
    assert make_report(frames, marks) == make_report(FRAMES, MARKS)


@pytest.mark.parametrize(
    ("kind", "data", "marked"),
    [
        (EventType.SAFETY_CHANGED, {"is_safe": True}, SAFE),
        (EventType.SAFETY_CHANGED, {"is_safe": False}, UNSAFE),
        (EventType.SAFETY_CHANGED, {}, UNSAFE),
        (EventType.AUTOFOCUS_FINISHED, {}, "autofocus_finished"),
        (EventType.FILTER_CHANGED, {}, None),
    ],
)
def test_what_is_noted(kind: EventType, data: dict[str, Any], marked: str | None) -> None:
    """Of events, those that a report needs; without a time they are of no use."""
    event = NinaEvent(type=kind, name="x", data=data, time=NIGHT)
    noted = Mark.of(event)
    assert (noted and noted.kind) == marked
    assert Mark.of(NinaEvent(type=kind, name="x", data=data)) is None

"""What there is to mend, decided from what is known; nothing is mended because it is not known."""

from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.version import Version
import pytest

from custom_components.nina_observatory.api import (
    NinaConnectionError,
    NinaNotFoundError,
    NinaTimeoutError,
    NinaVersionError,
    PluginVersion,
    ProfileSummary,
)
from custom_components.nina_observatory.api.request_rate import RequestRate
from custom_components.nina_observatory.readings.scheduler_plan import SchedulerPlan
from custom_components.nina_observatory.readings.settings import ClockDifference
from custom_components.nina_observatory.upkeep.findings import (
    CHECKS,
    Finding,
    Seen,
    Subject,
    Verdict,
    duration,
)
from custom_components.nina_observatory.upkeep.identity import (
    Identity,
    Stranger,
    stranger_among,
)

FINE, UNKNOWN = Verdict.FINE, Verdict.UNKNOWN
NEWEST = PluginVersion(Version("2.2.15.0"))
NOT_FOUND, TOO_OLD = NinaNotFoundError("404"), NinaVersionError("1.0")
OFF, ON, OTHER = SchedulerPlan(), SchedulerPlan(reachable=True), SchedulerPlan(other_api=True)


def plugin(version: str) -> PluginVersion:
    """Return a version of the plugin."""
    return PluginVersion(Version(version))


def clock(seconds: int, uncertainty: int = 0) -> ClockDifference:
    """Return how far a clock is ahead."""
    return ClockDifference(seconds=seconds, uncertainty=uncertainty)


# The subject, what differs from an N.I.N.A. that responds and of which nothing else is known, and the
# key of what is found, or why nothing is.
ROWS: list[tuple[Subject, dict[str, Any], str | Verdict]] = [
    (Subject.NOT_NINA, {}, FINE),
    (Subject.NOT_NINA, {"reachable": False}, UNKNOWN),
    (Subject.NOT_NINA, {"reachable": False, "failure": NOT_FOUND}, "not_nina"),
    (Subject.NOT_NINA, {"reachable": False, "failure": NOT_FOUND, "silent": True}, FINE),
    (Subject.NOT_NINA, {"reachable": False, "failure": NinaTimeoutError("")}, UNKNOWN),
    (Subject.NOT_NINA, {"reachable": False, "failure": TOO_OLD}, FINE),
    (Subject.PLUGIN_UNSUPPORTED, {}, FINE),
    (Subject.PLUGIN_UNSUPPORTED, {"reachable": False, "failure": TOO_OLD}, "plugin_unsupported"),
    (Subject.PLUGIN_UNSUPPORTED, {"reachable": False, "failure": NOT_FOUND}, UNKNOWN),
    (
        Subject.PLUGIN_UNSUPPORTED,
        {"reachable": False, "failure": NinaConnectionError("")},
        UNKNOWN,
    ),
    (Subject.PLUGIN_PICTURES, {"plugin": plugin("2.1.8")}, FINE),
    (
        Subject.PLUGIN_PICTURES,
        {"plugin": plugin("2.1.8"), "keeps_pictures": True},
        "plugin_pictures",
    ),
    (Subject.PLUGIN_PICTURES, {"plugin": plugin("2.2.0.0"), "keeps_pictures": True}, FINE),
    (Subject.PLUGIN_PICTURES, {"keeps_pictures": True, "plugin": None}, UNKNOWN),
    (
        Subject.PLUGIN_PICTURES,
        {"keeps_pictures": True, "plugin": plugin("2.1"), "reachable": False},
        UNKNOWN,
    ),
    (Subject.PLUGIN_SCHEDULER, {"plugin": plugin("2.2.0")}, FINE),
    (Subject.PLUGIN_SCHEDULER, {"plugin": plugin("2.2.0"), "scheduler": ON}, "plugin_scheduler"),
    (Subject.PLUGIN_SCHEDULER, {"plugin": plugin("2.2.1"), "scheduler": ON}, FINE),
    (Subject.PLUGIN_ZEROS, {"plugin": plugin("2.2.6.2")}, FINE),
    (Subject.PLUGIN_ZEROS, {"plugin": plugin("2.2.7.0")}, "plugin_zeros"),
    (Subject.PLUGIN_ZEROS, {"plugin": plugin("2.2.8.0")}, FINE),
    (Subject.PLUGIN_ZEROS, {"plugin": None}, UNKNOWN),
    (Subject.SCHEDULER, {}, FINE),
    (Subject.SCHEDULER, {"scheduler": ON}, FINE),
    (Subject.SCHEDULER, {"scheduler": OFF}, "scheduler_off"),
    (Subject.SCHEDULER, {"scheduler": OTHER}, "scheduler_other"),
    (Subject.SCHEDULER, {"scheduler": OFF, "reachable": False}, UNKNOWN),
    (Subject.SCHEDULER, {"scheduler": None, "reachable": False}, FINE),
    (Subject.THUMBNAILS, {"thumbnails": True}, FINE),
    (Subject.THUMBNAILS, {"thumbnails": False}, "thumbnails_off"),
    (Subject.THUMBNAILS, {}, UNKNOWN),
    (Subject.THUMBNAILS, {"plugin": plugin("2.2.11")}, FINE),
    (Subject.CLOCK, {}, UNKNOWN),
    (Subject.CLOCK, {"plugin": plugin("2.2.5")}, FINE),
    (Subject.CLOCK, {"reachable": False, "plugin": None}, UNKNOWN),
    (Subject.CLOCK, {"clock": clock(0)}, FINE),
    (Subject.CLOCK, {"clock": clock(60)}, FINE),
    (Subject.CLOCK, {"clock": clock(61)}, "clock_ahead"),
    (Subject.CLOCK, {"clock": clock(-61)}, "clock_behind"),
    (Subject.CLOCK, {"clock": clock(-3600 * 9)}, "clock_behind"),
    # The answer took so long that either may be true.
    (Subject.CLOCK, {"clock": clock(64, 5)}, UNKNOWN),
    (Subject.CLOCK, {"clock": clock(57, 5)}, UNKNOWN),
    (Subject.CLOCK, {"clock": clock(66, 5)}, "clock_ahead"),
    (Subject.WRONG_NINA, {}, UNKNOWN),
    (Subject.WRONG_NINA, {"identified": True}, FINE),
    (Subject.WRONG_NINA, {"identified": True, "stranger": Stranger("P")}, "wrong_nina"),
    (Subject.WRONG_NINA, {"identified": True, "stranger": Stranger("P", "B")}, "wrong_nina_copy"),
]


@pytest.mark.parametrize(("subject", "differs", "expected"), ROWS)
def test_what_is_found(subject: Subject, differs: dict[str, Any], expected: str | Verdict) -> None:
    (check,) = (each for each in CHECKS if each.subject is subject)
    known: dict[str, Any] = {"reachable": True, "plugin": NEWEST, **differs}
    result = check.look(Seen(**known))
    assert (result.key if isinstance(result, Finding) else result) == expected


def test_every_subject_is_found_fine_and_left_alone() -> None:
    """The table above has every check, and every way that one ends."""
    assert {check.subject for check in CHECKS} == set(Subject)
    found = {(subject, isinstance(result, str)) for subject, _, result in ROWS}
    assert found == {(subject, each) for subject in Subject for each in (True, False)}


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (61, "1 min 1 s"),
        (-120, "2 min"),
        (3600, "1 h"),
        (3 * 3600 + 65, "3 h 1 min"),
        (86400 * 3 + 7200, "3 d 2 h"),
        (86400 + 59, "1 d"),
    ],
)
def test_durations(seconds: int, shown: str) -> None:
    assert duration(seconds) == shown


def test_the_way_of_an_answer_does_not_count() -> None:
    """A clock is compared with the middle of the time that its answer took."""
    asked = datetime(2026, 3, 4, 20, tzinfo=UTC)
    answered = asked + timedelta(seconds=9)
    assert ClockDifference.of(asked, asked, answered) == clock(-4, 5)
    zone = datetime.fromisoformat("2026-03-04T21:00:04.5+01:00")
    assert ClockDifference.of(zone, asked, answered) == clock(0, 5)


def profiles(*ids: str, active: str | None) -> tuple[ProfileSummary, ...]:
    """Return the list of profiles of an N.I.N.A."""
    return tuple(ProfileSummary(id=each, name=each.upper(), active=each == active) for each in ids)


KNOWN = Identity(installed=frozenset("abc"), used=frozenset("ab"))
B = {"B": Identity(installed=frozenset("abc"), used=frozenset("c"))}


@pytest.mark.parametrize(
    ("listed", "others", "stranger"),
    [
        # The active profile is one of its own, or new.
        (profiles("a", "b", "c", active="a"), B, None),
        (profiles("a", "b", "c", "d", active="d"), B, None),
        (profiles("a", "b", "c", active="c"), {}, None),
        # It is that of the other copy.
        (profiles("a", "b", "c", active="c"), B, Stranger("C", "B")),
        # All profiles are foreign; an installation that shares one is not.
        (profiles("x", "y", active="x"), {}, Stranger("X")),
        (profiles("x", "c", active="x"), {}, None),
        # Nothing is known.
        ((), B, None),
        (profiles("x", active=None), B, None),
        ((ProfileSummary(id="", name="", active=True),), B, None),
    ],
)
def test_strangers(
    listed: tuple[ProfileSummary, ...], others: dict[str, Identity], stranger: Stranger | None
) -> None:
    assert stranger_among(KNOWN, listed, others) == stranger
    # Whoever responds first is the right one.
    assert stranger_among(Identity(), listed, others) is None


def test_what_is_learned() -> None:
    """Profiles that were deleted are forgotten; without any, and without an active one, nothing is."""
    assert Identity().learn(profiles("a", "b", active="b")) == Identity(
        installed=frozenset("ab"), used=frozenset("b")
    )
    learned = KNOWN.learn(profiles("b", "c", active="c"))
    assert learned == Identity(installed=frozenset("bc"), used=frozenset("bc"))
    assert KNOWN.learn(()) == KNOWN
    assert KNOWN.learn(profiles("a", "b", "c", active=None)) == KNOWN
    assert Identity.from_data(KNOWN.as_data()) == KNOWN
    for installed in ([1], "ab", 5, None):
        with pytest.raises(TypeError):
            Identity.from_data({"installed": installed, "used": []})


def test_what_is_recognized() -> None:
    """An N.I.N.A. elsewhere is offered if its active profile was used here, or nothing is known."""
    assert KNOWN.recognizes(profiles("a", "c", active="a"))
    assert not KNOWN.recognizes(profiles("a", "c", active="c"))
    assert not KNOWN.recognizes(())
    assert Identity().recognizes(profiles("c", active="c"))


def test_requests_a_minute() -> None:
    """The average of five minutes; of the first one, what it had so far."""
    now = [0.0]
    rate = RequestRate(lambda: now[0])
    for _ in range(6):
        rate.note()
    assert rate.per_minute() == 6
    now[0] = 120.0
    assert rate.per_minute() == 3
    now[0] = 301.0
    rate.note()
    assert rate.per_minute() == pytest.approx(0.2)

"""The account of what was heard: every event of the history is reported exactly once."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import (
    EventType,
    NinaClient,
    NinaEvent,
    Server,
)
from custom_components.nina_observatory.api.plugin_version import PluginVersion, parse_version
from custom_components.nina_observatory.events.reconciler import (
    HistoryReconciler,
    run_of,
)

STARTED = datetime(2026, 2, 24, 18, tzinfo=UTC)
RESTARTED = datetime(2026, 2, 25, 18, tzinfo=UTC)


def event(name: str, **data: Any) -> NinaEvent:
    """Return an event of no particular kind."""
    return NinaEvent(type=EventType.OTHER, name=name, data=data)


def names(events: list[NinaEvent]) -> str:
    """Return the names of events, which have one letter each, in order."""
    return "".join(event.name for event in events)


class Night:
    """N.I.N.A. and somebody who listens, with gaps."""

    def __init__(self, before: str = "") -> None:
        """Begin to listen when some events have already happened."""
        self.account = HistoryReconciler()
        self.history = [event(name) for name in before]
        self.started: datetime | None = STARTED
        self.told = ""
        self.replayed = ""
        self.reconnect()

    def hear(self, happened: str) -> None:
        """Let events happen that are heard."""
        for name in happened:
            self.history.append(event(name))
            self.account.record(event(name))
            self.told += name

    def miss(self, happened: str) -> None:
        """Let events happen that are not heard."""
        self.history += [event(name) for name in happened]

    def reconnect(self) -> None:
        """Connect again and ask what was missed."""
        self.account.connected()
        missed = names(self.account.missed(self.history, self.started))
        self.told += missed
        self.replayed += missed

    def restart(self) -> None:
        """Close N.I.N.A. and start it again."""
        self.history, self.started = [], RESTARTED


def test_what_was_before_is_past() -> None:
    """Nothing is replayed at the first connection, nor later of what was before it."""
    night = Night(before="abc")
    assert night.replayed == ""
    night.reconnect()
    assert night.replayed == ""


@pytest.mark.parametrize(("connections", "told"), [(1, ""), (2, "bd"), (3, "bd")])
def test_a_connection_that_breaks_before_the_past_is_known(connections: int, told: str) -> None:
    """What happened in the gap is reported, as far as the clocks tell it from the past."""
    now = datetime.now(UTC)
    account = HistoryReconciler()
    for _ in range(connections):
        account.connected()
    account.record(event("c"))
    history = [
        replace(event(name), time=now + timedelta(minutes=minutes))
        for name, minutes in (("a", -5), ("b", 5), ("c", 6), ("d", 7))
    ] + [event("e")]
    assert names(account.missed(history, STARTED)) == told
    assert account.missed(history, STARTED) == []


def test_missed_events_are_told_in_order_and_once() -> None:
    """What was heard before and after the gap is not told again, however alike."""
    night = Night(before="ab")
    night.hear("aab")
    night.miss("bca")
    night.reconnect()
    assert night.replayed == "bca"
    night.hear("ca")
    night.reconnect()
    assert night.replayed == "bca"


def test_what_is_heard_while_the_history_is_read_is_not_told_twice() -> None:
    """Events of the new connection may be in the history already."""
    night = Night()
    night.miss("a")
    night.account.connected()
    night.hear("b")
    assert names(night.account.missed(night.history, STARTED)) == "a"
    night.reconnect()
    assert night.replayed == ""


@pytest.mark.parametrize("before", ["", "a", "abcdef"])
def test_after_a_restart_the_whole_history_is_new(before: str) -> None:
    """However long it is compared with the one before, and whatever was heard in that one."""
    night = Night()
    night.hear(before)
    night.restart()
    night.miss("abc")
    night.reconnect()
    assert night.replayed == "abc"


def test_what_was_heard_of_the_new_n_i_n_a_is_not_told_twice() -> None:
    """Its connection may break before its history was read."""
    night = Night(before="x")
    night.hear("ab")
    night.restart()
    night.account.unreachable()
    night.account.connected()
    night.hear("bc")
    night.miss("a")
    night.reconnect()
    assert night.replayed == "a"


def test_a_new_n_i_n_a_that_is_lost_before_its_history_is_read() -> None:
    """It was met: what was heard of it counts, what was heard of the one before does not."""
    night = Night(before="x")
    night.hear("ab")
    night.restart()
    night.account.unreachable()
    night.account.connected()
    night.hear("c")
    night.account.record_run(RESTARTED)
    night.hear("d")
    night.account.unreachable()
    night.miss("abcd")
    night.reconnect()
    assert night.replayed == "abcd"


def test_a_restart_after_a_gap_in_which_nobody_answered() -> None:
    """What was heard after the gap was of the N.I.N.A. that was met then."""
    night = Night()
    night.account.unreachable()
    night.account.connected()
    night.account.record_run(STARTED)
    night.hear("ab")
    night.restart()
    night.miss("ab")
    night.reconnect()
    assert night.replayed == "ab"


def test_a_restart_shows_in_a_shorter_history_as_well() -> None:
    """Old servers do not say when they were started."""
    account = HistoryReconciler()
    account.missed([event(name) for name in "abc"], None)
    account.record(event("d"))
    account.connected()
    assert account.missed([event(name) for name in "abcd"], None) == []
    account.connected()
    assert names(account.missed([event("a")], None)) == "a"


def test_a_restart_whose_start_is_told_later() -> None:
    """What was told of a shorter history is not told again once its start is known."""
    night = Night(before="abc")
    night.restart()
    night.started = None
    night.miss("ab")
    night.reconnect()
    assert night.replayed == "ab"
    night.started = RESTARTED
    night.miss("c")
    night.reconnect()
    assert night.replayed == "abc"


@pytest.mark.parametrize(("version", "told"), [("2.2.5", "abcd"), ("2.2.6", "d")])
def test_old_servers_are_told_apart_by_their_first_event(version: str, told: str) -> None:
    """They do not say when they were started, and their new history may be the longer one."""
    client = NinaClient(None, "host")  # type: ignore[arg-type]  # nothing is asked
    client.plugin = PluginVersion.of(parse_version(version))
    server, account = Server(plugin_version=client.plugin.version), HistoryReconciler()
    for names_, start in (("abc", STARTED), ("abcd", RESTARTED)):
        history = [replace(event(name), time=start) for name in names_]
        missed = account.missed(history, run_of(client, server, history))
        account.connected()
    assert names(missed) == told
    assert run_of(client, server, []) is None


def test_a_night_that_began_while_nobody_answered() -> None:
    """What happened since it was tried in vain to listen is reported, what was before is past."""
    now = datetime.now(UTC)
    account = HistoryReconciler()
    account.unreachable()
    account.connected()
    history = [
        replace(event(name), time=now + timedelta(minutes=minutes))
        for name, minutes in (("a", -5), ("b", 5))
    ]
    assert names(account.missed(history, STARTED)) == "b"
    assert account.missed(history, STARTED) == []


def test_a_start_that_could_not_be_told_is_no_other_start() -> None:
    """One answer that failed does not bring the whole night back."""
    night = Night(before="ab")
    night.hear("c")
    night.started = None
    night.reconnect()
    night.started = STARTED
    night.miss("d")
    night.reconnect()
    assert night.replayed == "d"


@pytest.mark.parametrize(
    ("live", "recorded"),
    [
        ({"new": {"name": "L", "id": 0}}, {"new": None}),
        ({"from": 20.0}, {"from": 20}),
        ({"from": -0.0}, {"from": 0}),
        ({"image_statistics": {"hfr": 2.1}}, {}),
        (
            {"target_end_time": "2026-02-25T03:25:22"},
            {"target_end_time": "2026-02-25T03:25:22+01:00"},
        ),
        ({"value": None}, {}),
    ],
)
def test_live_and_recorded_forms_are_the_same_event(
    live: dict[str, Any], recorded: dict[str, Any]
) -> None:
    """The history writes some things differently."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    account.record(event("a", **live))
    account.connected()
    assert account.missed([event("a", **recorded)], STARTED) == []


@pytest.mark.parametrize(
    ("heard", "missed"),
    [({"is_safe": True}, {"is_safe": False}), ({"to": 1}, {"to": 2}), ({"to": 1}, {"to": True})],
)
def test_events_that_say_something_else_are_others(
    heard: dict[str, Any], missed: dict[str, Any]
) -> None:
    """The same name alone does not make the same event."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    account.record(event("a", **heard))
    account.connected()
    other = event("a", **missed)
    assert account.missed([event("a", **heard), other], STARTED) == [other]


@pytest.mark.parametrize("kind", [EventType.CUSTOM, EventType.IMAGE_PREPARED])
def test_what_is_never_recorded_hides_nothing(kind: EventType) -> None:
    """A text that happens to read like an event of the history is another matter."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    account.record(NinaEvent(type=kind, name="a"))
    account.connected()
    assert names(account.missed([event("a")], STARTED)) == "a"


@given(
    st.text("ab", max_size=4),
    st.lists(st.tuples(st.text("ab", max_size=4), st.text("ab", max_size=4)), max_size=5),
)
def test_every_event_is_told_once(before: str, spells: list[tuple[str, str]]) -> None:
    """Whatever is heard and whatever is missed, nothing is lost and nothing comes twice."""
    night = Night(before)
    for heard, missed in spells:
        night.hear(heard)
        night.miss(missed)
        night.reconnect()
        assert night.replayed.endswith(missed)
    happened = Counter(names(night.history[len(before) :]))
    assert Counter(night.told) == happened


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.booleans(),
            # How many of the newest that were heard a history lacks that is read now.
            st.none() | st.integers(0, 4),
        ),
        max_size=16,
    )
)
def test_events_that_are_on_their_way_while_the_history_is_read(
    happened: list[tuple[str, bool, int | None]],
) -> None:
    """However alike they are, none is reported twice, and once nothing is on its way all are reported."""
    night, on_their_way = Night(), 0
    for name, is_heard, lacking in happened:
        if is_heard:
            night.hear(name)
            on_their_way += 1
        else:
            night.miss(name)
            night.account.connected()
            on_their_way = 0
        if lacking is not None:
            on_their_way = min(lacking, on_their_way)
            read = night.history[: len(night.history) - on_their_way]
            night.told += names(night.account.missed(read, STARTED))
            said = Counter(names(night.history))
            # One that is missing is like one that is on its way.
            missing = said - Counter(night.told)
            assert Counter(night.told) - said == {}
            assert not missing or on_their_way
            assert missing.total() <= on_their_way
    night.told += names(night.account.missed(night.history, STARTED))
    assert Counter(night.told) == Counter(names(night.history))
    assert night.account.counters.duplicates == 0


def kept(account: HistoryReconciler, *, whole: bool) -> HistoryReconciler:
    """Return an account as it is after a restart."""
    return HistoryReconciler.decode(json.loads(json.dumps(account.encode(whole=whole))))


def test_a_restart_of_home_assistant() -> None:
    """What happened meanwhile is reported, what was heard before is not."""
    night = Night(before="xyz")
    night.hear("aab")
    night.account = kept(night.account, whole=True)
    night.miss("ba")
    night.reconnect()
    assert night.replayed == "ba"


def test_a_restart_of_both() -> None:
    """All of the new N.I.N.A. is new, whatever was heard of the one before."""
    night = Night(before="xyz")
    night.hear("aab")
    night.account = kept(night.account, whole=True)
    night.restart()
    night.miss("aabxyz")
    night.reconnect()
    assert night.replayed == "aabxyz"


def test_after_a_power_cut_nothing_is_told_twice() -> None:
    """What came just after the last save may have been reported, what came later was not."""
    now = datetime.now(UTC)
    night = Night(before="x")
    night.hear("a")
    saved = kept(night.account, whole=False)
    for name, minutes in (("b", 0), ("c", 1), ("d", 3)):
        night.history.append(replace(event(name), time=now + timedelta(minutes=minutes)))
    night.history.append(replace(event("e"), time=None))
    night.account = saved
    night.reconnect()
    assert night.replayed == "d"
    # From then on all is as before.
    night.miss("bc")
    night.reconnect()
    assert night.replayed == "dbc"


def test_a_power_cut_of_an_account_that_is_kept_again_before_the_history_is_read() -> None:
    """It stays torn until the history was compared with it."""
    night = Night(before="x")
    account = kept(kept(night.account, whole=False), whole=True)
    night.miss("a")
    account.connected()
    assert account.missed(night.history, STARTED) == []


@pytest.mark.parametrize(
    "spoil",
    [
        {"run": "2026-11-29T20:00:00"},
        {"run": "yesterday"},
        {"run": 5},
        {"accounted": -1},
        {"accounted": None},
        {"heard": ["a"]},
        {"heard": {"a": "often"}},
    ],
)
def test_an_account_of_another_shape(spoil: dict[str, Any]) -> None:
    """It is refused with an error that puts it aside."""
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        HistoryReconciler.decode(HistoryReconciler().encode(whole=True) | spoil)


def test_an_account_does_not_grow() -> None:
    """Whatever was found in the history is forgotten, however unlike the events are."""
    night = Night()
    for number in range(1000):
        other = replace(event("a"), data={"number": number})
        night.history.append(other)
        night.account.record(other)
    assert night.account.waiting == 1000
    night.reconnect()
    assert night.replayed == ""
    assert (night.account.waiting, night.account.encode(whole=True)["heard"]) == (0, {})


@pytest.mark.parametrize("value", [10**400, -(10**400), True, 1, 1.0, float("inf"), float("nan")])
def test_odd_numbers_in_an_event(value: Any) -> None:
    """They are compared like all others."""
    night, odd = Night(), replace(event("a"), data={"number": value})
    night.history.append(odd)
    night.account.record(odd)
    night.reconnect()
    assert night.replayed == ""


@given(
    lives=st.lists(
        st.tuples(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"))), st.booleans()),
        max_size=6,
    )
)
def test_restarts_at_any_moment(lives: list[tuple[list[tuple[bool, str]], bool]]) -> None:
    """Home Assistant is stopped, or loses power, and heard or missed alike events before that.

    In order everything is reported once; after power cuts nothing is reported twice.
    """
    night = Night(before="ab")
    cuts = 0
    for happened, whole in lives:
        saved = kept(night.account, whole=False)
        for heard, name in happened:
            if heard:
                night.hear(name)
            else:
                night.miss(name)
                night.reconnect()
        night.account = kept(night.account, whole=True) if whole else saved
        cuts += not whole
        night.miss("ab")
        night.reconnect()
    said = Counter(names(night.history[2:]))
    assert Counter(night.told) - said == {}
    assert cuts or Counter(night.told) == said

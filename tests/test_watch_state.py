"""The night watch in single steps: every state with every input, and one night after the other."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from custom_components.nina_observatory.night.watch_state import (
    CONNECTION_LOST_AFTER,
    WaitsFor,
    WatchState,
)

from .watching import (
    AWAY,
    DELAY,
    GUIDING,
    INTERRUPTED,
    LOST,
    NIGHT,
    NOT_CLOSED,
    NOTHING,
    QUIET,
    ROOF,
    STALLED,
    Story,
)


def disarmed() -> Story:
    """Return a watch at night, while nothing runs."""
    return Story()


def by_sequence() -> Story:
    """Return a watch that a sequence armed."""
    story = Story(roof_closed=False)
    assert story.see(running=True) is WatchState.ARMED_NIGHT
    return story


def by_hand() -> Story:
    """Return a watch that somebody armed for this night, before the sequence."""
    story = Story()
    assert story.arm() is WatchState.ARMED_NIGHT
    return story


def away() -> Story:
    """Return a watch that somebody armed until further notice, while a sequence runs."""
    story = by_sequence()
    assert story.arm(AWAY) is WatchState.ARMED_AWAY
    return story


def dismissed() -> Story:
    """Return a watch that somebody disarmed while the sequence runs."""
    story = by_sequence()
    assert story.disarm() is WatchState.DISARMED
    return story


def pending() -> Story:
    """Return a watch with a problem that lasts for half of the time to react."""
    story = by_sequence()
    assert story.see(guiding_lost=True) is WatchState.PENDING
    assert story.wait(DELAY / 2) is WatchState.PENDING
    story.told()
    return story


def triggered() -> Story:
    """Return a watch that raised the alarm."""
    story = pending()
    assert story.wait(DELAY / 2) is WatchState.TRIGGERED
    story.told()
    return story


STATES = (disarmed, dismissed, by_sequence, by_hand, away, pending, triggered)
ABORTED = {"running": False, "guiding_lost": False}
INPUTS: dict[str, Callable[[Story], object]] = {
    "a sequence starts": lambda story: story.see(running=True),
    "a sequence starts by day": lambda story: story.see(dark=False, running=True),
    "it is finished, the roof closed": lambda story: story.see(
        **ABORTED, settled=True, roof_closed=True
    ),
    "it is finished, the roof open": lambda story: story.see(
        **ABORTED, settled=True, roof_closed=False
    ),
    "it is aborted, the roof open": lambda story: story.see(**ABORTED, roof_closed=False),
    "sunrise": lambda story: story.see(dark=False),
    "guiding is lost": lambda story: story.see(guiding_lost=True),
    "guiding is found": lambda story: story.see(guiding_lost=False),
    "guiding is unknown": lambda story: story.see(guiding_lost=None),
    "imaging stalls, guiding is found": lambda story: story.see(
        imaging_stalled=True, guiding_lost=False
    ),
    "unsafe, the roof not closed in time": lambda story: story.see(
        roof_closed=False, roof_overdue=True, in_danger=True
    ),
    "unsafe, the roof may close in time": lambda story: story.see(
        roof_closed=False, roof_overdue=None, in_danger=True
    ),
    "safe, the roof failed to close": lambda story: story.see(roof_closed=False, roof_overdue=True),
    "no connection for a moment": lambda story: story.see(**NOTHING),
    "no connection for a minute": lambda story: (
        story.see(**NOTHING),
        story.wait(CONNECTION_LOST_AFTER),
    ),
    "no connection for a minute by day": lambda story: (
        story.see(**NOTHING, dark=False),
        story.wait(CONNECTION_LOST_AFTER),
    ),
    "the time to react passes": lambda story: story.wait(),
    "armed for the night": lambda story: story.arm(NIGHT),
    "armed until further notice": lambda story: story.arm(AWAY),
    "disarmed": lambda story: story.disarm(),
    "restart": lambda story: story.restart(),
    "restart after an hour": lambda story: story.restart(3600),
}
SHORT = {
    WatchState.DISARMED: "-",
    WatchState.ARMED_NIGHT: "night",
    WatchState.ARMED_AWAY: "away",
    WatchState.PENDING: "pending",
    WatchState.TRIGGERED: "TRIGGERED",
}
# What follows from each input in each state, in the order of STATES.
TABLE = """
a sequence starts                    night   - night   night   away    pending TRIGGERED
a sequence starts by day             -       - night   night   away    pending TRIGGERED
it is finished, the roof closed      -       - -       night   away    -       TRIGGERED
it is finished, the roof open        -       - night   night   away    night   TRIGGERED
it is aborted, the roof open         -       - night   night   away    pending TRIGGERED
sunrise                              -       - night   -       away    pending TRIGGERED
guiding is lost                      -       - pending pending pending pending TRIGGERED
guiding is found                     -       - night   night   away    night   TRIGGERED
guiding is unknown                   -       - night   night   away    pending TRIGGERED
imaging stalls, guiding is found     -       - pending pending pending pending TRIGGERED
unsafe, the roof not closed in time  -       - pending pending pending pending TRIGGERED
unsafe, the roof may close in time   -       - night   night   away    pending TRIGGERED
safe, the roof failed to close       -       - pending pending pending pending TRIGGERED
no connection for a moment           -       - night   night   away    pending TRIGGERED
no connection for a minute           -       - pending pending pending TRIGGERED TRIGGERED
no connection for a minute by day    -       - night   -       away    TRIGGERED TRIGGERED
the time to react passes             -       - night   night   away    TRIGGERED TRIGGERED
armed for the night                  night   night night night night   night   night
armed until further notice           away    away away away    away    away    away
disarmed                             -       - -       -       -       -       -
restart                              -       - night   night   away    pending TRIGGERED
restart after an hour                -       - night   night   away    TRIGGERED TRIGGERED
"""
ROWS = {line[:37].strip(): line[37:].split() for line in TABLE.strip().splitlines()}


@pytest.mark.parametrize("given", INPUTS)
def test_every_input_in_every_state(given: str) -> None:
    """What follows is what the table says, and nothing else does."""
    assert ROWS.keys() == INPUTS.keys()
    followed = []
    for begin in STATES:
        story = begin()
        INPUTS[given](story)
        followed.append(SHORT[story.machine.state])
    assert followed == ROWS[given]


def test_a_problem_is_told_twice_and_no_more() -> None:
    """When it is noticed, and when it triggers."""
    story = by_sequence()
    story.see(guiding_lost=True)
    story.see()
    assert story.told() == [GUIDING]
    assert story.machine.triggers_at == DELAY
    assert story.wait(DELAY - 1) is WatchState.PENDING
    assert story.wait(1) is WatchState.TRIGGERED
    assert story.machine.memory.since == DELAY
    story.see()
    story.see(guiding_lost=False)
    story.see(guiding_lost=True)
    assert story.told() == [f"{GUIDING}!"]
    assert story.machine.triggers_at is None


def test_without_a_time_to_react() -> None:
    """A problem triggers at once."""
    story = Story(delay=0, running=True)
    assert story.see(guiding_lost=True) is WatchState.TRIGGERED
    assert story.told() == [f"{GUIDING}!"]


def test_several_problems() -> None:
    """The first decides when it triggers; of several at once, the worst is named."""
    story = pending()
    story.see(roof_closed=False, roof_overdue=True, in_danger=True)
    assert story.told() == [ROOF]
    assert story.machine.problems == [ROOF, GUIDING]
    assert story.machine.problem is GUIDING
    # The first is gone: the others have their own time.
    story.see(guiding_lost=False)
    assert story.machine.problem is ROOF
    assert story.machine.triggers_at == story.now + DELAY
    assert story.wait() is WatchState.TRIGGERED
    assert story.told() == [f"{ROOF}!"]
    # Whatever comes on top is told, too; the alarm keeps its name.
    story.see(imaging_stalled=True)
    assert story.told() == [f"{STALLED}!"]
    assert (story.machine.problem, story.machine.state) == (ROOF, WatchState.TRIGGERED)


def test_all_problems_gone_while_triggered() -> None:
    """Somebody has to acknowledge it; then it goes on with the sequence, or ends with it."""
    story = triggered()
    assert story.see(guiding_lost=False) is WatchState.TRIGGERED
    assert (story.machine.problem, story.machine.problems) == (GUIDING, [])
    assert story.see(running=False, settled=True, roof_closed=True) is WatchState.TRIGGERED
    assert story.wait(1e6) is WatchState.TRIGGERED
    assert story.arm() is WatchState.DISARMED


@pytest.mark.parametrize("react", [Story.arm, Story.acknowledge])
@pytest.mark.parametrize("begin", [pending, triggered])
def test_acknowledged(begin: Callable[[], Story], react: Callable[[Story], WatchState]) -> None:
    """It keeps watching: the known problem is silent until it is over, others are not."""
    story = begin()
    assert react(story) is WatchState.ARMED_NIGHT
    assert story.machine.acknowledged == [GUIDING]
    assert story.wait() is WatchState.ARMED_NIGHT
    assert story.restart() is WatchState.ARMED_NIGHT
    assert story.see(**asdict(replace(QUIET, running=True, guiding_lost=True))) is (
        WatchState.ARMED_NIGHT
    )
    assert story.told() == []
    assert story.see(imaging_stalled=True) is WatchState.PENDING
    assert story.see(imaging_stalled=False, guiding_lost=False) is WatchState.ARMED_NIGHT
    assert story.machine.acknowledged == []
    assert story.see(guiding_lost=True) is WatchState.PENDING
    assert story.told() == [STALLED, GUIDING]


def test_a_roof_that_failed_to_close_and_then_it_rains() -> None:
    """That is another danger, although the first was acknowledged; safe again, it is not."""
    story = by_sequence()
    story.see(roof_overdue=True)
    assert story.arm() is WatchState.ARMED_NIGHT
    assert story.see(in_danger=True) is WatchState.PENDING
    assert story.machine.problems == [ROOF]
    assert story.arm() is WatchState.ARMED_NIGHT
    assert story.see(in_danger=False) is WatchState.ARMED_NIGHT
    assert story.machine.acknowledged == [NOT_CLOSED]
    assert story.told() == [NOT_CLOSED, ROOF]


def test_armed_while_there_is_a_problem() -> None:
    """It is pending from then on, no matter how long it has lasted."""
    story = Story(roof_closed=False, roof_overdue=True, in_danger=True)
    story.wait(3600)
    assert story.arm(AWAY) is WatchState.PENDING
    assert story.machine.triggers_at == 3600 + DELAY
    # Disarmed and armed again, it is told again: nobody knows who arms.
    assert story.disarm() is WatchState.DISARMED
    assert story.arm() is WatchState.PENDING
    assert story.told() == [ROOF, ROOF]


def test_a_sequence_that_starts_while_there_is_a_problem() -> None:
    """The same for one that arms it."""
    story = Story(roof_closed=False, roof_overdue=True, in_danger=True)
    assert story.see(running=True) is WatchState.PENDING


def test_disarmed_until_the_next_sequence() -> None:
    """A sequence that goes on does not arm it again, neither after a restart nor unread."""
    story = dismissed()
    assert story.waits() is WaitsFor.NEXT_SEQUENCE
    assert story.restart() is WatchState.DISARMED
    assert story.see(reachable=True, running=True) is WatchState.DISARMED
    assert story.see(running=None) is WatchState.DISARMED
    assert story.see(running=True) is WatchState.DISARMED
    assert story.see(running=False) is WatchState.DISARMED
    assert story.waits() is WaitsFor.SEQUENCE
    assert story.see(running=True) is WatchState.ARMED_NIGHT


def test_a_sequence_that_runs_from_the_afternoon_to_the_next_noon() -> None:
    """Armed from sunset; flats after sunrise belong to the night; a sequence of flats alone does not."""
    story = Story(dark=False, roof_closed=False)
    assert story.see(running=True) is WatchState.DISARMED
    assert story.waits() is WaitsFor.DARKNESS
    assert story.see(dark=True) is WatchState.ARMED_NIGHT
    assert story.machine.memory.automatic
    assert story.waits() is WaitsFor.END_OF_SEQUENCE
    assert story.see(dark=False) is WatchState.ARMED_NIGHT
    assert story.see(running=False) is WatchState.ARMED_NIGHT
    assert story.waits() is WaitsFor.ROOF_CLOSED
    assert story.see(roof_closed=True) is WatchState.DISARMED
    assert story.see(running=True, roof_closed=False) is WatchState.DISARMED


def test_dismissed_in_the_afternoon() -> None:
    """Disarmed before it armed itself, it stays so at sunset."""
    story = Story(dark=False, running=True)
    story.disarm()
    assert story.see(dark=True) is WatchState.DISARMED


def test_armed_by_hand_for_the_night() -> None:
    """Until the sequence of this night is over, or until the morning if there is none."""
    story = Story(dark=False)
    assert story.arm() is WatchState.ARMED_NIGHT
    assert story.waits() is WaitsFor.MORNING
    assert story.see(dark=True) is WatchState.ARMED_NIGHT
    assert story.see(dark=False) is WatchState.DISARMED
    assert story.see(dark=True) is WatchState.DISARMED
    story.arm()
    assert story.see(running=True) is WatchState.ARMED_NIGHT
    assert not story.machine.memory.automatic
    assert story.see(running=False) is WatchState.DISARMED


def test_armed_until_further_notice() -> None:
    """Nothing but a person ends it."""
    story = away()
    assert story.see(running=False, settled=True, roof_closed=True) is WatchState.ARMED_AWAY
    assert story.waits() is WaitsFor.DISARMING
    assert story.see(dark=False) is WatchState.ARMED_AWAY
    assert story.restart(1e6) is WatchState.ARMED_AWAY


@pytest.mark.parametrize("state", [pending, by_sequence])
def test_a_sequence_that_ends_with_a_problem(state: Callable[[], Story]) -> None:
    """An end alone solves nothing; one that leaves everything at rest does."""
    story = state()
    story.see(guiding_lost=True)
    assert story.see(running=False, guiding_lost=False) is WatchState.PENDING
    assert story.restart() is WatchState.PENDING
    assert story.see(reachable=True, running=False, guiding_lost=False) is WatchState.PENDING
    assert story.see(settled=True) is WatchState.ARMED_NIGHT
    assert story.see(roof_closed=True) is WatchState.DISARMED


def test_no_connection_and_back() -> None:
    """Whether a sequence runs is unknown: it stays armed. Back in time, with it, all is well."""
    story = by_sequence()
    assert story.see(**NOTHING) is WatchState.ARMED_NIGHT
    assert story.waits() is WaitsFor.CONNECTION
    assert story.wait(CONNECTION_LOST_AFTER) is WatchState.PENDING
    assert story.told() == [LOST]
    assert story.see(reachable=True) is WatchState.ARMED_NIGHT
    assert story.see(running=True) is WatchState.ARMED_NIGHT
    assert story.machine.problems == []


@pytest.mark.parametrize("seconds", [5.0, CONNECTION_LOST_AFTER + 5])
def test_nina_restarted(seconds: float) -> None:
    """Its sequence is gone, and the roof open: somebody has to know."""
    story = by_sequence()
    story.see(**NOTHING)
    story.wait(seconds)
    story.see(reachable=True)
    assert story.see(running=False) is WatchState.PENDING
    assert story.machine.problems == [INTERRUPTED]
    assert story.see(**NOTHING) is WatchState.PENDING
    story.see(reachable=True, running=False)
    assert story.wait() is WatchState.TRIGGERED
    assert story.machine.problem is INTERRUPTED
    # Acknowledged, it is over, unlike a problem that lasts.
    assert story.arm() is WatchState.ARMED_NIGHT
    assert (story.machine.problems, story.machine.acknowledged) == ([], [])
    assert story.waits() is WaitsFor.ROOF_CLOSED


@pytest.mark.parametrize(
    ("after", "state"),
    [
        ({"running": True}, WatchState.ARMED_NIGHT),
        ({"running": False}, WatchState.PENDING),
        ({"running": False, "settled": True, "roof_closed": True}, WatchState.DISARMED),
        ({"running": False, "dark": False}, WatchState.ARMED_NIGHT),
    ],
)
def test_the_sequence_ended_while_home_assistant_was_down(
    after: dict[str, Any], state: WatchState
) -> None:
    """Nobody saw how, so that is the same as without a connection."""
    story = by_sequence()
    assert story.restart(300, **after) is state
    assert story.told() == [INTERRUPTED] * (state is WatchState.PENDING)


@pytest.mark.parametrize("after", [{"running": True}, {"running": False, "settled": True}])
def test_nina_restarted_and_somebody_took_care(after: dict[str, Any]) -> None:
    """The sequence runs again, or the mount is parked."""
    story = by_sequence()
    story.see(**NOTHING)
    assert story.see(reachable=True, running=False) is WatchState.PENDING
    assert story.see(**after) is WatchState.ARMED_NIGHT


def test_closed_by_day() -> None:
    """A N.I.N.A. that was closed by day is no problem after sunset, unless somebody armed by hand."""
    story = by_sequence()
    story.see(dark=False)
    story.see(**NOTHING)
    assert story.wait(9 * 3600) is WatchState.ARMED_NIGHT
    assert story.see(dark=True) is WatchState.ARMED_NIGHT
    assert story.wait(3600) is WatchState.ARMED_NIGHT
    assert story.restart() is WatchState.ARMED_NIGHT
    assert story.wait(3600) is WatchState.ARMED_NIGHT
    story.disarm()
    assert story.arm() is WatchState.PENDING
    assert story.machine.problem is LOST


def test_a_restart_forgets_nothing() -> None:
    """The time to react goes on meanwhile, and what is not read is not over."""
    story = pending()
    assert story.restart(DELAY / 2 - 1) is WatchState.PENDING
    assert story.wait(1) is WatchState.TRIGGERED
    assert story.told() == [f"{GUIDING}!"]
    assert story.restart(7200) is WatchState.TRIGGERED
    assert story.machine.memory.since == story.now - 7200
    assert story.told() == []


def test_several_observatories_under_one_roof() -> None:
    """The watch of the roof is armed while any of them runs, and what is unknown still runs."""
    story = Story(roof_closed=False, others={"b": False, "c": None})
    assert story.see() is WatchState.DISARMED
    assert story.see(others={"b": True, "c": None}) is WatchState.ARMED_NIGHT
    assert story.see(others={"b": None, "c": True}, roof_closed=True) is WatchState.ARMED_NIGHT
    assert story.see(others={"b": None, "c": False}) is WatchState.ARMED_NIGHT
    assert story.see(others={"b": False, "c": False}) is WatchState.DISARMED
    story.see(others={"b": True})
    # One that is no longer there runs no more.
    assert story.see(others={}) is WatchState.DISARMED


def test_what_it_waits_for() -> None:
    """The rest: a problem, and a sequence that was running when the connection was lost by day."""
    assert pending().waits() is WaitsFor.REACTION
    assert triggered().waits() is WaitsFor.ACKNOWLEDGMENT
    story = Story(dark=False, running=True)
    story.see(**NOTHING)
    assert story.see(dark=True) is WatchState.DISARMED
    assert story.waits() is WaitsFor.CONNECTION

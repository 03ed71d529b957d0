"""What people know of the night watch's problems: an acknowledgment covers that, and nothing else."""

import pytest

from custom_components.nina_observatory.night.watch_state import (
    CONNECTION_LOST_AFTER,
    WaitsFor,
    WatchMode,
    WatchState,
)

from .test_watch_state import by_sequence, triggered
from .watching import AWAY, DELAY, GUIDING, INTERRUPTED, LOST, NIGHT, NOTHING, Story


@pytest.mark.parametrize("mode", [NIGHT, AWAY])
def test_armed_by_hand_and_then_lost_before_sunset(mode: WatchMode) -> None:
    """A watch that was armed by hand wants a connection at night, also after a restart by day."""
    story = Story(dark=False)
    armed = story.arm(mode)
    story.see(**NOTHING)
    assert story.wait(3600) is armed
    story.restart()
    assert story.wait(3600) is armed
    assert story.told() == []
    assert story.see(dark=True) is WatchState.PENDING
    assert story.told() == [LOST]
    assert story.wait() is WatchState.TRIGGERED
    # Acknowledged, it lasts in silence, and is over with the connection.
    assert story.arm(mode) is armed
    assert story.machine.acknowledged == [LOST]
    story.see(reachable=True, running=False)
    assert story.machine.problems == []


def test_no_connection_by_day_is_nothing_to_the_sequence_of_a_guest() -> None:
    """It arms the watch of the roof, whose own N.I.N.A. is closed since noon."""
    story = Story(dark=False)
    story.see(**NOTHING)
    story.wait(3600)
    assert story.see(dark=True, others={"b": True}) is WatchState.ARMED_NIGHT
    assert story.wait(3600) is WatchState.ARMED_NIGHT
    assert story.told() == []


def test_an_acknowledged_loss_and_then_no_sequence() -> None:
    """Who knows of the lost connection does not know that N.I.N.A. is back without its sequence."""
    story = by_sequence()
    story.see(**NOTHING)
    story.wait(CONNECTION_LOST_AFTER + DELAY)
    assert story.told() == [LOST, f"{LOST}!"]
    assert story.arm() is WatchState.ARMED_NIGHT
    assert story.see(reachable=True) is WatchState.ARMED_NIGHT
    assert story.see(running=False) is WatchState.PENDING
    assert story.told() == [INTERRUPTED]
    assert story.wait() is WatchState.TRIGGERED
    assert story.arm() is WatchState.ARMED_NIGHT
    assert story.wait() is WatchState.ARMED_NIGHT


def test_acknowledged_and_lost_again_without_a_sequence() -> None:
    """An acknowledgment covers no second loss, although nothing proved that the first was solved."""
    story = triggered()
    assert story.arm() is WatchState.ARMED_NIGHT
    assert story.see(running=False) is WatchState.ARMED_NIGHT
    assert story.machine.acknowledged == [GUIDING]
    assert story.see(guiding_lost=None) is WatchState.ARMED_NIGHT
    assert story.machine.acknowledged == [GUIDING]
    assert story.see(guiding_lost=False) is WatchState.ARMED_NIGHT
    assert story.machine.acknowledged == []
    assert story.see(guiding_lost=True) is WatchState.PENDING
    assert story.told() == [GUIDING]


def test_disarmed_at_the_start_of_a_sequence() -> None:
    """It stays disarmed for a sequence that begins at that very moment, and arms with the next."""
    story = Story(roof_closed=False)
    story.arm()
    story.machine.disarm()
    assert story.see(running=True) is WatchState.DISARMED
    assert story.waits() is WaitsFor.NEXT_SEQUENCE
    story.see(running=False)
    assert story.see(running=True) is WatchState.ARMED_NIGHT

"""The simulated clock: speed, precision, order, skew and holding."""

import asyncio
from datetime import UTC, datetime, timedelta
import time
from zoneinfo import ZoneInfo

import pytest

from simulator.clock import SimulationClock

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 14, 18, 0, tzinfo=BERLIN)


def test_without_arguments_it_is_wall_time() -> None:
    before = datetime.now(UTC)
    clock = SimulationClock()
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == datetime.now().astimezone().utcoffset()


def test_the_start_gives_the_zone() -> None:
    clock = SimulationClock(start=START)
    assert clock.zone is BERLIN
    assert clock.now().tzinfo is BERLIN
    assert timedelta() <= clock.now() - START < timedelta(seconds=1)


def test_a_start_without_zone_is_local_time_of_the_simulated_computer() -> None:
    clock = SimulationClock(start=datetime(2026, 7, 1, 22, 0), zone=BERLIN)  # noqa: DTZ001
    assert clock.now().utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_nonsense_speeds_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        SimulationClock(speed)
    with pytest.raises(ValueError, match="positive"):
        SimulationClock().speed = speed


async def test_a_sleeper_wakes_at_the_exact_simulated_moment_at_speed_600() -> None:
    clock = SimulationClock(600, START)
    await clock.sleep(1)
    begun, real = clock.elapsed, time.monotonic()
    for count in range(1, 101):
        await clock.sleep(0.7)
        assert clock.elapsed == pytest.approx(begun + 0.7 * count)
    assert time.monotonic() - real < 5


async def test_sleeping_takes_its_share_of_real_time() -> None:
    clock = SimulationClock(100, START)
    real = time.monotonic()
    await clock.sleep(20)
    assert 0.19 < time.monotonic() - real < 2


async def test_sleepers_wake_in_order_although_the_loop_was_busy() -> None:
    clock = SimulationClock(600, START)
    woken: list[tuple[str, float]] = []

    async def steps(name: str, seconds: float, times: int) -> None:
        for _ in range(times):
            await clock.sleep(seconds)
            woken.append((name, clock.elapsed))

    async with asyncio.TaskGroup() as group:
        with clock.held():
            group.create_task(steps("slow", 5, 2))
            group.create_task(steps("fast", 2, 5))
            await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 - the busy loop is what is tested
    assert [moment for _, moment in woken] == sorted(moment for _, moment in woken)
    assert "".join(name[0] for name, _ in woken) == "ffsffsf"


async def test_changing_the_speed_does_not_jump_and_wakes_sleepers_in_time() -> None:
    clock = SimulationClock(1, START)
    sleeping = asyncio.create_task(clock.sleep(1000))
    await asyncio.sleep(0.01)
    before = clock.elapsed
    clock.speed = 100_000
    assert clock.elapsed - before < 1000
    async with asyncio.timeout(5):
        await sleeping
    clock.speed = 1
    before = clock.elapsed
    assert clock.elapsed - before < 1


async def test_cancelled_sleepers_do_not_stop_the_clock() -> None:
    clock = SimulationClock(10_000, START)
    sleeping = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0)
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert clock.elapsed > 1


async def test_skew_shifts_what_the_computer_shows_and_nothing_else() -> None:
    clock = SimulationClock(1000, START)
    clock.set_skew(-7200)
    assert clock.skew == -7200
    error = clock.true_now() - clock.now() - timedelta(hours=2)
    assert abs(error) < timedelta(seconds=30)
    wanted = clock.now() + timedelta(seconds=30)
    await clock.sleep_until(wanted)
    assert clock.now() == wanted


async def test_no_simulated_time_passes_while_held() -> None:
    clock = SimulationClock(1000, START)
    woken = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    with clock.held():
        held = clock.elapsed
        await asyncio.sleep(0.05)
        assert clock.elapsed == held
        assert not woken.done()
    async with asyncio.timeout(5):
        await woken


def test_local_times_follow_the_rules_of_their_date() -> None:
    clock = SimulationClock(start=START)
    summer = clock.localize(datetime(2026, 7, 1, tzinfo=UTC))
    assert summer.utcoffset() == timedelta(hours=2)
    assert clock.now().utcoffset() == timedelta(hours=1)


def test_in_a_time_lapse_what_is_to_come_is_as_far_away_as_it_takes() -> None:
    created = time.monotonic()
    clock = SimulationClock(20, START, lapse=True)
    begun, read = clock.true_now(), time.monotonic()
    # A busy machine may do something else between any two lines.
    assert 0 <= (clock.shown(begun) - START).total_seconds() <= read - created + 0.001
    ahead = clock.shown(begun + timedelta(hours=2)) - clock.shown(begun)
    assert ahead == timedelta(minutes=6)
    assert clock.countdown(3600.0) == 180.0
    assert clock.countdown(timedelta(hours=1)) == timedelta(minutes=3)
    time.sleep(0.05)
    least = time.monotonic() - read
    passed = (clock.shown(clock.true_now()) - clock.shown(begun)).total_seconds()
    assert least - 0.001 <= passed <= time.monotonic() - created + 0.001


def test_times_that_were_sent_stay_whatever_the_speed_becomes() -> None:
    clock = SimulationClock(400, START)
    before = START - timedelta(days=1)
    moments, sent = [before], [before]
    for speed, lapse in ((20, True), (100, True), (1, True), (400, False), (0.5, True)):
        time.sleep(0.01)
        moments.append(clock.true_now())
        sent.append(clock.shown(moments[-1]))
        assert clock.simulated(sent[-1]) - moments[-1] < timedelta(milliseconds=1)
        clock.speed, clock.lapse = speed, lapse
    assert [clock.shown(each) for each in moments] == sent
    assert sorted(sent) == sent
    # Without a time lapse, times on the wire pass as simulated ones do.
    assert sent[1] == moments[1]
    assert {each.tzinfo for each in sent} == {BERLIN}


@pytest.mark.parametrize(("speed", "lapse"), [(1, False), (1, True), (20, False)])
def test_without_a_time_lapse_simulated_times_are_sent(speed: float, lapse: bool) -> None:
    clock = SimulationClock(speed, START, lapse=lapse)
    clock.speed = speed
    for moment in (clock.now(), START - timedelta(days=9), START + timedelta(days=9)):
        assert clock.shown(moment) is moment
        assert clock.simulated(moment) is moment
    assert (clock.countdown(60), clock.countdown(0.1)) == (60, 0.1)


def test_local_times_in_a_time_lapse_follow_the_rules_of_their_date() -> None:
    """The clocks go back within twenty simulated hours, but not within this real one."""
    start = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    clock = SimulationClock(20, start, lapse=True)
    shown = clock.shown((start.astimezone(UTC) + timedelta(hours=20)).astimezone(BERLIN))
    assert shown.utcoffset() == timedelta(hours=2)
    assert abs(shown - start - timedelta(hours=1)) < timedelta(seconds=1)

"""What happens in the nights of the week, each in hours after N.I.N.A. was opened."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custom_components.nina_observatory.const import CONF_ROOF_GUARD
from custom_components.nina_observatory.roof.guard_state import GuardMode
from simulator.sequence.library import SCHEDULED, evening

if TYPE_CHECKING:
    from .week import Week

type Act = Callable[[Week], Awaitable[None]]

_MINUTE: Final = 60.0
# Seconds of a frame of the sequence without the Target Scheduler.
_EXPOSURE: Final = 180.0
# Hours after N.I.N.A. was opened at which it is dark.
DARK: Final = 1.75


@dataclass(frozen=True, slots=True)
class Night:
    """A night: `acts` by the hour; `noon` is done in the middle of the day after it."""

    text: str
    acts: tuple[tuple[float, Act], ...]
    noon: Act | None = None
    has_scheduler: bool = True


async def _scheduled(week: Week) -> None:
    """Start the night of the Target Scheduler."""
    await week.rig.sequence.run(SCHEDULED)


async def _plain(week: Week) -> None:
    """Start a sequence of one target."""
    sequence = week.rig.sequence
    sequence.load(lambda rig: evening(rig, seconds=_EXPOSURE))
    await sequence.start()


async def _clouds(week: Week) -> None:
    """Let clouds come, and go after fifty minutes."""
    rig = week.rig
    rig.weather.cloud_cover, before = 90.0, rig.weather.cloud_cover
    rig.safety_monitor.is_safe = False
    await rig.clock.sleep(50 * _MINUTE)
    rig.weather.cloud_cover = before
    rig.safety_monitor.is_safe = True


async def _rain(week: Week) -> None:
    """Let it rain for an hour and a half."""
    week.rig.rain()
    await week.rig.clock.sleep(90 * _MINUTE)
    week.rig.clear_up()


async def _autofocus_fails(week: Week) -> None:
    """Have the next autofocus fail."""
    await week.rig.faults.start("failed_autofocus", count=1)


async def _star_lost(week: Week) -> None:
    """Lose the guide star for four minutes."""
    async with week.rig.faults.during("star_lost"):
        await week.rig.clock.sleep(4 * _MINUTE)


async def _network_gone(week: Week) -> None:
    """Have the computer lose its network for three minutes."""
    async with week.rig.faults.during("refuse"):
        await week.rig.clock.sleep(3 * _MINUTE)


async def _nina_restarted(week: Week) -> None:
    """Restart N.I.N.A., connect everything, and start the sequence again."""
    await week.rig.nina.close()
    await week.rig.clock.sleep(2 * _MINUTE)
    await week.open()
    await _scheduled(week)


async def _home_restarted(week: Week) -> None:
    """Restart Home Assistant."""
    await week.house.stop()
    await week.rig.clock.sleep(_MINUTE)
    await week.house.start()


async def _arm_guard(week: Week) -> None:
    """Turn the roof guard on."""
    await week.house.set_options(**{CONF_ROOF_GUARD: GuardMode.RAIN})


NIGHTS: Final[tuple[Night, ...]] = (
    Night("a good night", ((0.1, _scheduled),)),
    Night(
        "autofocus fails, clouds",
        ((0.1, _scheduled), (0.2, _autofocus_fails), (5.0, _clouds)),
        noon=_arm_guard,
    ),
    Night("rain, roof guard on", ((0.1, _scheduled), (5.0, _rain))),
    Night(
        "no Target Scheduler, guide star lost, Home Assistant restarted by day",
        ((DARK, _plain), (4.0, _star_lost)),
        noon=_home_restarted,
        has_scheduler=False,
    ),
    Night(
        "network gone, Home Assistant restarted by night",
        ((0.1, _scheduled), (4.0, _network_gone), (5.5, _home_restarted)),
    ),
    Night("N.I.N.A. restarted by night", ((0.1, _scheduled), (4.5, _nina_restarted))),
    Night("one target, meridian flip", ((DARK, _plain),)),
)

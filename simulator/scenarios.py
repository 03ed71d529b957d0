"""Scenarios by name: a state to begin with, and a script that is played as time goes on.

A script waits on the simulated clock and does what a person, the weather or bad luck would.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .nina import Nina

__all__ = ["SCENARIOS", "Scenario", "scenario_named"]

type Script = Callable[[Nina], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: its description, its beginning, and its script."""

    text: str
    prepare: Callable[[Nina], None]
    script: Script | None = None


def scenario_named(name: str) -> Scenario:
    """Return a scenario; raises ValueError for an unknown one."""
    if name not in SCENARIOS:
        known = ", ".join(sorted(SCENARIOS))
        raise ValueError(f"there is no scenario {name!r} (known: {known})")
    return SCENARIOS[name]


def _connected(nina: Nina) -> None:
    """Have all devices connected, with the events that belong to it."""
    for device in reversed(nina.rig.devices):
        if not device.present:
            continue
        if device.role != "guider":
            nina.context.events.record(f"{device.prefix}-DISCONNECTED")
        device.attach()
        device.refresh()
        nina.context.events.record(f"{device.prefix}-CONNECTED")
    nina.sequence.initialized = True


def _imaging(nina: Nina) -> None:
    """Have the roof open, the camera cooled, guiding and a sequence running."""
    nina.rig.dome.put_shutter(1.0)
    nina.rig.dome.parked = False
    nina.rig.flat_panel.put_cover(closed=False)
    nina.rig.camera.cooler.put(-10.0)
    nina.rig.mount.hardware.put(nina.sequence.target)
    _connected(nina)
    nina.rig.rotator.synced = True
    nina.rig.rotator.refresh()
    nina.rig.guider.routines.resume()
    nina.sequence.resume_imaging()


def _clear_night(nina: Nina) -> None:
    """Be imaging the Target Scheduler's plan, if there is one."""
    nina.sequence.prepare_night()
    _imaging(nina)


def _cold(nina: Nina) -> None:
    """Have N.I.N.A. just started, nothing connected."""
    del nina


async def _clouds_and_rain(nina: Nina) -> None:
    """Let clouds come after ten minutes, rain five minutes later, and clear up after an hour."""
    clock, weather = nina.context.clock, nina.rig.weather
    await clock.sleep(600)
    for cover in (20, 45, 70, 95):
        weather.cloud_cover = float(cover)
        weather.sky_temperature += 5
        await clock.sleep(75)
    nina.rig.rain(0.6)
    await clock.sleep(300)
    nina.rig.rain(4.2)
    await clock.sleep(2400)
    nina.rig.clear_up()


async def _unsafe_during_flip(nina: Nina) -> None:
    """Report unsafe while the mount is flipping."""
    await nina.context.events.wait_for("MOUNT-BEFORE-FLIP")
    await nina.context.clock.sleep(5)
    nina.rig.safety_monitor.is_safe = False


async def _power_cut(nina: Nina) -> None:
    """Let the power fail after five minutes, for ten."""
    await nina.context.clock.sleep(300)
    await nina.context.faults.start("power_cut")
    await nina.context.clock.sleep(600)
    await nina.context.faults.stop("power_cut")


async def _nina_restart(nina: Nina) -> None:
    """Restart N.I.N.A. after two minutes, then connect everything."""
    await nina.context.clock.sleep(120)
    await nina.restart(20)
    await nina.context.clock.sleep(10)
    await nina.rig.connect_all()


async def _polar_alignment(nina: Nina) -> None:
    """Run a polar alignment, as if started in N.I.N.A. itself."""
    await nina.context.clock.sleep(5)
    await nina.tppa.run()


async def _flats_at_dawn(nina: Nina) -> None:
    """Expose flats through all filters, one after the other."""
    await nina.context.clock.sleep(5)
    await nina.flats.through_all_filters(count=5)


def _aligning(nina: Nina) -> None:
    """Have the roof open and the mount tracking, nothing running."""
    nina.rig.dome.put_shutter(1.0)
    nina.rig.dome.parked = False
    nina.rig.camera.cooler.put(-10.0)
    nina.rig.mount.hardware.put(nina.sequence.target)
    _connected(nina)


def _at_dawn(nina: Nina) -> None:
    """Have the night over: mount parked, roof closed, camera still cold."""
    nina.rig.camera.cooler.put(-10.0)
    _connected(nina)


def _flipping(nina: Nina) -> None:
    """Be imaging shortly before the meridian flip."""
    nina.sequence.aim_before_meridian(minutes=1.0)
    _imaging(nina)


SCENARIOS: dict[str, Scenario] = {
    "idle": Scenario("all connected, roof closed, mount parked, a sequence loaded", _connected),
    "cold_start": Scenario("N.I.N.A. has just started, nothing is connected", _cold),
    "clear_night": Scenario("imaging under an open roof", _clear_night),
    "clouds_and_rain": Scenario(
        "imaging, then clouds and rain come and go", _imaging, _clouds_and_rain
    ),
    "unsafe_during_flip": Scenario(
        "imaging, then unsafe in the middle of the meridian flip", _flipping, _unsafe_during_flip
    ),
    "power_cut": Scenario("imaging, then the power fails for ten minutes", _imaging, _power_cut),
    "polar_alignment": Scenario("a polar alignment is run", _aligning, _polar_alignment),
    "two_rigs": Scenario("imaging, with a second rig on the next port", _imaging),
    "flats_at_dawn": Scenario("the night is over, flats are exposed", _at_dawn, _flats_at_dawn),
    "nina_restart": Scenario("imaging, then N.I.N.A. is restarted", _imaging, _nina_restart),
}

"""Scenarios by name: a state to begin with, and a script that is played as time goes on.

A script waits on the observatory's clock and does what a person, the weather or bad luck would.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .observatory import Observatory

__all__ = ["SCENARIOS", "Scenario", "scenario_named"]

type Script = Callable[[Observatory], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: what it shows, how it begins, and what then happens."""

    text: str
    prepare: Callable[[Observatory], None]
    script: Script | None = None


def scenario_named(name: str) -> Scenario:
    """Return a scenario; raises ValueError for one nobody knows."""
    if name not in SCENARIOS:
        known = ", ".join(sorted(SCENARIOS))
        raise ValueError(f"there is no scenario {name!r} (known: {known})")
    return SCENARIOS[name]


def _connected(observatory: Observatory) -> None:
    """Have all devices connected, with the events that belong to it."""
    for device in reversed(observatory.devices):
        if not device.present:
            continue
        if device.role != "guider":
            observatory.events.record(f"{device.prefix}-DISCONNECTED")
        device.attach()
        device.refresh()
        observatory.events.record(f"{device.prefix}-CONNECTED")
    observatory.sequence.initialised = True


def _imaging(observatory: Observatory) -> None:
    """Have the roof open, the camera cooled, guiding and a sequence running."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.flat_panel.put_cover(closed=False)
    observatory.camera.cooler.put(-10.0)
    observatory.mount.hardware.put(observatory.sequence.target)
    _connected(observatory)
    observatory.rotator.synced = True
    observatory.rotator.refresh()
    observatory.guider.routines.resume()
    observatory.sequence.resume_imaging()


def _clear_night(observatory: Observatory) -> None:
    """Be imaging what the Target Scheduler plans, where there is one."""
    observatory.sequence.prepare_night()
    _imaging(observatory)


def _cold(observatory: Observatory) -> None:
    """Have N.I.N.A. just started, nothing connected."""
    del observatory


async def _clouds_and_rain(observatory: Observatory) -> None:
    """Let clouds come after ten minutes, rain five minutes later, and clear up after an hour."""
    clock, weather = observatory.clock, observatory.weather
    await clock.sleep(600)
    for cover in (20, 45, 70, 95):
        weather.cloud_cover = float(cover)
        weather.sky_temperature += 5
        await clock.sleep(75)
    observatory.rain(0.6)
    await clock.sleep(300)
    observatory.rain(4.2)
    await clock.sleep(2400)
    observatory.clear_up()


async def _unsafe_during_flip(observatory: Observatory) -> None:
    """Say unsafe while the mount is flipping."""
    await observatory.events.wait_for("MOUNT-BEFORE-FLIP")
    await observatory.clock.sleep(5)
    observatory.safety_monitor.is_safe = False


async def _power_cut(observatory: Observatory) -> None:
    """Let the power fail after five minutes, for ten."""
    await observatory.clock.sleep(300)
    await observatory.faults.start("power_cut")
    await observatory.clock.sleep(600)
    await observatory.faults.stop("power_cut")


async def _nina_restart(observatory: Observatory) -> None:
    """Restart N.I.N.A. after two minutes, then connect everything."""
    await observatory.clock.sleep(120)
    await observatory.lifecycle.restart(20)
    await observatory.clock.sleep(10)
    await observatory.connect_all()


async def _polar_alignment(observatory: Observatory) -> None:
    """Run a polar alignment, as if started in N.I.N.A. itself."""
    await observatory.clock.sleep(5)
    await observatory.tppa.run()


async def _flats_at_dawn(observatory: Observatory) -> None:
    """Expose flats through all filters, one after the other."""
    await observatory.clock.sleep(5)
    await observatory.flats.through_all_filters(count=5)


def _aligning(observatory: Observatory) -> None:
    """Have the roof open and the mount tracking, nothing running."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.camera.cooler.put(-10.0)
    observatory.mount.hardware.put(observatory.sequence.target)
    _connected(observatory)


def _at_dawn(observatory: Observatory) -> None:
    """Have the night over: mount parked, roof closed, camera still cold."""
    observatory.camera.cooler.put(-10.0)
    _connected(observatory)


def _flipping(observatory: Observatory) -> None:
    """Be imaging shortly before the meridian flip."""
    observatory.sequence.aim_before_meridian(minutes=1.0)
    _imaging(observatory)


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

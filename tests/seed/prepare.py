"""What makes the simulated observatory ready for a row."""

from collections.abc import Callable

from custom_components.nina_observatory.api import Role
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.enums import TrackingMode
from simulator.sky import Coordinates


def detached(*roles: Role) -> Callable[[Observatory], None]:
    """Return what has devices not connected."""

    def detach(observatory: Observatory) -> None:
        """Forget them."""
        for role in roles:
            getattr(observatory, role.value).detach()

    return detach


def exposing(observatory: Observatory) -> None:
    """Have the camera expose for long."""
    observatory.tasks.start(observatory.camera.routines.take(Exposure(900.0, save=False)))
    observatory.camera.begin_exposure(900.0)


def under_the_stars(observatory: Observatory) -> None:
    """Have the roof open, the mount tracking, the guider stopped."""
    observatory.dome.put_shutter(1.0)
    now = observatory.clock.true_now()
    hours = (observatory.site.sidereal_time(now) + 2.0) % 24
    observatory.mount.hardware.put(Coordinates(hours, 30.0, "JNOW").to_j2000(now))
    observatory.mount.hardware.track(TrackingMode.SIDEREAL)
    observatory.guider.calibrated = True
    observatory.guider.routines.put("Stopped")


def near_focus(observatory: Observatory) -> None:
    """Have the focuser near its best position, under the stars."""
    under_the_stars(observatory)
    observatory.focuser.travel.put(20000.0)


def guided(observatory: Observatory) -> None:
    """Have the guider guide under an open roof."""
    under_the_stars(observatory)
    observatory.guider.routines.put("Guiding")


def roof_open(observatory: Observatory) -> None:
    """Have the roof open."""
    observatory.dome.put_shutter(1.0)


def roof_closing(observatory: Observatory) -> None:
    """Have the roof on its way down, by the API."""
    observatory.dome.put_shutter(1.0)
    observatory.command_roof(opens=False)


def synced(observatory: Observatory) -> None:
    """Have the rotator stand, synced."""
    observatory.rotator.turn.put(64.0)
    observatory.rotator.synced = True


def switched_off(observatory: Observatory) -> None:
    """Have a channel of the switch hub at 0."""
    observatory.switch_hub.writable[2].value = 0

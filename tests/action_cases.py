"""Actions: what each sends, and what has happened when it returns."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final

from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.enums import TrackingMode
from simulator.sky import Coordinates

from .commanding import nothing


@dataclass(frozen=True)
class ActionCase:
    """An action, the one request it should send (below equipment), what should then be so, and more.

    `data` are its fields, `sent` the parameters of the request.
    """

    action: str
    endpoint: str
    done: Callable[[Observatory], bool]
    _: KW_ONLY
    data: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Observatory], object] = nothing

    @property
    def request(self) -> tuple[str, dict[str, str]]:
        """Return path and parameters of the request."""
        return f"/equipment/{self.endpoint}", dict(self.sent)

    @property
    def name(self) -> str:
        """Return what tells the case from others."""
        return "_".join((self.action, *map(str, self.data.values())))


# A reading within a degree is believed; what it is read with rounds, and is off by a little.
COOLED = 1.25


def expose(observatory: Observatory) -> None:
    """Have the camera expose for long."""
    observatory.tasks.start(observatory.camera.routines.take(Exposure(900.0, save=False)))
    observatory.camera.begin_exposure(900.0)


def warm(observatory: Observatory) -> None:
    """Have the camera warm, its cooler off."""
    observatory.camera.cooler.put(12.0)
    observatory.camera.cooler.switch(on=False)


def cool(observatory: Observatory) -> None:
    """Have the camera cooled."""
    observatory.camera.cooler.put(0.0)


def unparked(observatory: Observatory) -> None:
    """Have the mount point at a star and track."""
    observatory.mount.hardware.put(high(observatory))


def standing(observatory: Observatory) -> None:
    """Have the mount unparked, standing."""
    unparked(observatory)
    observatory.mount.hardware.track(TrackingMode.STOPPED)


def high(observatory: Observatory, hour_angle: float = -2.0) -> Coordinates:
    """Return a place of J2000 that stands high in the sky, in the east."""
    now = observatory.clock.true_now()
    hours = (observatory.site.sidereal_time(now) - hour_angle) % 24
    return Coordinates(hours, 30.0, "JNOW").to_j2000(now)


def slewing(observatory: Observatory) -> None:
    """Have the mount on a long way."""
    unparked(observatory)
    observatory.mount.hardware.rate = 0.01
    observatory.mount.hardware.slew_to(high(observatory, 2.0))


def guided(observatory: Observatory) -> None:
    """Have the guider guide under an open roof."""
    under_the_stars(observatory)
    observatory.guider.routines.put("Guiding")


def under_the_stars(observatory: Observatory) -> None:
    """Have the roof open, the mount tracking, the guider stopped."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.following = False
    unparked(observatory)
    observatory.guider.calibrated = True
    observatory.guider.routines.put("Stopped")


def closed(observatory: Observatory) -> None:
    """Have the roof closed, the mount parked, and safe."""
    observatory.dome.put_shutter(0.0)
    observatory.mount.hardware.park_by_hand()


def synced(observatory: Observatory) -> None:
    """Have the rotator stand, synced."""
    observatory.rotator.turn.put(64.0)
    observatory.rotator.synced = True


def degrees(place: Coordinates) -> dict[str, Any]:
    """Return a place as the fields of an action."""
    return {"right_ascension": place.ra_degrees, "declination": place.dec_degrees}


def away(observatory: Observatory, place: Coordinates) -> float:
    """Return how far the telescope points from a place, in degrees of declination and turn."""
    here = observatory.mount.hardware.coordinates
    there = place.to_jnow(observatory.clock.true_now())
    turn = abs((here.ra_hours - there.ra_hours + 12) % 24 - 12) * 15
    return turn + abs(here.dec_degrees - there.dec_degrees)


CASES: Final[dict[str, tuple[ActionCase, ...]]] = {
    "camera": (
        ActionCase(
            "cool",
            "camera/cool",
            lambda o: o.camera.cooler.on and abs(o.camera.cooler.temperature - 5) <= COOLED,
            data={"temperature": 5},
            sent={"temperature": "5.0", "minutes": "-1", "cancel": "false"},
            prepare=warm,
        ),
        ActionCase(
            "cool",
            "camera/cool",
            lambda o: abs(o.camera.cooler.temperature + 2.5) <= COOLED,
            data={"temperature": "-2.5", "minutes": 3},
            sent={"temperature": "-2.5", "minutes": "3.0", "cancel": "false"},
            prepare=warm,
        ),
        ActionCase(
            "warm",
            "camera/warm",
            lambda o: not o.camera.cooler.on,
            data={"minutes": 4},
            sent={"minutes": "4.0", "cancel": "false"},
            prepare=cool,
        ),
        ActionCase(
            "abort_exposure",
            "camera/abort-exposure",
            lambda o: not o.camera.exposing,
            prepare=expose,
        ),
    ),
    "mount": (
        ActionCase("find_home", "mount/home", lambda o: o.mount.at_home, prepare=standing),
        ActionCase(
            "set_tracking",
            "mount/tracking",
            lambda o: o.mount.hardware.tracking is TrackingMode.SOLAR,
            data={"mode": "solar"},
            sent={"mode": "2"},
            prepare=unparked,
        ),
        ActionCase(
            "set_tracking",
            "mount/tracking",
            lambda o: o.mount.hardware.tracking is TrackingMode.STOPPED,
            data={"mode": "stopped"},
            sent={"mode": "4"},
            prepare=unparked,
        ),
        ActionCase(
            "stop_mount", "mount/slew/stop", lambda o: not o.mount.hardware.slewing, prepare=slewing
        ),
    ),
    "focuser": (
        ActionCase(
            "move_focuser",
            "focuser/move",
            lambda o: o.focuser.position == 21500,
            data={"position": "21500"},
            sent={"position": "21500"},
        ),
    ),
    "filter_wheel": (
        ActionCase(
            "change_filter",
            "filterwheel/change-filter",
            lambda o: o.filter_wheel.slot == 4,
            data={"filter": "Ha"},
            sent={"filterId": "4"},
        ),
    ),
    "rotator": (
        ActionCase(
            "move_rotator",
            "rotator/move",
            lambda o: abs(o.rotator.position - 10.5) < 0.1,
            data={"position": 10.5},
            sent={"position": "10.5"},
            prepare=synced,
        ),
        ActionCase(
            "move_rotator",
            "rotator/move-mechanical",
            lambda o: abs(o.rotator.mechanical - 75) < 0.1,
            data={"position": 75, "mechanical": True},
            sent={"position": "75.0"},
            prepare=synced,
        ),
    ),
    "guider": (
        ActionCase(
            "start_guiding",
            "guider/start",
            lambda o: o.guider.guiding,
            sent={"calibrate": "false"},
            prepare=under_the_stars,
        ),
        ActionCase(
            "start_guiding",
            "guider/start",
            lambda o: o.guider.guiding,
            data={"calibrate": True},
            sent={"calibrate": "true"},
            prepare=under_the_stars,
        ),
        ActionCase("stop_guiding", "guider/stop", lambda o: not o.guider.guiding, prepare=guided),
    ),
    "dome": (
        ActionCase(
            "slew_dome",
            "dome/slew",
            lambda o: abs(o.dome.turn.value - 222) < 0.1,
            data={"azimuth": 222},
            sent={"azimuth": "222.0", "waitToFinish": "false"},
            prepare=closed,
        ),
        ActionCase("open_roof", "dome/open", lambda o: o.dome.opening == 1.0, prepare=closed),
    ),
    "switch_hub": (
        ActionCase(
            "set_switch",
            "switch/set",
            lambda o: o.switch_hub.writable[2].value == 1,
            data={"switch": "Flat Panel", "value": 1},
            sent={"index": "2", "value": "1.0"},
            prepare=lambda o: setattr(o.switch_hub.writable[2], "value", 0),
        ),
        ActionCase(
            "set_switch",
            "switch/set",
            lambda o: o.switch_hub.writable[3].value == 72,
            data={"switch": 5, "value": "72"},
            # The channel with the id 5 is the fourth in the list.
            sent={"index": "3", "value": "72.0"},
        ),
    ),
}

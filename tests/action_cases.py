"""Actions: what each sends, and what has happened when it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simulator import Observatory
from simulator.enums import TrackingMode
from simulator.routines.camera import Exposure
from simulator.sky import Coordinates

from .commanding import nothing


@dataclass(frozen=True, kw_only=True)
class ActionCase:
    """An action with its fields, the one request it should send, and what should then be so."""

    action: str
    path: str
    data: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    done: Callable[[Observatory], bool]
    prepare: Callable[[Observatory], object] = nothing

    @property
    def name(self) -> str:
        """Return what tells the case from others."""
        return "_".join((self.action, *map(str, self.data.values())))


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
            action="cool",
            data={"temperature": 5},
            path="/equipment/camera/cool",
            sent={"temperature": "5.0", "minutes": "-1", "cancel": "false"},
            done=lambda o: o.camera.cooler.on and abs(o.camera.cooler.temperature - 5) <= 1,
            prepare=warm,
        ),
        ActionCase(
            action="cool",
            data={"temperature": "-2.5", "minutes": 3},
            path="/equipment/camera/cool",
            sent={"temperature": "-2.5", "minutes": "3.0", "cancel": "false"},
            done=lambda o: abs(o.camera.cooler.temperature + 2.5) <= 1,
            prepare=warm,
        ),
        ActionCase(
            action="warm",
            data={"minutes": 4},
            path="/equipment/camera/warm",
            sent={"minutes": "4.0", "cancel": "false"},
            done=lambda o: not o.camera.cooler.on,
            prepare=cool,
        ),
        ActionCase(
            action="abort_exposure",
            path="/equipment/camera/abort-exposure",
            done=lambda o: not o.camera.exposing,
            prepare=expose,
        ),
    ),
    "mount": (
        ActionCase(
            action="find_home",
            path="/equipment/mount/home",
            done=lambda o: o.mount.at_home,
            prepare=standing,
        ),
        ActionCase(
            action="set_tracking",
            data={"mode": "solar"},
            path="/equipment/mount/tracking",
            sent={"mode": "2"},
            done=lambda o: o.mount.hardware.tracking is TrackingMode.SOLAR,
            prepare=unparked,
        ),
        ActionCase(
            action="set_tracking",
            data={"mode": "stopped"},
            path="/equipment/mount/tracking",
            sent={"mode": "4"},
            done=lambda o: o.mount.hardware.tracking is TrackingMode.STOPPED,
            prepare=unparked,
        ),
        ActionCase(
            action="stop_mount",
            path="/equipment/mount/slew/stop",
            done=lambda o: not o.mount.hardware.slewing,
            prepare=slewing,
        ),
    ),
    "focuser": (
        ActionCase(
            action="move_focuser",
            data={"position": "21500"},
            path="/equipment/focuser/move",
            sent={"position": "21500"},
            done=lambda o: o.focuser.position == 21500,
        ),
    ),
    "filter_wheel": (
        ActionCase(
            action="change_filter",
            data={"filter": "Ha"},
            path="/equipment/filterwheel/change-filter",
            sent={"filterId": "4"},
            done=lambda o: o.filter_wheel.slot == 4,
        ),
    ),
    "rotator": (
        ActionCase(
            action="move_rotator",
            data={"position": 10.5},
            path="/equipment/rotator/move",
            sent={"position": "10.5"},
            done=lambda o: abs(o.rotator.position - 10.5) < 0.1,
            prepare=synced,
        ),
        ActionCase(
            action="move_rotator",
            data={"position": 75, "mechanical": True},
            path="/equipment/rotator/move-mechanical",
            sent={"position": "75.0"},
            done=lambda o: abs(o.rotator.mechanical - 75) < 0.1,
            prepare=synced,
        ),
    ),
    "guider": (
        ActionCase(
            action="start_guiding",
            path="/equipment/guider/start",
            sent={"calibrate": "false"},
            done=lambda o: o.guider.guiding,
            prepare=under_the_stars,
        ),
        ActionCase(
            action="start_guiding",
            data={"calibrate": True},
            path="/equipment/guider/start",
            sent={"calibrate": "true"},
            done=lambda o: o.guider.guiding,
            prepare=under_the_stars,
        ),
        ActionCase(
            action="stop_guiding",
            path="/equipment/guider/stop",
            done=lambda o: not o.guider.guiding,
            prepare=guided,
        ),
    ),
    "dome": (
        ActionCase(
            action="slew_dome",
            data={"azimuth": 222},
            path="/equipment/dome/slew",
            sent={"azimuth": "222.0", "waitToFinish": "false"},
            done=lambda o: abs(o.dome.turn.value - 222) < 0.1,
            prepare=closed,
        ),
        ActionCase(
            action="open_roof",
            path="/equipment/dome/open",
            done=lambda o: o.dome.opening == 1.0,
            prepare=closed,
        ),
    ),
    "switch_hub": (
        ActionCase(
            action="set_switch",
            data={"switch": "Flat Panel", "value": 1},
            path="/equipment/switch/set",
            sent={"index": "2", "value": "1.0"},
            done=lambda o: o.switch_hub.writable[2].value == 1,
            prepare=lambda o: setattr(o.switch_hub.writable[2], "value", 0),
        ),
        ActionCase(
            action="set_switch",
            data={"switch": 5, "value": "72"},
            path="/equipment/switch/set",
            # The channel with the id 5 is the fourth in the list.
            sent={"index": "3", "value": "72.0"},
            done=lambda o: o.switch_hub.writable[3].value == 72,
        ),
    ),
}

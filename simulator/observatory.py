"""The simulated observatory: its devices, N.I.N.A. with its server, and what happens to them."""

import asyncio
from datetime import UTC, datetime, timedelta
import random
from typing import TYPE_CHECKING, Any, Self

from .channels import Channel
from .clock import SimulationClock
from .devices.camera import Camera
from .devices.dome import Dome
from .devices.filter_wheel import FilterWheel
from .devices.flat_panel import FlatPanel
from .devices.focuser import Focuser
from .devices.guider import Guider
from .devices.mount import Mount
from .devices.rotator import Rotator
from .devices.safety_monitor import SafetyMonitor
from .devices.switch_hub import SwitchHub
from .devices.weather import Weather
from .dialect import Dialect, parse_version
from .enums import Epoch, ShutterState
from .events import Events
from .faults import Faults
from .images import Images
from .plain_sequence import PlainSequence
from .profile import Profiles
from .routes.capture import CaptureRoutes
from .routes.general import GeneralRoutes
from .routes.images import ImageRoutes
from .routes.sequence import SequenceRoutes
from .routing import Router
from .scenarios import prepare
from .sky import Coordinates, Site, dec_string, ra_string
from .tasks import Tasks
from .transport import Transport

if TYPE_CHECKING:
    from types import TracebackType

    from .faults import Fault
    from .images import Frame
    from .ledger import Ledger
    from .profile import Profile

__all__ = ["Observatory"]

_COVERED_CLOUDS = 90.0


class Observatory:
    """A rig under a roof, run by a simulated N.I.N.A.

    `async with Observatory(port=0, speed=50, scenario="idle") as observatory:` serves at
    `observatory.port` until the block ends. `version` is the plugin version spoken; `start` the
    simulated time at which it begins, by default now, with the site where it is night then.
    """

    def __init__(
        self,
        port: int = 1888,
        scheduler_port: int | None = None,
        *,
        host: str = "127.0.0.1",
        speed: float = 1.0,
        version: str = "2.2.15.0",
        scenario: str = "idle",
        start: datetime | None = None,
        site: Site | None = None,
        seed: int = 1,
        profiles: tuple[str, ...] = ("Refractor", "Reflector 2"),
    ) -> None:
        """Build everything; nothing runs until `start` or `async with`."""
        self.dialect = Dialect(parse_version(version))
        self.scenario = scenario
        self.clock = SimulationClock(speed, *_night(start))
        self.site = site or Site.where_it_is_night(self.clock.true_now(), latitude=47.2)
        self.random = random.Random(seed)
        self.faults = Faults()
        self.tasks = Tasks()
        self.events = Events(self.clock, self.dialect)
        self.images = Images()
        self.profiles = Profiles(self.site, self.clock.now(), profiles)
        self.nina_version = "3.2.0.9001"
        self.application_start = self.clock.now()
        self.power_is_off = False
        self.seeing = 2.4
        self.autofocus_report: Any = None
        self.weather = Weather(self)
        self.camera = Camera(self)
        self.mount = Mount(self)
        self.focuser = Focuser(self)
        self.filter_wheel = FilterWheel(self)
        self.rotator = Rotator(self)
        self.guider = Guider(self)
        self.dome = Dome(self)
        self.flat_panel = FlatPanel(self)
        self.switch_hub = SwitchHub(self)
        self.safety_monitor = SafetyMonitor(self)
        self.sequence = PlainSequence(self)
        self._prepared = False
        self._router = Router()
        self._capture = CaptureRoutes(self)
        routes = (GeneralRoutes(self), ImageRoutes(self), self._capture, SequenceRoutes(self))
        self._router.add_all((*self.devices, *routes))
        self.socket = Channel("/v2/socket", self.faults)
        self.events.deliver_to(self.socket.broadcast)
        channels = {channel.path: channel for channel in (self.socket,)}
        self.transport = Transport(
            self._router, channels, self.dialect, self.faults, self.clock.now, host, port
        )
        self.scheduler_port = scheduler_port or None
        self.faults.subscribe(self._fault_changed)

    @property
    def devices(self) -> tuple[Any, ...]:
        """Return all eleven devices in the order in which N.I.N.A. disconnects them."""
        return (
            self.guider,
            self.dome,
            self.flat_panel,
            self.camera,
            self.mount,
            self.filter_wheel,
            self.focuser,
            self.rotator,
            self.switch_hub,
            self.weather,
            self.safety_monitor,
        )

    @property
    def port(self) -> int:
        """Return the port of the Advanced API."""
        return self.transport.listener.port

    @property
    def ledger(self) -> Ledger:
        """Return what clients asked for."""
        return self.transport.ledger

    @property
    def profile(self) -> Profile:
        """Return the active profile."""
        return self.profiles.active

    @property
    def sky_is_covered(self) -> bool:
        """Tell whether no star can be seen: clouds, or a roof that is not open."""
        roofed = self.dome.can_set_shutter and self.dome.shutter is not ShutterState.OPEN
        return roofed or self.weather.cloud_cover >= _COVERED_CLOUDS

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.faults.clear()
        await self.stop()

    async def start(self) -> None:
        """Serve; the first time the scenario is set up, later everything is as it was."""
        if not self._prepared:
            self._prepared = True
            prepare(self)
        await self.transport.listener.open()
        self.tasks.start(self._poll(), "poll")
        if not self.sequence.initialised:
            self.tasks.start(self.sequence.initialise(), "initialise")

    async def stop(self) -> None:
        """Refuse connections, break the existing ones, and end all that runs."""
        await self.tasks.stop()
        await self.transport.listener.close()

    async def restart_nina(self, seconds: float = 5.0) -> None:
        """Close N.I.N.A. and start it again after some simulated seconds, with nothing connected.

        The hardware stays as it is; histories are empty and the sequencer is not ready for some
        seconds.
        """
        await self.close_nina()
        await self.clock.sleep(seconds)
        await self.open_nina()

    async def close_nina(self) -> None:
        """Close N.I.N.A.: every device announces its disconnect, then the server is gone."""
        for device in self.devices:
            device.detach()
            await self.events.emit(f"{device.prefix}-DISCONNECTED")
        await self.socket.close()
        await self.stop()

    async def open_nina(self) -> None:
        """Start N.I.N.A. with empty histories."""
        self.events.clear()
        self.images.clear()
        self._capture.forget()
        self.application_start = self.clock.now()
        for device in self.devices:
            device.ever_connected = False
            device.detach()
        self.sequence = PlainSequence(self)
        await self.start()

    async def connect_all(self) -> None:
        """Connect all devices one after another, as N.I.N.A.'s button does."""
        for device in reversed(self.devices):
            await device.connect()

    def rain(self, rate: float = 2.4) -> None:
        """Make it rain: the station measures it, and the safety monitor says unsafe."""
        self.weather.rain(rate)
        self.safety_monitor.is_safe = False

    def clear_up(self) -> None:
        """Let the sky clear up and be safe again."""
        self.weather.clear()
        self.safety_monitor.is_safe = True

    def seconds(self, count: float) -> timedelta:
        """Return a time span."""
        return timedelta(seconds=count)

    async def finished(self, task: asyncio.Task[bool], *, cancelled_is_error: bool = False) -> bool:
        """Wait for background work and tell whether it succeeded."""
        from .reply import UNKNOWN_ERROR  # noqa: PLC0415

        await asyncio.wait([task])
        if task.cancelled():
            if cancelled_is_error:
                raise UNKNOWN_ERROR
            return False
        return task.exception() is None and bool(task.result())

    def wire_coordinates(self, place: Coordinates) -> dict[str, Any]:
        """Return coordinates as the object N.I.N.A. writes."""
        now = self.clock.now()
        return {
            "RA": float(place.ra_hours),
            "RAString": ra_string(place.ra_hours),
            "RADegrees": float(place.ra_degrees),
            "Dec": float(place.dec_degrees),
            "DecString": dec_string(place.dec_degrees),
            "Epoch": Epoch.parse(place.epoch),
            "DateTime": {"Now": now, "UtcNow": now.astimezone(UTC)},
        }

    def solve(self, frame: Frame) -> dict[str, Any]:
        """Return what a plate solve of a frame finds."""
        solved = frame.statistics.stars > 10
        angle = self.rotator.position
        place = self.mount.hardware.coordinates.to_j2000(self.clock.true_now())
        scale = 206.265 * self.camera.pixel_size / frame.focal_length
        return {
            "SolveTime": self.clock.now(),
            "Orientation": 360 - angle,
            "PositionAngle": angle,
            "Pixscale": scale if solved else 0.0,
            "Radius": scale * 0.3,
            "Coordinates": self.wire_coordinates(place) if solved else None,
            "Flipped": False,
            "Success": solved,
            "RaErrorString": "--",
            "RaPixError": float("nan"),
            "DecPixError": float("nan"),
            "DecErrorString": "--",
        }

    async def _poll(self) -> None:
        """Poll all drivers, as often as the profile says."""
        while True:
            interval = self.profile.section("ApplicationSettings")["DevicePollingInterval"]
            await self.clock.sleep(interval)
            for device in self.devices:
                await device.poll()

    async def _fault_changed(self, fault: Fault, on: bool) -> None:
        """Do what those faults ask for that concern everything."""
        if fault.name == "refuse":
            await (self.transport.listener.close() if on else self.transport.listener.open())
        elif fault.name == "socket_drop":
            self.socket.drop()
        elif fault.name == "reorder_events" and not on:
            await self.socket.release()
        elif fault.name == "restart":
            self._restart = asyncio.create_task(self.restart_nina(fault.options["seconds"]))
        elif fault.name == "clock_skew":
            self.clock.set_skew(fault.options["seconds"] if on else 0.0)


def _night(start: datetime | None) -> tuple[datetime, Any]:
    """Return the start of simulated time and the computer's zone: one where it is night."""
    if start is not None:
        return start, None
    now = datetime.now(UTC)
    offset = (22 - now.hour + 12) % 24 - 12
    from datetime import timezone  # noqa: PLC0415

    zone = timezone(timedelta(hours=offset))
    return now.astimezone(zone), zone

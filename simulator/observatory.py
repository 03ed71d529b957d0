"""The simulated observatory: its devices, N.I.N.A. with its server, and what happens to them."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone, tzinfo
import random
from typing import TYPE_CHECKING, Any, Self

from .axis_control import AxisControl
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
from .enums import ShutterState
from .events import Events
from .faults import Faults
from .flats import Flats
from .habits import MountHabits, RoofHabits
from .images import Images
from .lifecycle import Lifecycle
from .live_stack import LiveStack
from .log import Log
from .misfortune import Misfortune
from .networked import Networked
from .profile import Profiles
from .reply import UNKNOWN_ERROR
from .routes import all_routes
from .routing import Router
from .scenarios import scenario_named
from .scheduler.server import SchedulerServer
from .scheduler.tonight import PROFILES, store_for_tonight
from .sequence.sequencer import Sequencer
from .sky import Site
from .tasks import Tasks
from .tppa import PolarAlignment
from .transport import Settings, Transport
from .truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from .devices.base import Device
    from .ledger import Ledger
    from .profile import Profile

__all__ = ["Observatory"]

_COVERED_CLOUDS = 90.0
_PLUGINS = ("Advanced API", "Live Stack", "Target Scheduler", "Three Point Polar Alignment")
_LATITUDE = 47.2


class Observatory:
    """A rig under a roof, run by a simulated N.I.N.A.

    `async with Observatory(port=0, speed=50, scenario="idle") as observatory:` serves at
    `observatory.port` until the block ends, and the Target Scheduler at `scheduler_port` unless
    that is None. `version` is the plugin version spoken, `scheduler_version` that of the Target
    Scheduler; `start` the simulated time at which it begins, by default now, at a site and in a
    time zone where it is night then. `roof` and `mount` are the habits of their drivers; `without`
    names the devices that the rig does not have.
    """

    def __init__(
        self,
        port: int = 1888,
        scheduler_port: int | None = None,
        *,
        host: str = "127.0.0.1",
        speed: float = 1.0,
        version: str = "2.2.15.0",
        scheduler_version: str = "5.9.3.0",
        scenario: str = "idle",
        start: datetime | None = None,
        site: Site | None = None,
        seed: int = 1,
        roof: RoofHabits | None = None,
        mount: MountHabits | None = None,
        without: Iterable[str] = (),
    ) -> None:
        """Build everything; nothing runs until `start` or `async with`.

        Raises ValueError for an unknown version, scenario, speed or device.
        """
        self.dialect = Dialect(parse_version(version))
        scenario_named(scenario)
        self.scenario = scenario
        self.clock = SimulationClock(speed, *_night(start))
        self.site = site or Site.where_it_is_night(self.clock.true_now(), latitude=_LATITUDE)
        self.random = random.Random(seed)
        self.faults = Faults()
        self.tasks = Tasks()
        self.events = Events(self.clock, self.dialect)
        self.log = Log(self.clock)
        self.images = Images()
        self.profiles = Profiles(self.site, self.clock.now(), PROFILES)
        self.settings = Settings(cors=self.dialect.cors)
        self.plugins = _PLUGINS
        self.nina_version = "3.2.0.9001"
        self.application_start = self.clock.now()
        self.tab = "equipment"
        self.screen_locked = False
        self.horizon: list[tuple[float, float]] = []
        self.sequence_files: dict[str, Any] | None = {}
        self.power_is_off = False
        self.seeing = 2.4
        self.autofocus_report: Any = None
        self._prepared = False
        self._build_devices(roof or RoofHabits(), mount or MountHabits())
        self._leave_out(frozenset(without))
        self._build_plugins()
        self._build_servers(host, port, scheduler_port)
        if self.scheduler is not None:
            self.scheduler.store.version = scheduler_version

    def _build_devices(self, roof: RoofHabits, mount: MountHabits) -> None:
        """Build the rig."""
        self.weather = Weather(self)
        self.camera = Camera(self)
        self.mount = Mount(self, mount)
        self.focuser = Focuser(self)
        self.filter_wheel = FilterWheel(self)
        self.rotator = Rotator(self)
        self.guider = Guider(self)
        self.dome = Dome(self, roof)
        self.flat_panel = FlatPanel(self)
        self.switch_hub = SwitchHub(self)
        self.safety_monitor = SafetyMonitor(self)

    def _leave_out(self, roles: frozenset[str]) -> None:
        """Have no device selected for these roles, in any profile."""
        unknown = roles - {device.role for device in self.devices}
        if unknown:
            raise ValueError(f"there is no device {', '.join(sorted(unknown))}")
        for device in self.devices:
            if device.role in roles:
                for profile in self.profiles.all:
                    self.profiles.active = profile
                    device.select(selected=False)
        self.profiles.active = self.profiles.all[0]

    def _build_plugins(self) -> None:
        """Build what works inside N.I.N.A."""
        self.sequence = Sequencer(self)
        self.flats = Flats(self)
        self.live_stack = LiveStack(self)
        self.tppa = PolarAlignment(self)
        self.axis_control = AxisControl(self)
        self.networked = Networked(self.faults)
        self.lifecycle = Lifecycle(self)

    def _build_servers(self, host: str, port: int, scheduler_port: int | None) -> None:
        """Build both servers."""
        router = Router()
        self._routes = all_routes(self)
        router.add_all((*self.devices, *self._routes))
        self.socket = Channel("/v2/socket", self.faults)
        self.events.deliver_to(self.socket.broadcast)
        self.channels = (
            self.socket,
            self.tppa.channel,
            self.axis_control.channel,
            self.networked.wheel,
            self.networked.rotator,
        )
        paths = {channel.path: channel for channel in self.channels}
        self.transport = Transport(
            router, paths, self.dialect, self.faults, self.settings, self.clock.now, host, port
        )
        self.scheduler: SchedulerServer | None = None
        if scheduler_port is not None:
            store = store_for_tonight(self.site, self.clock.true_now())
            self.scheduler = SchedulerServer(
                self.clock,
                self.site,
                store,
                host,
                scheduler_port,
                faults=self.faults,
                ledger=self.ledger,
            )
        self.truth = Truth(self)
        self.faults.subscribe(Misfortune(self).changed)

    @property
    def devices(self) -> tuple[Device, ...]:
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
    def scheduler_port(self) -> int | None:
        """Return the port of the Target Scheduler, None without one."""
        return self.scheduler.port if self.scheduler is not None else None

    @property
    def ledger(self) -> Ledger:
        """Return what clients asked both servers for."""
        return self.transport.ledger

    @property
    def profile(self) -> Profile:
        """Return the active profile."""
        return self.profiles.active

    @property
    def sky_is_covered(self) -> bool:
        """Tell whether no star can be seen: clouds, or a roof that is not open."""
        dome = self.dome
        roofed = dome.present and dome.can_set_shutter and dome.shutter is not ShutterState.OPEN
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
        await self.lifecycle.stop()
        await self.stop()

    async def start(self) -> None:
        """Serve; the first time the scenario is set up, later everything is as it was."""
        if not self._prepared:
            self._prepared = True
            scenario_named(self.scenario).prepare(self)
            self.play(self.scenario)
        await self.transport.listener.open(next_free=True)
        if self.scheduler is not None and not self.faults.find("scheduler_gone"):
            await self.scheduler.start()
        self.tasks.start(self._poll(), "poll")
        if not self.sequence.initialised:
            self.tasks.start(self.sequence.initialise(), "initialise")

    async def stop(self) -> None:
        """Refuse connections, break the existing ones, and end all that N.I.N.A. does."""
        await self.transport.listener.close()
        if self.scheduler is not None:
            await self.scheduler.stop()
        await self.tasks.stop()
        for channel in self.channels:
            await channel.stop()

    def play(self, scenario: str) -> None:
        """Play the script of a scenario, if it has one; it outlives restarts of N.I.N.A."""
        script = scenario_named(scenario).script
        if script is not None:
            self.lifecycle.start(script(self))

    def forget(self) -> None:
        """Forget what N.I.N.A. forgets between two runs."""
        self.events.clear()
        self.images.clear()
        self.live_stack = LiveStack(self)
        self.flats = Flats(self)
        self.application_start = self.clock.now()
        self.tab = "equipment"
        for routes in self._routes:
            getattr(routes, "forget", _nothing)()
        for device in self.devices:
            device.forget()
        self.sequence = Sequencer(self)

    async def restart_nina(self, seconds: float = 5.0) -> None:
        """Close N.I.N.A. and start it again after some simulated seconds, with nothing connected.

        The hardware stays as it is; histories are empty, `application_start` is new, and the
        sequencer is not ready for some seconds.
        """
        await self.lifecycle.restart(seconds)

    async def switch_profile(self, profile: Profile) -> None:
        """Make a profile active, with all that follows."""
        self.profiles.active = profile
        profile.last_used = self.clock.now()
        if self.scheduler is not None:
            await self.scheduler.switch_profile(profile.id)
            if self.faults.strikes("scheduler_gone_on_profile_switch"):
                await self.scheduler.stop()
        await self.events.emit("PROFILE-CHANGED")

    async def connect_all(self) -> None:
        """Connect all devices one after another, as N.I.N.A.'s button does."""
        for device in reversed(self.devices):
            await device.connect()

    def rain(self, rate: float = 2.4, *, monitor: bool = True) -> None:
        """Make it rain: the station measures it, and the safety monitor, if it sees it, too."""
        self.weather.rain(rate)
        if monitor:
            self.safety_monitor.is_safe = False

    def clear_up(self, *, monitor: bool = True) -> None:
        """Let the sky clear up, and be safe again where the monitor sees it."""
        self.weather.clear()
        if monitor:
            self.safety_monitor.is_safe = True

    def command_roof(self, *, opens: bool) -> None:
        """Have N.I.N.A. itself open or close the roof, as its window or a sequence does."""
        routines = self.dome.routines
        self.dome.run(routines.open_shutter() if opens else routines.close_shutter())

    async def finished(self, task: asyncio.Task[bool], *, cancelled_is_error: bool = False) -> bool:
        """Wait for background work and tell whether it succeeded."""
        await asyncio.wait([task])
        if task.cancelled():
            if cancelled_is_error:
                raise UNKNOWN_ERROR
            return False
        return task.exception() is None and bool(task.result())

    async def _poll(self) -> None:
        """Poll all drivers, as often as the profile says."""
        while True:
            interval = self.profile.section("ApplicationSettings")["DevicePollingInterval"]
            await self.clock.sleep(interval)
            if self.faults.find("frozen"):
                continue
            for device in self.devices:
                await device.poll()


def _nothing() -> None:
    """Do nothing: most routes keep nothing."""


def _night(start: datetime | None) -> tuple[datetime, tzinfo | None]:
    """Return the start of simulated time and the computer's zone: by default now, about 22 h."""
    if start is not None:
        return start, None
    now = datetime.now(UTC)
    zone = timezone(timedelta(hours=(22 - now.hour + 12) % 24 - 12))
    return now.astimezone(zone), zone

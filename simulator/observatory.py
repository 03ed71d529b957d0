"""The simulated observatory: its rig, N.I.N.A. with its servers, and its scenario."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
import random
from typing import TYPE_CHECKING, Self

from .clock import SimulationClock
from .context import Context
from .devices.rig import Rig
from .dialect import Dialect, parse_version
from .events import Events
from .faults import Faults
from .habits import MountHabits, RoofHabits
from .misfortune import Misfortune
from .nina import Nina
from .profile import Profiles
from .scenarios import scenario_named
from .scheduler.tonight import PROFILES, store_for_tonight
from .sky import Site
from .truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from .devices.base import Device
    from .ledger import Ledger
    from .profile import Profile
    from .scheduler.store import Store

__all__ = ["Observatory"]

_LATITUDE = 47.2


class Observatory:
    """A rig under a roof, run by a simulated N.I.N.A.

    `async with Observatory(port=0, speed=50, scenario="idle") as observatory:` serves at
    `observatory.port` until the block ends, and the Target Scheduler at `scheduler_port` unless
    that is None. `version` is the version of the plugin, `scheduler_version` that of the Target
    Scheduler; `start` the simulated time at which it begins, by default now, at a site and in a
    time zone where it is night then. `roof` and `mount` are the habits of their drivers; `without`
    names the devices that the rig does not have.

    It is the handle for tests and for people. Nothing in the simulator below the control port and
    the terminal uses it: they take the context, the rig or the part that they need.
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
        lapse: bool = False,
    ) -> None:
        """Build everything; nothing runs until `start` or `async with`.

        `lapse` is whether clients are sent the times of their own clocks (`SimulationClock`).

        Raises ValueError for an unknown version, scenario, speed or device.
        """
        dialect = Dialect(parse_version(version))
        scenario_named(scenario)
        self.scenario = scenario
        self._prepared = False
        clock = SimulationClock(speed, *_night(start), lapse=lapse)
        self.context = _context(dialect, clock, site, seed)
        store: Store | None = None
        if scheduler_port is not None:
            store = store_for_tonight(self.context.site, self.context.clock.true_now())
            store.version = scheduler_version
        self.rig = Rig(self.context, roof or RoofHabits(), mount or MountHabits(), store, without)
        self.nina = Nina(self.rig, host, port, scheduler_port or 0)
        self.truth = Truth(self.rig, self.nina.sequence, self.nina.transport.ledger)
        self.context.faults.subscribe(Misfortune(self.nina).changed)
        self._name_context()
        self._name_rig()
        self._name_nina()

    def _name_context(self) -> None:
        """Give the parts of the context a name here."""
        self.clock = self.context.clock
        self.site = self.context.site
        self.dialect = self.context.dialect
        self.faults = self.context.faults
        self.tasks = self.context.tasks
        self.events = self.context.events
        self.profiles = self.context.profiles
        self.dialogs = self.context.dialogs

    def _name_rig(self) -> None:
        """Give the parts of the rig a name here."""
        rig = self.rig
        self.weather = rig.weather
        self.camera = rig.camera
        self.mount = rig.mount
        self.focuser = rig.focuser
        self.filter_wheel = rig.filter_wheel
        self.rotator = rig.rotator
        self.guider = rig.guider
        self.dome = rig.dome
        self.flat_panel = rig.flat_panel
        self.switch_hub = rig.switch_hub
        self.safety_monitor = rig.safety_monitor
        self.autofocus = rig.autofocus
        self.pointing = rig.pointing
        self.images = rig.images
        self.live_stack = rig.live_stack
        self.networked = rig.networked

    def _name_nina(self) -> None:
        """Give the parts of N.I.N.A. a name here."""
        nina = self.nina
        self.application = nina.application
        self.log = nina.application.log
        self.settings = nina.settings
        self.sequence = nina.sequence
        self.flats = nina.flats
        self.tppa = nina.tppa
        self.socket = nina.socket
        self.channels = nina.channels
        self.transport = nina.transport
        self.scheduler = nina.scheduler

    @property
    def devices(self) -> tuple[Device, ...]:
        """Return all eleven devices in the order in which N.I.N.A. disconnects them."""
        return self.rig.devices

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
        await self.context.outside.stop()
        await self.stop()

    async def start(self) -> None:
        """Serve; the first time the scenario is set up, later everything is as it was."""
        if not self._prepared:
            self._prepared = True
            scenario_named(self.scenario).prepare(self.nina)
            self.play(self.scenario)
        await self.nina.start()

    async def stop(self) -> None:
        """Refuse connections, break the existing ones, and end all that N.I.N.A. does."""
        await self.nina.stop()

    def play(self, scenario: str) -> None:
        """Play the script of a scenario, if it has one; it outlives restarts of N.I.N.A."""
        script = scenario_named(scenario).script
        if script is not None:
            self.context.outside.start(script(self.nina))

    async def restart_nina(self, seconds: float = 5.0) -> None:
        """Close N.I.N.A. and start it again after some simulated seconds, with nothing connected.

        The hardware stays as it is; histories are empty, `application.started` is new, and the
        sequencer is not ready for some seconds.
        """
        await self.nina.restart(seconds)

    async def switch_profile(self, profile: Profile) -> None:
        """Make a profile active, with all that follows."""
        await self.nina.switch_profile(profile)

    async def connect_all(self) -> None:
        """Connect all devices one after another, as N.I.N.A.'s button does."""
        await self.rig.connect_all()

    def rain(self, rate: float = 2.4, *, monitor: bool = True) -> None:
        """Make it rain: the station measures it, and the safety monitor, if it sees it, too."""
        self.rig.rain(rate, monitor=monitor)

    def clear_up(self, *, monitor: bool = True) -> None:
        """Let the sky clear up, and be safe again where the monitor sees it."""
        self.rig.clear_up(monitor=monitor)

    def command_roof(self, *, opens: bool) -> None:
        """Have N.I.N.A. itself open or close the roof, as its window or a sequence does."""
        self.rig.command_roof(opens=opens)


def _context(dialect: Dialect, clock: SimulationClock, site: Site | None, seed: int) -> Context:
    """Return the ground for everything else, at a site where it is night unless one is given."""
    site = site or Site.where_it_is_night(clock.true_now(), latitude=_LATITUDE)
    return Context(
        clock=clock,
        site=site,
        dialect=dialect,
        random=random.Random(seed),
        faults=Faults(),
        events=Events(clock, dialect),
        profiles=Profiles(site, clock.now(), PROFILES),
    )


def _night(start: datetime | None) -> tuple[datetime, tzinfo | None]:
    """Return the start of simulated time and the computer's zone: by default now, about 22 h."""
    if start is not None:
        return start, None
    now = datetime.now(UTC)
    zone = timezone(timedelta(hours=(22 - now.hour + 12) % 24 - 12))
    return now.astimezone(zone), zone

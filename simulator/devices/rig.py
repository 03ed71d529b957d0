"""The rig: all devices of an observatory, and what N.I.N.A. does with several of them."""

from typing import TYPE_CHECKING

from simulator.enums import TrackingMode
from simulator.images import Images
from simulator.live_stack import LiveStack
from simulator.networked import Networked

from .autofocus import Autofocus
from .camera import Camera
from .dome import Dome
from .exposures import Surroundings
from .filter_wheel import FilterWheel
from .flat_panel import FlatPanel
from .focuser import Focuser
from .guider import Guider
from .mount import Mount
from .pointing import Pointing
from .rotator import Rotator
from .safety_monitor import SafetyMonitor
from .switch_hub import SwitchHub
from .view import SkyView
from .weather import Weather

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.context import Context
    from simulator.habits import MountHabits, RoofHabits
    from simulator.scheduler.store import Store

    from .base import Device

__all__ = ["Rig"]


class Rig:
    """The eleven devices with the frames they make.

    `context` is what they share. `scheduler_store` has the plans of the Target Scheduler, None
    without that plugin.
    """

    def __init__(
        self,
        context: Context,
        roof: RoofHabits,
        mount: MountHabits,
        scheduler_store: Store | None,
        without: Iterable[str] = (),
    ) -> None:
        """Build the devices from the ground up; those in `without` are selected in no profile.

        Raises ValueError for a device that no rig has.
        """
        self.context = context
        self.clock = context.clock
        self.site = context.site
        self.dialect = context.dialect
        self.random = context.random
        self.events = context.events
        self.scheduler_store = scheduler_store
        self.images = Images()
        self.live_stack = LiveStack(context.clock, context.events)
        self.networked = Networked(context.faults)
        self.weather = Weather(context)
        self.safety_monitor = SafetyMonitor(context)
        self.switch_hub = SwitchHub(context)
        self.flat_panel = FlatPanel(context)
        self.rotator = Rotator(context, self.networked)
        self.mount = Mount(context, mount)
        self.dome = Dome(context, roof, self.mount, self.safety_monitor)
        self.view = SkyView(self.dome, self.weather)
        self.guider = Guider(context, self.mount, self.view)
        self.focuser = Focuser(context, self.weather)
        self.filter_wheel = FilterWheel(context, self.focuser, self.guider, self.networked)
        self.camera = self._camera()
        self.autofocus = Autofocus(self.focuser, self.camera, self.filter_wheel, self.guider)
        self.pointing = Pointing(self.mount, self.dome, self.camera, self.rotator, self.guider)
        self._leave_out(frozenset(without))

    def _camera(self) -> Camera:
        """Return the camera behind everything else."""
        surroundings = Surroundings(
            self.mount,
            self.rotator,
            self.focuser,
            self.filter_wheel,
            self.guider,
            self.flat_panel,
            self.view,
        )
        return Camera(self.context, self.weather, surroundings, self.images, self.live_stack)

    def _leave_out(self, roles: frozenset[str]) -> None:
        """Have no device selected for these roles, in any profile."""
        unknown = roles - {device.role for device in self.devices}
        if unknown:
            raise ValueError(f"there is no device {', '.join(sorted(unknown))}")
        profiles = self.context.profiles
        for device in self.devices:
            if device.role in roles:
                for profile in profiles.all:
                    profiles.active = profile
                    device.select(selected=False)
        profiles.active = profiles.all[0]

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
    def owners(self) -> tuple[object, ...]:
        """Return everything with routes below /equipment."""
        return (*self.devices, self.autofocus, self.pointing)

    async def connect_all(self) -> None:
        """Connect all devices one after another, as N.I.N.A.'s button does."""
        for device in reversed(self.devices):
            await device.connect()

    async def poll(self) -> None:
        """Poll all drivers, as often as the profile sets."""
        while True:
            settings = self.context.profile.section("ApplicationSettings")
            await self.clock.sleep(settings["DevicePollingInterval"])
            if self.context.faults.find("frozen"):
                continue
            for device in self.devices:
                await device.poll()

    def forget(self) -> None:
        """Forget what N.I.N.A. forgets between two runs; the hardware does not notice."""
        self.images.clear()
        self.live_stack.forget()
        for device in self.devices:
            device.forget()

    def lose_power(self) -> None:
        """Stop everything where it is, because the power fails."""
        self.dome.abort()
        self.mount.hardware.halt()
        self.mount.hardware.track(TrackingMode.STOPPED)
        self.mount.settling, self.mount.target = False, None
        self.focuser.travel.stop()
        self.rotator.turn.stop()
        self.rotator.synced = False
        self.camera.cooler.switch(on=False)
        self.flat_panel.brightness = 0
        self.guider.state = "Stopped"

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

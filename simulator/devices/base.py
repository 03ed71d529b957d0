"""The base of all devices: drivers, connecting, polling, losing the connection."""

from abc import ABC, abstractmethod
import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.parameters import Given, Text
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get

if TYPE_CHECKING:
    from simulator.clock import SimulationClock
    from simulator.context import Context
    from simulator.dialect import Dialect
    from simulator.events import Events
    from simulator.faults import Faults
    from simulator.profile import Profile
    from simulator.tasks import Tasks

__all__ = ["Device", "Driver", "dummy"]


@dataclass(frozen=True, slots=True)
class Driver:
    """An entry of a device selection list."""

    device_id: str
    name: str
    display_name: str = ""
    category: str = "ASCOM"
    description: str = ""
    info: str = ""
    version: str = ""
    actions: tuple[str, ...] = ()
    setup_dialog: bool = True
    works: bool = True

    def listed(self, *, connected: bool) -> dict[str, Any]:
        """Return the entry as list-devices shows it."""
        return {
            "HasSetupDialog": self.setup_dialog and not connected,
            "Id": self.device_id,
            "Name": self.name,
            "DisplayName": self.display_name or self.name,
            "Category": self.category,
            "Connected": connected,
            "Description": self.description,
            "DriverInfo": self.info,
            "DriverVersion": self.version,
            "SupportedActions": list(self.actions),
        }


def dummy(name: str) -> Driver:
    """Return the entry for "no device", which never connects."""
    return Driver("No_Device", name, category="", setup_dialog=False, works=False)


class Device(ABC):
    """A device as N.I.N.A. sees it: `known` is what the last poll of its driver showed.

    Subclasses give `defaults` (the info block without a device) and `read` (the block read from
    the hardware they simulate), both with wire names, and their commands.
    """

    role: ClassVar[str]
    path: ClassVar[str]
    bundle_key: ClassVar[str]
    prefix: ClassVar[str]
    noun: ClassVar[str]
    drivers: ClassVar[tuple[Driver, ...]]
    tells_driver: ClassVar[bool] = True
    profile_section: ClassVar[str]
    connect_seconds: ClassVar[float] = 1.5
    scan_seconds: ClassVar[float] = 3.0

    def __init__(self, context: Context) -> None:
        """Begin not connected."""
        self.context = context
        self.driver: Driver | None = self.drivers[1]
        self.offline: set[str] = set()
        self.connected = False
        self.polled = False
        self.ever_connected = False
        self.scanned = True
        self._ticks: list[asyncio.Future[None]] = []
        self.known: dict[str, Any] = self.defaults()

    @property
    def clock(self) -> SimulationClock:
        """Return the clock."""
        return self.context.clock

    @property
    def events(self) -> Events:
        """Return the events of N.I.N.A."""
        return self.context.events

    @property
    def faults(self) -> Faults:
        """Return what goes wrong."""
        return self.context.faults

    @property
    def dialect(self) -> Dialect:
        """Return the dialect of the plugin."""
        return self.context.dialect

    @property
    def tasks(self) -> Tasks:
        """Return the work that N.I.N.A. does in the background."""
        return self.context.tasks

    @property
    def profile(self) -> Profile:
        """Return the active profile."""
        return self.context.profile

    @abstractmethod
    def defaults(self) -> dict[str, Any]:
        """Return the block of a device that is not connected."""

    @abstractmethod
    def read(self) -> dict[str, Any]:
        """Return the block read from the hardware."""

    def lost_leftovers(self) -> dict[str, Any]:
        """Return the values that stay different from the defaults after a loss."""
        return {}

    def obeys(self) -> bool:
        """Return whether the hardware follows commands."""
        return not self.faults.strikes("ignored", device=self.role)

    def ignores_stop(self) -> bool:
        """Return whether a stop changes nothing."""
        return self.faults.strikes("stop_ignored", device=self.role)

    def info(self) -> dict[str, Any]:
        """Return the whole info block of the newest version."""
        return {**self.known, "Connected": self.connected, **self._strings()}

    def _strings(self) -> dict[str, Any]:
        """Return the device strings, all null while disconnected."""
        driver = self.driver if self.connected else None
        told = driver if self.tells_driver else None
        return {
            "Name": driver and driver.name,
            "DisplayName": driver and (driver.display_name or driver.name),
            "Description": told and told.description,
            "DriverInfo": told and told.info,
            "DriverVersion": told and told.version,
            "DeviceId": driver and driver.device_id,
            "SupportedActions": list(driver.actions) if driver else self.default_actions(),
        }

    def default_actions(self) -> list[str] | None:
        """Return the supported actions of the block without a device."""
        return None

    async def poll(self) -> None:
        """Do what N.I.N.A. does every two seconds: read the driver into the info block."""
        if not self.polled:
            return
        lost = self.faults.find("driver_lost", device=self.role)
        if lost is not None or self.context.power_is_off:
            await self._lose(comes_back=bool(lost and lost.options["comes_back"]))
            return
        if not self.connected:
            self.connected = True
        before = self.known
        self.known = self.read()
        await self.polled_from(before)
        ticks, self._ticks = self._ticks, []
        for tick in ticks:
            if not tick.done():
                tick.set_result(None)

    async def polled_from(self, before: dict[str, Any]) -> None:  # noqa: B027 - nothing for most devices
        """React to the result of a poll."""

    def refresh(self) -> None:
        """Read the driver now; N.I.N.A. does so around some commands."""
        if self.connected:
            self.known = self.read()

    async def next_poll(self) -> None:
        """Return after the next poll of the driver."""
        tick: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ticks.append(tick)
        await tick

    async def _lose(self, *, comes_back: bool) -> None:
        """Drop the device because its driver is gone; N.I.N.A. announces nothing."""
        self.polled = comes_back
        if not self.connected:
            return
        self.connected = False
        before, self.known = self.known, {**self.defaults(), **self.lost_leftovers()}
        await self.lost(before)

    async def lost(self, before: dict[str, Any]) -> None:  # noqa: B027 - nothing for most devices
        """React to the loss of the driver."""

    def detach(self) -> None:
        """Forget the device."""
        self.connected = self.polled = False
        self.known = self.defaults()

    @property
    def present(self) -> bool:
        """Return whether N.I.N.A. has a device of this kind selected."""
        return self.driver is not None and self.driver is not self.drivers[0]

    def select(self, *, selected: bool) -> None:
        """Select the usual device, or none, in N.I.N.A. and its profile; none is connected."""
        if not selected:
            self.detach()
        self.driver = self.drivers[1 if selected else 0]
        self.remember()

    def attach(self) -> None:
        """Have the device connected at once, where one is selected; the info block is filled."""
        if not self.present:
            return
        self.connected = self.polled = self.ever_connected = True
        self.attached()
        self.known = self.read()

    def attached(self) -> None:  # noqa: B027 - nothing for most devices
        """Prepare the hardware side for a new connection."""

    async def announce_disconnect(self) -> None:
        """Emit the event of a commanded disconnect."""
        await self.events.emit(f"{self.prefix}-DISCONNECTED")

    async def disconnect(self) -> None:
        """Run N.I.N.A.'s disconnect routine."""
        self.detach()
        await self.announce_disconnect()

    async def connect(self) -> bool:
        """Run N.I.N.A.'s connect routine and return whether it succeeded."""
        await self.disconnect()
        await self.clock.sleep(self.connect_seconds)
        if not self.can_connect():
            return False
        self.attach()
        self.remember()
        await self.events.emit(f"{self.prefix}-CONNECTED")
        return True

    def remember(self) -> None:
        """Store the connected device in the profile."""
        if self.driver is not None:
            section = self.profile.section(self.profile_section)
            name = self.driver.name if self.present else ""
            section |= {"Id": self.driver.device_id, "LastDeviceName": name}

    def forget(self) -> None:
        """Forget what N.I.N.A. forgets between two runs."""
        self.ever_connected = False
        self.detach()

    def can_connect(self) -> bool:
        """Return whether the selected driver would connect."""
        return (
            self.driver is not None
            and self.driver.works
            and self.driver.device_id not in self.offline
            and not self.context.power_is_off
            and self.faults.find("driver_lost", device=self.role) is None
            and not self.faults.strikes("failed_connect", device=self.role)
        )

    def require_connection(self, code: int = 409) -> None:
        """Refuse a command while the device is not connected."""
        if not self.connected:
            raise Refusal(f"{self.noun} not connected", code)

    def require_for_move(self, text: str) -> None:
        """Refuse a move while not connected; before 2.2.12.1 it was tried, with the same reply."""
        if not self.connected:
            response = "" if self.dialect.at_least("2.2.12.1") else text
            raise Refusal(f"{self.noun} not connected", 409, response)

    def served(self) -> dict[str, Any]:
        """Return the block as this version writes it; raises the error of a broken driver."""
        if self.faults.strikes("broken_info", device=self.role):
            raise UNKNOWN_ERROR
        return self.dialect.device(self.path, self.info())

    @get("info")
    async def serve_info(self) -> Reply:
        """Answer with the cached state."""
        return Reply(self.served())

    @get("connect", Text("to"), Given(), since="2.2.0.0")
    async def serve_connect(self, to: str | None, given: frozenset[str]) -> Reply:
        """Connect, after a disconnect, the device chosen or selected."""
        if not self.scanned:
            raise Refusal("Invalid Id", 400)
        if "to" in given:
            driver = next((entry for entry in self.drivers if entry.device_id == to), None)
            if driver is None:
                raise UNKNOWN_ERROR
            self.driver = driver
        if self.driver is None:
            raise Refusal("Invalid Id", 400)
        if not await self.connect():
            raise Refusal("Failed to connect", 400)
        return Reply("Connected")

    @get("connect", since="2.0.0", until="2.2.0.0")
    async def serve_old_connect(self) -> Reply:
        """Connect unless connected; success is always claimed."""
        if not self.connected:
            await self.connect()
        return Reply(f"{self.noun} connected")

    @get("disconnect")
    async def serve_disconnect(self) -> Reply:
        """Disconnect, whether connected or not."""
        await self.disconnect()
        modern = self.dialect.at_least("2.2.0.0")
        return Reply("Disconnected" if modern else f"{self.noun} disconnected")

    @get("list-devices", since="2.2.0.0")
    async def serve_list(self) -> Reply:
        """List what N.I.N.A. found at its last scan."""
        return self._list()

    def _list(self) -> Reply:
        """Return the selection list."""
        if not self.scanned:
            return Reply([])
        return Reply([self._listed(driver) for driver in self.drivers])

    @get("rescan", since="2.2.0.0")
    async def serve_rescan(self) -> Reply:
        """Scan for devices, then list them."""
        await self.clock.sleep(self.scan_seconds)
        self.scanned = True
        return self._list()

    def _listed(self, driver: Driver) -> dict[str, Any]:
        """Return one entry of the selection list."""
        entry = driver.listed(connected=self.connected and driver is self.driver)
        if driver.device_id in self.offline:
            name = f"{driver.name} (OFFLINE)"
            entry |= {"Name": name, "DisplayName": name, "Category": "OFFLINE"}
        return entry

"""All devices: readings and connections."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic
from types import TracebackType
from typing import Final, NamedTuple, Self

import orjson

from ..errors import (
    NinaCommandError,
    NinaError,
    NinaResponseError,
    NinaTimeoutError,
    NinaUnreachableError,
)
from ..models.base import Device, decode, decode_all, model_config, without_zeros
from ..models.equipment import DEVICE_MODELS, DEVICE_PATHS, Equipment, Role
from ..models.extras import AvailableDevice
from ..models.mount import Mount
from ..models.wire import known_flag, mapping
from ..plugin_version import since
from ..transport import (
    SLOW_TIMEOUT,
    WORK_TIMEOUT,
    Connection,
    Endpoint,
    Reply,
    open_envelope,
)
from ..wire_json import Json

# Seconds without requests for the bundle after it failed: one driver that throws or hangs makes
# it fail every time.
BUNDLE_RESTS = 300.0
# Number of parallel requests where one request cannot read all devices.
_AT_A_TIME: Final = 3
# Seconds after which a device that does not answer no longer delays the next one.
HOLDS_UP = 6.0
# Errors that affect one device, while others may be readable.
_FAULTY: Final = (NinaCommandError, NinaResponseError)
# Errors that affect all devices.
_NOBODY_THERE: Final = (NinaTimeoutError, NinaUnreachableError)


class DeviceReading(NamedTuple):
    """The reading of one device; None for an error.

    `asked_at` is the loop time at which the request was sent: the reading proves nothing about
    commands sent after that.
    """

    role: Role
    device: Device | None
    asked_at: float


class BundleReading(NamedTuple):
    """The readings of all devices, from one request; those with an error are missing."""

    devices: Mapping[Role, Device]
    asked_at: float

    def readings(self) -> Iterator[DeviceReading]:
        """Yield the reading of each device."""
        for role in DEVICE_MODELS:
            yield DeviceReading(role, self.devices.get(role), self.asked_at)


type Receive = Callable[[DeviceReading], None]


# The key of each device in the reading of all.
_KEYS: Final = {role: model_config(Equipment).aliases[role.value] for role in DEVICE_MODELS}


def decode_device(role: Role, block: Mapping[str, object]) -> Device:
    """Decode the block of a device.

    Raises NinaResponseError if it lacks its connection state.
    """
    if known_flag(block.get("Connected")) is None:
        raise NinaResponseError(f"the {role} has no connection state")
    return decode(DEVICE_MODELS[role], block)


class EquipmentDecoder:
    """Decode one reading of all devices after the other.

    The block of a device that is as it was is not decoded again: most devices read the same for
    hours, and decoding is most of what a poll costs.
    """

    def __init__(self) -> None:
        """Start without a reading."""
        self._known: dict[Role, tuple[bytes, Device]] = {}

    def decode(self, payload: Mapping[str, Json]) -> dict[Role, Device]:
        """Decode a reading; devices without a connection state are left out."""
        found = ((role, self._device(role, payload.get(key))) for role, key in _KEYS.items())
        return {role: device for role, device in found if device is not None}

    def _device(self, role: Role, block: Json) -> Device | None:
        """Return the device of a block, the known one if the block is as before."""
        exact = _fingerprint(block)
        known = self._known.get(role)
        if known is not None and known[0] == exact:
            return known[1]
        try:
            device = decode_device(role, mapping(block))
        except NinaResponseError:
            return None
        if exact is not None:
            self._known[role] = exact, device
        return device


def _fingerprint(block: Json) -> bytes | None:
    """Return bytes that are equal only for blocks that decode to the same; None if there are none.

    Compared with `==`, 1 would be true.
    """
    try:
        return orjson.dumps(block)
    except orjson.JSONEncodeError:
        return None


class EquipmentEndpoint(Endpoint):
    """Read, connect and disconnect devices."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._bundle_failed_at = float("-inf")
        self._decoder = EquipmentDecoder()
        # The body of the last answer for all devices, and the devices in it.
        self._bundle: bytes | None = None
        self._devices: Mapping[Role, Device] = {}

    @property
    def bundles(self) -> bool:
        """Whether to read all devices at once: the server supports it, and did not fail recently."""
        return self.plugin.has_bundle and monotonic() - self._bundle_failed_at >= BUNDLE_RESTS

    def try_bundle(self) -> None:
        """Allow reading all devices at once again, since something may have changed."""
        self._bundle_failed_at = float("-inf")

    async def get(self, roles: Iterable[Role] | None = None) -> Equipment:
        """Read the devices, or some of them; one that fails by itself is None."""
        devices: dict[Role, Device] = {}

        def receive(reading: DeviceReading) -> None:
            if reading.device is not None:
                devices[reading.role] = reading.device

        await self.read(receive, roles)
        return Equipment.from_devices(devices)

    async def read(
        self,
        receive: Receive,
        roles: Iterable[Role] | None = None,
        *,
        begin_until: float | None = None,
    ) -> frozenset[Role]:
        """Read the devices, or some of them: at once if the server can, else one by one.

        One by one, the given order applies. Each reading goes to `receive` as soon as it arrives; a
        device that does not answer in time, or whose connection breaks, has none. Returns the
        devices without a request because the loop time was past `begin_until`; the first few are
        always requested. Raises NinaUnreachableError if nothing listens, and the first error if no
        device was read.
        """
        wanted = tuple(DEVICE_MODELS) if roles is None else tuple(roles)
        # Without the bundle read one by one, so that healthy devices are known.
        if self.bundles and len(wanted) > 1 and (bundle := await self.read_bundle()) is not None:
            for reading in bundle.readings():
                receive(reading)
            return frozenset()
        return await self._read_devices(receive, wanted, begin_until)

    async def read_bundle(self) -> BundleReading | None:
        """Read all devices at once; return None if that fails.

        Only servers that report every value as the newest one does have an answer. If it fails, it
        is not requested again for a while. While the answer stays the same, the devices are the
        same object. Raises NinaUnreachableError.
        """
        asked_at = _now()
        try:
            answer = await self._fetch("equipment", "info")
            # Where nothing is connected, the answer stays the same for days.
            if answer.body != self._bundle:
                self._devices = self._decoder.decode(open_envelope(answer).object())
                self._bundle = answer.body
        except NinaUnreachableError:
            raise
        except NinaError:
            self._bundle_failed_at = monotonic()
            return None
        return BundleReading(self._devices, asked_at)

    async def get_device(self, role: Role) -> Device:
        """Read one device."""
        try:
            envelope = await self._ask("equipment", DEVICE_PATHS[role], "info")
        except NinaCommandError:
            if role is Role.MOUNT and self.plugin.fails_without_mount:
                return Mount()
            raise
        device = decode_device(role, envelope.object())
        return without_zeros(device) if self.plugin.loses_nan else device

    async def read_device(self, role: Role) -> DeviceReading:
        """Read one device, an error of its driver included.

        Raises NinaConnectionError without an answer.
        """
        asked_at = _now()
        try:
            device: Device | None = await self.get_device(role)
        except _FAULTY:
            device = None
        return DeviceReading(role=role, device=device, asked_at=asked_at)

    async def _read_devices(
        self, receive: Receive, wanted: tuple[Role, ...], begin_until: float | None
    ) -> frozenset[Role]:
        """Read devices one by one, a few at the same time."""
        turns = asyncio.Semaphore(_AT_A_TIME)
        read: set[Role] = set()
        unasked: set[Role] = set()
        errors: list[NinaError] = []

        async def ask(role: Role) -> None:
            async with _Turn(turns):
                # Further requests are pointless, unless another one was answered.
                if not read and any(isinstance(err, _NOBODY_THERE) for err in errors):
                    return
                late = begin_until is not None and _now() > begin_until
                if late and role not in wanted[:_AT_A_TIME]:
                    unasked.add(role)
                    return
                asked_at = _now()
                device: Device | None = None
                try:
                    device = await self.get_device(role)
                    read.add(role)
                except _FAULTY as err:
                    errors.append(err)
                except NinaError as err:
                    errors.append(err)
                    return
                receive(DeviceReading(role=role, device=device, asked_at=asked_at))

        async with asyncio.TaskGroup() as tasks:
            for role in wanted:
                tasks.create_task(ask(role))
        gone = next((err for err in errors if isinstance(err, NinaUnreachableError)), None)
        if gone is not None or (errors and not read):
            raise gone or errors[0]
        return frozenset(unasked)

    @since(2, 2)
    async def get_available(self, role: Role) -> tuple[AvailableDevice, ...]:
        """List the devices that can be connected; a misbehaving driver makes this fail."""
        envelope = await self._ask(
            "equipment", DEVICE_PATHS[role], "list-devices", within=WORK_TIMEOUT
        )
        return decode_all(AvailableDevice, envelope.array())

    async def connect(self, role: Role, device_id: str | None = None) -> Reply:
        """Connect a device, by default the one selected in N.I.N.A.

        A device that is connected is disconnected first, which interrupts it; not so the guider.
        Before plugin 2.2 nothing happens to it, and success is reported in any case.
        """
        if device_id is not None:
            self._require("choosing a device", 2, 2)
        return await self._command(
            "equipment",
            DEVICE_PATHS[role],
            "connect",
            params={"to": device_id},
            within=SLOW_TIMEOUT,
        )

    async def disconnect(self, role: Role) -> Reply:
        """Disconnect a device."""
        return await self._command(
            "equipment", DEVICE_PATHS[role], "disconnect", within=SLOW_TIMEOUT
        )

    @since(2, 2)
    async def rescan(self, role: Role) -> tuple[AvailableDevice, ...]:
        """Scan for devices that can be connected, which takes up to 20 s."""
        envelope = await self._order("equipment", DEVICE_PATHS[role], "rescan", within=SLOW_TIMEOUT)
        return decode_all(AvailableDevice, envelope.array())


class _Turn:
    """A turn in a queue, which ends early if the answer takes too long."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Wait for the turn."""
        await self._turns.acquire()
        self._timer = asyncio.get_running_loop().call_later(HOLDS_UP, self._end)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the turn, if it lasted so long."""
        self._end()

    def _end(self) -> None:
        """Let the next one begin, once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._turns.release()


def _now() -> float:
    """Return the time of the event loop."""
    return asyncio.get_running_loop().time()

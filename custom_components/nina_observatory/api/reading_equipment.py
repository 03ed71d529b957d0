"""Reading the devices."""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Final

from .dialect import since
from .errors import (
    NinaCommandError,
    NinaConnectionError,
    NinaError,
    NinaResponseError,
    NinaTimeoutError,
)
from .models.autofocus import AutofocusReport
from .models.base import Device, decode, decode_all, without_zeros
from .models.equipment import DEVICE_MODELS, DEVICE_PATHS, Equipment, Role, decode_device
from .models.extras import AvailableDevice, GuideGraph
from .models.mount import Mount
from .reading import WORK_TIMEOUT, Reading

# Seconds in which all devices are not asked for at once after that failed: one driver that throws
# makes it fail every time.
BUNDLE_RESTS = 300.0
# Devices asked at the same time where they cannot be asked all at once.
_AT_A_TIME: Final = 3
_NO_AUTOFOCUS: Final = "No AF available"


class EquipmentReading(Reading):
    """Read the devices and what they did."""

    _bundle_failed_at = float("-inf")

    @property
    def bundles(self) -> bool:
        """Whether all devices are asked for at once: the server can, and did not fail lately."""
        return self.dialect.has_bundle and monotonic() - self._bundle_failed_at >= BUNDLE_RESTS

    def try_bundle(self) -> None:
        """Ask for all devices at once again, since something may have changed."""
        self._bundle_failed_at = float("-inf")

    async def get_equipment(self, roles: Iterable[Role] | None = None) -> Equipment:
        """Read the devices, or some of them: at once where the server can, else one by one.

        One that fails by itself is None; raises the error where all do.
        """
        wanted = tuple(DEVICE_MODELS) if roles is None else tuple(roles)
        if self.bundles and len(wanted) > 1:
            try:
                return decode(Equipment, (await self._ask("equipment", "info")).object())
            except NinaCommandError, NinaResponseError:
                # The devices that are well are asked alone.
                self._bundle_failed_at = monotonic()
        return await self._get_devices(wanted)

    async def get_device(self, role: Role) -> Device:
        """Read one device."""
        try:
            envelope = await self._ask("equipment", DEVICE_PATHS[role], "info")
        except NinaCommandError:
            if role is Role.MOUNT and self.dialect.fails_without_mount:
                return Mount()
            raise
        device = decode_device(role, envelope.object())
        return without_zeros(device) if self.dialect.loses_nan else device

    async def _get_devices(self, wanted: tuple[Role, ...]) -> Equipment:
        """Read devices one by one, a few at the same time."""
        turns = asyncio.Semaphore(_AT_A_TIME)
        devices: dict[Role, Device] = {}
        errors: list[NinaError] = []

        async def read(role: Role) -> None:
            """Read a device in its turn, unless nobody is there to answer."""
            async with turns:
                if any(map(_nobody_there, errors)) and not devices:
                    return
                try:
                    devices[role] = await self.get_device(role)
                except NinaError as err:
                    errors.append(err)

        async with asyncio.TaskGroup() as tasks:
            for role in wanted:
                tasks.create_task(read(role))
        gone = next(filter(_gone, errors), None)
        if gone is not None or (errors and not devices):
            raise gone or errors[0]
        return Equipment.from_devices(devices)

    @since(2, 2)
    async def get_available_devices(self, role: Role) -> tuple[AvailableDevice, ...]:
        """List the devices that can be connected; a misbehaving driver makes this fail."""
        envelope = await self._ask(
            "equipment", DEVICE_PATHS[role], "list-devices", within=WORK_TIMEOUT
        )
        return decode_all(AvailableDevice, envelope.array())

    @since(2, 1)
    async def get_last_autofocus(self) -> AutofocusReport | None:
        """Read the newest autofocus report, of whatever age; None if there is none."""
        try:
            envelope = await self._ask("equipment", "focuser", "last-af")
        except NinaCommandError as err:
            if err.text == _NO_AUTOFOCUS:
                return None
            raise
        report = decode(AutofocusReport, envelope.object())
        return without_zeros(report) if self.dialect.loses_nan else report

    @since(2, 1, 4)
    async def get_guider_graph(self) -> GuideGraph:
        """Read the last guide steps."""
        envelope = await self._ask("equipment", "guider", "graph")
        return decode(GuideGraph, envelope.object())


def _nobody_there(error: NinaError) -> bool:
    """Tell whether asking on is pointless, unless somebody else has answered."""
    return isinstance(error, NinaConnectionError)


def _gone(error: NinaError) -> bool:
    """Tell whether the server went away, rather than took too long over one device."""
    return isinstance(error, NinaConnectionError) and not isinstance(error, NinaTimeoutError)

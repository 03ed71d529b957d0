"""Commands for a night: connections, sequence, framing, live stack, profile, window."""

from .control import SLEW_TIMEOUT, SLOW_TIMEOUT, WINDOW_TIMEOUT, Control
from .dialect import since
from .envelope import Reply
from .models.base import decode_all
from .models.enums import ApplicationTab, SequenceSkip, SkySource
from .models.equipment import DEVICE_PATHS, Role
from .models.extras import AvailableDevice


class ConnectionControl(Control):
    """Commands for connecting devices."""

    async def connect(self, role: Role, device_id: str | None = None) -> Reply:
        """Connect a device, by default the one selected in N.I.N.A.

        A device that is connected is disconnected first, which interrupts it. Before plugin 2.2
        success is reported in any case.
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
        """Look for devices that can be connected, which takes up to 20 s."""
        envelope = await self._order("equipment", DEVICE_PATHS[role], "rescan", within=SLOW_TIMEOUT)
        return decode_all(AvailableDevice, envelope.array())


class SequenceControl(Control):
    """Commands for the sequence; N.I.N.A. carries them out when its window is not busy.

    All raise NinaNotReadyError while the sequencer is being initialised.
    """

    async def start_sequence(self, *, skip_validation: bool = True) -> Reply:
        """Start the sequence; without `skip_validation` it may wait for a click that nobody does.

        A sequence that is complete has to be reset before it does anything again.
        """
        return await self._command(
            "sequence", "start", params={"skipValidation": skip_validation}, within=WINDOW_TIMEOUT
        )

    async def stop_sequence(self) -> Reply:
        """Stop the sequence; the present instruction winds down for up to two minutes."""
        return await self._command("sequence", "stop", within=WINDOW_TIMEOUT)

    @since(2, 1)
    async def reset_sequence(self) -> Reply:
        """Set everything back to the beginning, also under the feet of a running sequence."""
        return await self._command("sequence", "reset", within=WINDOW_TIMEOUT)

    @since(2, 2, 15)
    async def skip_sequence(self, what: SequenceSkip) -> Reply:
        """Skip a part of the running sequence."""
        return await self._command("sequence", "skip", params={"type": what.wire_name})

    @since(2, 2, 6)
    async def load_sequence(self, name: str) -> Reply:
        """Load a sequence by its name in `get_sequences`; unsaved changes are lost."""
        return await self._command(
            "sequence", "load", params={"sequenceName": name}, within=WINDOW_TIMEOUT
        )

    @since(2, 1, 2)
    async def set_sequence_target(
        self, *, name: str, ra_degrees: float, dec_degrees: float, rotation: float, index: int
    ) -> Reply:
        """Change a target container: J2000 degrees; before 2.2.15 always the first one."""
        if index:
            self._require("a target other than the first", 2, 2, 15)
        return await self._command(
            "sequence",
            "set-target",
            params={
                "name": name,
                "ra": ra_degrees,
                "dec": dec_degrees,
                "rotation": rotation,
                "index": index,
            },
        )


class FramingControl(Control):
    """Commands for the framing assistant, which works once its page has been opened."""

    @since(2, 1)
    async def set_framing_coordinates(self, ra_degrees: float, dec_degrees: float) -> Reply:
        """Frame a place, J2000 degrees."""
        return await self._command(
            "framing", "set-coordinates", params={"RAangle": ra_degrees, "DECangle": dec_degrees}
        )

    @since(2, 1)
    async def set_framing_rotation(self, rotation: float) -> Reply:
        """Turn the frame to an angle in degrees."""
        return await self._command("framing", "set-rotation", params={"rotation": rotation})

    @since(2, 1)
    async def set_framing_source(self, source: SkySource) -> Reply:
        """Choose where the sky comes from."""
        return await self._command("framing", "set-source", params={"source": source.wire_name})

    @since(2, 1)
    async def slew_to_framing(
        self, *, center: bool = False, rotate: bool = False, wait: bool = False
    ) -> Reply:
        """Slew to what is framed; "finished" also when that failed."""
        if wait:
            self._require("waiting for a slew to the framing", 2, 1, 7, 1)
        option = "Rotate" if rotate else "Center" if center else None
        return await self._command(
            "framing",
            "slew",
            params={"slew_option": option, "waitForResult": wait},
            within=SLEW_TIMEOUT if wait else SLOW_TIMEOUT,
        )


class ApplicationControl(Control):
    """Commands for the live stack, the profile and the window."""

    @since(2, 1, 7, 1)
    async def start_live_stack(self) -> Reply:
        """Start live stacking; confirmed also without the plugin that does it."""
        return await self._command("livestack", "start")

    @since(2, 1, 7, 1)
    async def stop_live_stack(self) -> Reply:
        """Stop live stacking; confirmed also without the plugin that does it."""
        return await self._command("livestack", "stop")

    async def switch_profile(self, profile_id: str) -> Reply:
        """Make another profile the active one; best done with nothing connected."""
        return await self._command(
            "profile", "switch", params={"profileid": profile_id}, within=SLOW_TIMEOUT
        )

    async def set_profile_value(self, path: str, value: str) -> Reply:
        """Change any setting of the active profile, by a path such as `CameraSettings-PixelSize`.

        Elements of lists are named by their number since 2.2.12.1.
        """
        return await self._command(
            "profile", "change-value", params={"settingpath": path, "newValue": value}
        )

    async def switch_tab(self, tab: ApplicationTab) -> Reply:
        """Show a page of N.I.N.A.'s window."""
        return await self._command("application", "switch-tab", params={"tab": tab.wire_name})

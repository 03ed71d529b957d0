"""Focuser, filter wheel, rotator and guider."""

import asyncio
from typing import Final

from ..errors import NinaCommandError
from ..models.autofocus import AutofocusReport
from ..models.base import decode, without_zeros
from ..models.guider import GuideGraph
from ..plugin_version import since
from ..transport import SLOW_TIMEOUT, Endpoint, Reply

_FOCUSER: Final = ("equipment", "focuser")
_ROTATOR: Final = ("equipment", "rotator")
_GUIDER: Final = ("equipment", "guider")

_NO_AUTOFOCUS: Final = "No AF available"
# Calibration and settling, with the retries that N.I.N.A. allows itself; seconds.
_GUIDING_TIMEOUT: Final = 600.0


class FocuserEndpoint(Endpoint):
    """Move the focuser and focus."""

    @since(2, 1)
    async def move(self, position: int) -> Reply:
        """Move the focuser to a position in steps."""
        return await self._command(*_FOCUSER, "move", params={"position": position})

    @since(2, 2, 15)
    async def stop(self) -> Reply:
        """Stop a move that was started through the API."""
        return await self._command(*_FOCUSER, "stop-move")

    async def start_autofocus(self) -> Reply:
        """Start an autofocus run."""
        return await self._command(*_FOCUSER, "auto-focus", params={"cancel": False})

    @since(2, 1)
    async def cancel_autofocus(self) -> Reply:
        """Cancel an autofocus run that was started through the API."""
        return await self._command(*_FOCUSER, "auto-focus", params={"cancel": True})

    @since(2, 1)
    async def get_last_autofocus(self) -> AutofocusReport | None:
        """Read the newest autofocus report, of any age; None if there is none."""
        try:
            envelope = await self._ask("equipment", "focuser", "last-af")
        except NinaCommandError as err:
            if err.text == _NO_AUTOFOCUS:
                return None
            raise
        report = decode(AutofocusReport, envelope.object())
        return without_zeros(report) if self.plugin.loses_nan else report


class FilterWheelEndpoint(Endpoint):
    """Change the filter."""

    @since(2, 1)
    async def change_filter(self, index: int) -> Reply:
        """Change to a filter by its index in the profile's list (`FilterWheel.index_of`)."""
        return await self._command(
            "equipment", "filterwheel", "change-filter", params={"filterId": index}
        )


class RotatorEndpoint(Endpoint):
    """Turn the camera."""

    async def move(self, position: float) -> Reply:
        """Turn to a sky angle in degrees; N.I.N.A. silently refuses until synced."""
        return await self._command(*_ROTATOR, "move", params={"position": position})

    async def move_mechanical(self, position: float) -> Reply:
        """Turn to a mechanical angle in degrees."""
        return await self._command(*_ROTATOR, "move-mechanical", params={"position": position})

    @since(2, 2, 14)
    async def set_reverse(self, *, reverse: bool) -> Reply:
        """Choose the direction in which the rotator counts."""
        return await self._command(*_ROTATOR, "reverse", params={"reverseDirection": reverse})

    @since(2, 2, 14, 3)
    async def stop(self) -> Reply:
        """Stop a move that was started through the API."""
        return await self._command(*_ROTATOR, "stop-move")


class GuiderEndpoint(Endpoint):
    """Guide."""

    async def start(self, *, calibrate: bool = False) -> Reply:
        """Start guiding; the reply arrives after settling, "started" even if that failed."""
        if calibrate:
            self._require("calibrating the guider", 2, 1, 4)
        return await self._command(
            *_GUIDER, "start", params={"calibrate": calibrate}, within=_GUIDING_TIMEOUT
        )

    async def stop(self) -> Reply:
        """Stop guiding, which a guider that is paused or looping ignores."""
        return await self._command(*_GUIDER, "stop")

    @since(2, 1, 4)
    async def clear_calibration(self) -> Reply:
        """Clear the calibration of the guider."""
        return await self._command(*_GUIDER, "clear-calibration", within=SLOW_TIMEOUT)

    @since(2, 1, 4)
    async def get_graph(self) -> GuideGraph:
        """Read the guide graph, which outlasts stops; without a step if it never guided."""
        envelope = await self._ask(*_GUIDER, "graph")
        # It is as long as someone set it to be.
        return await asyncio.to_thread(decode, GuideGraph, envelope.object())

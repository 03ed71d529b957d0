"""N.I.N.A. itself: its events, window, clock, log and plugins."""

import asyncio
from datetime import datetime

from packaging.version import Version

from ..errors import NinaCommandError, NinaNotFoundError
from ..events.decoder import NinaEvent, decode_history, newest_of
from ..models.base import decode, decode_all
from ..models.enums import ApplicationTab, Unknown
from ..models.extras import LogEntry, MoonSeparation, PluginSettings
from ..models.wire import moment, text
from ..pictures import JPEG_QUALITY, Picture, fetch_picture, scaled
from ..plugin_version import parse_version, since
from ..transport import WORK_TIMEOUT, Endpoint, Reply


class ApplicationEndpoint(Endpoint):
    """Read information about N.I.N.A., and show a page of its window."""

    async def get_plugin_version(self) -> Version:
        """Read the version of the plugin; raises NinaResponseError if it is invalid."""
        return parse_version((await self._ask("version")).text())

    async def get_nina_version(self) -> str | None:
        """Read the version of N.I.N.A.; None if the server does not report it."""
        return await self._get_text("version", "nina")

    async def get_start(self) -> datetime | None:
        """Read the start time of N.I.N.A., with its offset; None if the server does not report it."""
        return moment(await self._get_text("application-start"))

    async def _get_text(self, *path: str) -> str | None:
        try:
            envelope = await self._ask(*path)
        except NinaCommandError, NinaNotFoundError:
            return None
        words = text(envelope.response)
        return None if words is None else words.strip()

    async def get_event_history(self) -> tuple[NinaEvent, ...]:
        """Read all events since N.I.N.A. started, in order; pictures prepared are not recorded.

        Times without an offset are those of the computer, and None if they are ambiguous. The server
        may append to its list while reading it, so a failed request is repeated once.
        """
        try:
            envelope = await self._ask("event-history", within=WORK_TIMEOUT)
        except NinaCommandError:
            envelope = await self._ask("event-history", within=WORK_TIMEOUT)
        known = self._connection
        events = await asyncio.to_thread(
            decode_history, envelope.array(), known.plugin, known.likely_zone(), known.computer_time
        )
        # An older time may be from another season.
        known.computer_time = newest_of(events) or known.computer_time
        return events

    @since(2, 1, 7, 1)
    async def get_plugins(self) -> tuple[str, ...]:
        """List the installed plugins."""
        names = (await self._ask("application", "plugins")).array()
        return tuple(name for name in names if isinstance(name, str))

    @since(2, 2, 12)
    async def get_plugin_settings(self) -> PluginSettings:
        """Read the settings of the Advanced API."""
        return decode(PluginSettings, (await self._ask("plugin", "settings")).object())

    @since(2, 2, 2)
    async def get_tab(self) -> ApplicationTab | Unknown | None:
        """Read the visible page of N.I.N.A.'s window; raises for the page of a plugin."""
        return ApplicationTab.from_wire((await self._ask("application", "get-tab")).text())

    async def switch_tab(self, tab: ApplicationTab) -> Reply:
        """Show a page of N.I.N.A.'s window."""
        return await self._command("application", "switch-tab", params={"tab": tab.wire_name})

    @since(2, 2, 6)
    async def get_time(self) -> datetime | None:
        """Read the clock of the computer, with its offset."""
        return moment((await self._ask("time")).text())

    @since(2, 2, 6)
    async def get_log(self, lines: int, level: str | None = None) -> tuple[LogEntry, ...]:
        """Read the newest lines of the log, newest first, of one level such as "ERROR" or of all."""
        envelope = await self._ask(
            "application", "logs", params={"lineCount": lines, "level": level}, within=WORK_TIMEOUT
        )
        return decode_all(LogEntry, envelope.array())

    # The release before computes it wrongly.
    @since(2, 2, 14, 1)
    async def get_moon_separation(self, ra_degrees: float, dec_degrees: float) -> MoonSeparation:
        """Read the distance of a position from the Moon; J2000, degrees."""
        envelope = await self._ask(
            "astro-util", "moon-separation", params={"ra": ra_degrees, "dec": dec_degrees}
        )
        return decode(MoonSeparation, envelope.object())

    async def get_screenshot(
        self, *, width: int | None = None, quality: int = JPEG_QUALITY
    ) -> Picture:
        """Take a picture of the screen; fails while the session is locked."""
        return await fetch_picture(
            self._transport,
            "application",
            "screenshot",
            params=scaled(width, quality),
            streams=self.plugin.streams_pictures,
        )

"""Reading the night: sequence, frames, events, pictures, profile and the application."""

import asyncio
from datetime import datetime
from typing import Final

from .dialect import since
from .envelope import open_envelope
from .errors import NinaCommandError, NinaResponseError
from .events import NinaEvent, decode_history, newest_of
from .models.base import decode, decode_all, without_zeros
from .models.enums import ApplicationTab, LiveStackState, Unknown
from .models.extras import (
    FlatsStatus,
    Framing,
    Horizon,
    LiveStack,
    LogEntry,
    MoonSeparation,
    PluginSettings,
)
from .models.frames import Frame
from .models.profile import Profile, ProfileSummary
from .models.profile_settings import ProfileSettings
from .models.sequence import Sequence
from .models.sequence_tree import SequenceTree
from .models.wire import count, moment
from .pictures import Picture, fetch_picture, scaled
from .reading import WORK_TIMEOUT, Reading
from .transport import Answer

_JPEG_QUALITY: Final = 85
# Plugins put whatever they have into `sequence/state`; more than this many bytes are not read.
_LONGEST_STATE: Final = 8 * 1024 * 1024


class SessionReading(Reading):
    """Read what was and is being done; what N.I.N.A. lets grow is decoded beside the event loop."""

    async def get_sequence(self) -> Sequence:
        """Read the loaded sequence; raises NinaNotReadyError some seconds after a start."""
        envelope = await self._ask("sequence", "json", within=WORK_TIMEOUT)
        return await asyncio.to_thread(Sequence.from_wire, envelope.array())

    async def get_sequence_tree(self) -> SequenceTree:
        """Read the names, statuses and progress of all nodes of the loaded sequence."""
        envelope = await self._ask("sequence", "json", within=WORK_TIMEOUT)
        return await asyncio.to_thread(SequenceTree.from_wire, envelope.array(), with_issues=False)

    @since(2, 2)
    async def get_validated_tree(self, *, within: float = WORK_TIMEOUT) -> SequenceTree:
        """Read the same with the issues of the last validation, which N.I.N.A. has to work out.

        `within` is in seconds. Raises NinaResponseError where the answer is empty, as it is when
        N.I.N.A. cannot serialise a plugin's instruction, or far too long.
        """
        answer = await self._transport.fetch(
            "sequence", "state", within=within, limit=_LONGEST_STATE
        )
        return await asyncio.to_thread(_validated_tree, answer)

    @since(2, 1)
    async def get_sequences(self) -> tuple[str, ...]:
        """List the sequences that can be loaded."""
        names = (await self._ask("sequence", "list-available")).array()
        return tuple(name for name in names if isinstance(name, str))

    async def get_frames(self) -> tuple[Frame, ...]:
        """Read all frames saved since N.I.N.A. started, oldest first; their index is their name."""
        envelope = await self._ask("image-history", params={"all": True}, within=WORK_TIMEOUT)
        frames = await asyncio.to_thread(decode_all, Frame, envelope.array())
        return tuple(map(without_zeros, frames)) if self.dialect.loses_nan else frames

    async def get_frame(self, number: int) -> Frame | None:
        """Read one frame by its place in the list, None where the answer has none.

        Raises NinaCommandError where the list is shorter.
        """
        envelope = await self._ask("image-history", params={"index": number})
        frame = next(iter(decode_all(Frame, envelope.array())), None)
        return without_zeros(frame) if frame is not None and self.dialect.loses_nan else frame

    async def get_frame_count(self) -> int:
        """Count the frames saved since N.I.N.A. started."""
        envelope = await self._ask("image-history", params={"count": True})
        if (frames := count(envelope.response)) is None:
            raise NinaResponseError("expected the number of frames")
        return frames

    async def get_event_history(self) -> tuple[NinaEvent, ...]:
        """Read all events since N.I.N.A. started, in order; pictures prepared are not recorded.

        Times that carry no offset are those of the computer, and None where they are not certain.
        The server reads its list while it may be appending to it, so a failure is asked about once
        more.
        """
        try:
            envelope = await self._ask("event-history", within=WORK_TIMEOUT)
        except NinaCommandError:
            envelope = await self._ask("event-history", within=WORK_TIMEOUT)
        events = await asyncio.to_thread(
            decode_history, envelope.array(), self.dialect, self.likely_zone(), self.told
        )
        # What was told before may be of another season.
        self.told = newest_of(events) or self.told
        return events

    async def get_profile(self) -> Profile:
        """Read the active profile, without what is secret in it."""
        envelope = await self._ask("profile", "show", params={"active": True})
        return decode(Profile, envelope.object())

    async def get_profile_settings(self) -> ProfileSettings:
        """Read all settings of the active profile, with what is secret in them."""
        envelope = await self._ask("profile", "show", params={"active": True})
        return ProfileSettings.from_wire(envelope.object())

    async def get_profiles(self) -> tuple[ProfileSummary, ...]:
        """List the profiles."""
        envelope = await self._ask("profile", "show", params={"active": False})
        return decode_all(ProfileSummary, envelope.array())

    @since(2, 2, 3)
    async def get_horizon(self) -> Horizon:
        """Read the custom horizon."""
        return decode(Horizon, (await self._ask("profile", "horizon")).object())

    @since(2, 1)
    async def get_framing(self) -> Framing:
        """Read what the framing assistant frames."""
        return decode(Framing, (await self._ask("framing", "info")).object())

    @since(2, 1, 8)
    async def get_flats_status(self) -> FlatsStatus:
        """Read how far the flats are that were started through the API."""
        return decode(FlatsStatus, (await self._ask("flats", "status")).object())

    @since(2, 2, 12)
    async def get_live_stack_state(self) -> LiveStackState | Unknown | None:
        """Read whether live stacking runs; without the plugin that does it, it is stopped."""
        return LiveStackState.from_wire((await self._ask("livestack", "status")).text())

    @since(2, 2, 7)
    async def get_live_stacks(self) -> tuple[LiveStack, ...]:
        """List the live stacks."""
        return decode_all(LiveStack, (await self._ask("livestack", "image", "available")).array())

    @since(2, 2, 12)
    async def get_plugin_settings(self) -> PluginSettings:
        """Read the settings of the plugin."""
        return decode(PluginSettings, (await self._ask("plugin", "settings")).object())

    @since(2, 1, 7, 1)
    async def get_plugins(self) -> tuple[str, ...]:
        """List the installed plugins."""
        names = (await self._ask("application", "plugins")).array()
        return tuple(name for name in names if isinstance(name, str))

    @since(2, 2, 2)
    async def get_tab(self) -> ApplicationTab | Unknown | None:
        """Tell which page of N.I.N.A.'s window is shown; raises for the page of a plugin."""
        return ApplicationTab.from_wire((await self._ask("application", "get-tab")).text())

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

    @since(2, 2, 14)
    async def get_moon_separation(self, ra_degrees: float, dec_degrees: float) -> MoonSeparation:
        """Tell how far a place is from the Moon, J2000 degrees."""
        envelope = await self._ask(
            "astro-util", "moon-separation", params={"ra": ra_degrees, "dec": dec_degrees}
        )
        return decode(MoonSeparation, envelope.object())


def _validated_tree(answer: Answer) -> SequenceTree:
    """Decode the reply of `sequence/state`."""
    return SequenceTree.from_wire(open_envelope(answer).array(), with_issues=True)


class PictureReading(Reading):
    """Read pictures; see `pictures.scaled` for what `width` in px and `quality` can do."""

    async def get_image(
        self, index: int, *, width: int | None = None, quality: int = _JPEG_QUALITY
    ) -> Picture:
        """Render a frame by its index, as N.I.N.A. would show it."""
        prepared = {"autoPrepare": True} if self.dialect.speaks(2, 1, 8) else {}
        return await fetch_picture(
            self._transport,
            "image",
            str(index),
            params={**scaled(width, quality), **prepared},
            streams=self.dialect.streams_pictures,
        )

    @since(2, 2)
    async def get_thumbnail(self, index: int) -> Picture:
        """Read the small picture of a frame, by far the cheapest, where they are switched on."""
        return await fetch_picture(self._transport, "image", "thumbnail", str(index), params={})

    @since(2, 2, 9)
    async def get_prepared_image(
        self, *, width: int | None = None, quality: int = _JPEG_QUALITY
    ) -> Picture:
        """Render what N.I.N.A. shows in its imaging page."""
        return await fetch_picture(
            self._transport,
            "prepared-image",
            params={**scaled(width, quality), "autoPrepare": True},
        )

    async def get_capture_picture(
        self, *, width: int | None = None, quality: int = _JPEG_QUALITY
    ) -> Picture:
        """Read the picture of the last capture; after one that failed it is that of the one before.

        Raises NinaUnfinishedError while one is under way.
        """
        return await fetch_picture(
            self._transport,
            "equipment",
            "camera",
            "capture",
            params={"getResult": True, "omitImage": False, **scaled(width, quality)},
            streams=self.dialect.streams_pictures,
            key="Image",
        )

    async def get_screenshot(
        self, *, width: int | None = None, quality: int = _JPEG_QUALITY
    ) -> Picture:
        """Take a picture of the screen; fails while the session is locked."""
        return await fetch_picture(
            self._transport,
            "application",
            "screenshot",
            params=scaled(width, quality),
            streams=self.dialect.streams_pictures,
        )

    @since(2, 1, 7, 1)
    async def get_live_stack(
        self,
        target: str,
        filter_name: str,
        *,
        width: int | None = None,
        quality: int = _JPEG_QUALITY,
    ) -> Picture:
        """Read a live stack by its target and filter."""
        return await fetch_picture(
            self._transport,
            "livestack",
            "image",
            target,
            filter_name,
            params=scaled(width, quality),
        )

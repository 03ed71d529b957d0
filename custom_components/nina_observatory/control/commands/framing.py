"""Commands for the framing assistant."""

from dataclasses import replace
from typing import Final

from ...api import Framing, Mount, SkySource
from ...api.coordinates import SkyPosition
from ...const import CommandKey, Subject
from ...errors import Reason
from ..command import Command, asked
from .mount import slew


class FramingKey(CommandKey):
    """Keys of the commands for N.I.N.A.'s framing assistant."""

    SET_FRAMING = "set_framing"
    SET_SKY_SOURCE = "set_sky_source"
    TURN_FRAME = "turn_frame"


_FETCH: Final = asked(lambda client: client.framing.get(), try_on_old_servers=True)
# Degrees of rounding: coordinates come in whole tenths of seconds of time or arc.
_SAME: Final = 1 / 3600


def _places(framing: Framing) -> tuple[SkyPosition, ...]:
    """Return the positions that may be framed, J2000: just south of the equator the sign may be lost."""
    center = framing.center
    if center is None:
        return ()
    ra_degrees, dec_degrees = center[0] % 360, center[1]
    lost = not framing.ready and abs(dec_degrees) < 1
    signs = (1, -1) if lost else (1,)
    return tuple(SkyPosition.of_degrees(ra_degrees, sign * dec_degrees) for sign in signs)


def framed(framing: Framing) -> SkyPosition | None:
    """Return the framed position, J2000; None if it is ambiguous."""
    places = _places(framing)
    return places[0] if len(places) == 1 else None


def frame(place: SkyPosition) -> Command[Framing]:
    """Center the frame on a position."""

    def proof(framing: Framing) -> bool:
        return any(there.separation(place) <= _SAME for there in _places(framing))

    return Command(
        key=FramingKey.SET_FRAMING,
        subject=Subject.FRAMING,
        method=lambda client: client.framing.set_coordinates,
        fetch=_FETCH,
        send=lambda client, _: client.framing.set_coordinates(
            place.right_ascension.degrees, place.declination.degrees
        ),
        succeeded=proof,
        proof_text="the framing assistant shows the coordinates",
        reads=lambda framing: framing.center,
        timeout=20,
        try_on_old_servers=True,
    )


def turn_frame(rotation: float) -> Command[Framing]:
    """Turn the frame to an angle in degrees."""
    return Command(
        key=FramingKey.TURN_FRAME,
        subject=Subject.FRAMING,
        method=lambda client: client.framing.set_rotation,
        fetch=_FETCH,
        send=lambda client, _: client.framing.set_rotation(rotation),
        precondition=lambda framing, _: None if framing.ready else Reason.FRAMING_NOT_READY,
        try_on_old_servers=True,
    )


def set_sky_source(source: SkySource) -> Command[Framing]:
    """Choose the image source of the framing assistant."""
    return Command(
        key=FramingKey.SET_SKY_SOURCE,
        subject=Subject.FRAMING,
        method=lambda client: client.framing.set_source,
        fetch=_FETCH,
        send=lambda client, _: client.framing.set_source(source),
    )


def slew_to_framing(
    place: SkyPosition, *, center: bool, rotate: bool, wait: bool
) -> Command[Mount]:
    """Slew the mount to the framed position, which has to be known."""
    precise = center or rotate
    command = slew(place, center=center, rotation=0.0 if rotate else None)
    unawaited = replace(
        command,
        method=lambda client: client.framing.slew,
        since=(),
        send=lambda client, _: client.framing.slew(center=center, rotate=rotate, wait=False),
        try_on_old_servers=True,
    )
    if not (precise and wait):
        return unawaited
    return replace(
        unawaited,
        since=(2, 1, 7, 1),
        send=lambda client, _: client.framing.slew(center=center, rotate=rotate, wait=True),
        # Older servers do not wait for the end, and readings do not show whether it is centered yet.
        fallback=unawaited,
    )

"""Commands for the framing assistant."""

from dataclasses import replace
from typing import Final

from ...api import Equipment, Framing, Mount, SkySource
from ...api.coordinates import SkyPosition
from ...const import CommandKey, Subject
from ...errors import Reason
from ..command import Command, Refusal, asked
from .mount import slew

_LOOK: Final = asked(lambda client: client.framing.get(), try_on_old_servers=True)
# Seconds of time and arc are written to so many degrees.
_SAME: Final = 1 / 3600


def _places(framing: Framing) -> tuple[SkyPosition, ...]:
    """Return what may be in the frame, J2000: just south of the equator the sign may be lost."""
    center = framing.center
    if center is None:
        return ()
    ra_degrees, dec_degrees = center[0] % 360, center[1]
    lost = not framing.ready and abs(dec_degrees) < 1
    signs = (1, -1) if lost else (1,)
    return tuple(SkyPosition.of_degrees(ra_degrees, sign * dec_degrees) for sign in signs)


def framed(framing: Framing) -> SkyPosition | None:
    """Return the place in the frame, J2000; None where that is not known for sure."""
    places = _places(framing)
    return places[0] if len(places) == 1 else None


def frame(place: SkyPosition) -> Command[Framing]:
    """Return the command that frames a place."""

    def proof(framing: Framing) -> bool:
        """Return whether the place is framed."""
        return any(there.separation(place) <= _SAME for there in _places(framing))

    return Command(
        key=CommandKey.SET_FRAMING,
        subject=Subject.FRAMING,
        method=lambda client: client.framing.set_coordinates,
        look=_LOOK,
        send=lambda client, _: client.framing.set_coordinates(
            place.right_ascension.degrees, place.declination.degrees
        ),
        succeeded=proof,
        proof_text="the framing assistant reads the place",
        reads=lambda framing: framing.center,
        timeout=20,
        try_on_old_servers=True,
    )


def _cannot_turn(framing: Framing, _equipment: Equipment) -> Refusal | None:
    """Return why the frame cannot be turned."""
    return None if framing.ready else Reason.FRAMING_NOT_READY


def turn_frame(rotation: float) -> Command[Framing]:
    """Return the command that turns the frame to an angle in degrees."""
    return Command(
        key=CommandKey.TURN_FRAME,
        subject=Subject.FRAMING,
        method=lambda client: client.framing.set_rotation,
        look=_LOOK,
        send=lambda client, _: client.framing.set_rotation(rotation),
        precondition=_cannot_turn,
        try_on_old_servers=True,
    )


def set_sky_source(source: SkySource) -> Command[Framing]:
    """Return the command that chooses where the framing assistant takes its sky from."""
    return Command(
        key=CommandKey.SET_SKY_SOURCE,
        subject=Subject.FRAMING,
        method=lambda client: client.framing.set_source,
        look=_LOOK,
        send=lambda client, _: client.framing.set_source(source),
    )


def slew_to_framing(
    place: SkyPosition, *, center: bool, rotate: bool, wait: bool
) -> Command[Mount]:
    """Return the command that points the mount at what is framed, which is a known place."""
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
        # Older servers do not wait for the end, and the mount reads the same before it is centered.
        fallback=unawaited,
    )

"""Events of which no two are alike: known and unknown ones, texts, with odd values in all of them."""

from collections.abc import Iterator
import random
from typing import Any

from custom_components.nina_observatory.api.events.types import MEANINGS
from scripts._fuzz.mutate import ODD
from simulator import Observatory

# A text of which a plugin makes a name: the database of the recorder may not know such letters.
_NAMES = ("PLUGIN", "plugin with spaces", "☃\u0000", "é" * 40, "x" * 300)
_KEYS = ("New", "Previous", "From", "To", "IsSafe", "Position", "HFR", "TargetName")
# A saved frame stays, as it should.
_KNOWN = sorted(MEANINGS.keys() - {"IMAGE-SAVE"})


def unlike(seed: int, number: int) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield names and payloads of events; a text that a sequence sends has no payload."""
    chance = random.Random(seed)
    for each in range(number):
        kind = chance.random()
        if kind < 0.1:
            yield f"text {seed} {each} {chance.random()}", None
            continue
        payload = {
            chance.choice(_KEYS): chance.choice(ODD),
            f"Key{chance.randrange(10**9)}": chance.choice(ODD),
            "Number": each,
            "Chance": chance.random(),
        }
        if kind < 0.5:
            yield f"{chance.choice(_NAMES)} {seed} {each}", payload
        else:
            yield chance.choice(_KNOWN), payload


async def emit_unlike(observatory: Observatory, seed: int, number: int) -> None:
    """Let so many unlike events happen."""
    for name, payload in unlike(seed, number):
        if payload is None:
            await observatory.events.emit_text(name)
        else:
            await observatory.events.emit(name, **payload)

"""Break answers and messages of N.I.N.A., and follow each to everything that is shown of it."""

import asyncio
from collections.abc import Callable, Mapping
import json
import logging
from random import Random
import sys
from time import monotonic
from typing import Any, Final
import warnings

from custom_components.nina_observatory.api.wire_json import loads
from scripts._usage.fuzz import ANSWERS, LIVE, parser

from .answers import SMALL, Sound, async_gather
from .follow import FOLLOW
from .live import Failure, async_run_live
from .mutate import broken, smallest

SHORT_ANSWERS: Final = 15_000
SHORT_LIVE: Final = 100
_VERSIONS: Final = ("2.2.15.0", "2.0.1.0", "2.2.11.0")
# Of a long answer that fails so much is printed.
_MOST_SHOWN: Final = 4_000
# What most is derived from is broken more often.
_MORE: Final = ("event-history", "image-history", "message", *["sequence/json"] * 6)
# The share of small answers, of those that there are small ones of.
_SMALL_SHARE: Final = 0.7
_SEEDS: Final = 1_000_003


def main(given: list[str] | None = None) -> int:
    """Run what was asked for and return the exit code."""
    asked = parser().parse_args(given)
    answers = SHORT_ANSWERS if asked.short else ANSWERS
    live = SHORT_LIVE if asked.short else LIVE
    answers = answers if asked.answers is None else asked.answers
    live = live if asked.live is None else asked.live
    warnings.simplefilter("ignore")
    began = monotonic()
    sounds = [asyncio.run(async_gather(version)) for version in _VERSIONS]
    failure = run_offline(sounds, asked.seed, answers)
    if failure is None and live:
        logging.getLogger().handlers.clear()
        failure = asyncio.run(async_run_live(sounds[0], asked.seed, live))
    print(f"{monotonic() - began:.0f} s, seed {asked.seed}")
    if failure is None:
        print(f"{answers} responses and messages, {live} through Home Assistant: nothing found")
        return 0
    print(f"FOUND {failure.where}, number {failure.number}: {failure.error}")
    text = json.dumps(failure.message, default=str)
    print(f"smallest: {text[:_MOST_SHOWN]}")
    print(f"repeat: scripts/fuzz --seed {asked.seed} --answers {answers} --live {live}")
    return 1


def sound_messages(sounds: list[Sound]) -> list[tuple[str, Any]]:
    """Return sound messages with where they go: answers by path, devices each by itself."""
    found: list[tuple[str, Any]] = list(SMALL)
    for sound in sounds:
        found += [("message", each) for each in sound.told]
        for path, answer in sound.answers.items():
            if path == "equipment/info" and isinstance(answer, dict):
                found += [(f"{path}/{block}", each) for block, each in answer.items()]
            elif isinstance(answer, list):
                found.append((path, answer[:30]))
            else:
                found.append((path, answer))
    return [(where, message) for where, message in found if where in FOLLOW]


def run_offline(sounds: list[Sound], seed: int, number: int) -> Failure | None:
    """Follow broken messages; return the first that fails, as small as it can be made."""
    by_place: dict[str, list[Any]] = {}
    for where, message in sound_messages(sounds):
        by_place.setdefault(where, []).append(message)
    for where, messages in by_place.items():
        for message in messages:
            # What is sound has to pass, or nothing that is found means anything.
            if (error := _error(FOLLOW, where, message)) is not None:
                return Failure(where, 0, error, message)
    places = [*sorted(by_place), *_MORE]
    for case in range(1, number + 1):
        random = Random(seed * _SEEDS + case)
        where = random.choice(places)
        small = [message for place, message in SMALL if place == where]
        sound = small if small and random.random() < _SMALL_SHARE else by_place[where]
        message = broken(random, random.choice(sound))
        if (error := _error(FOLLOW, where, message)) is None:
            continue
        kind = error.partition(":")[0]

        def fails(smaller: Any, where: str = where, kind: str = kind) -> bool:
            """Return whether a smaller message fails in the same way."""
            return (_error(FOLLOW, where, smaller) or "").partition(":")[0] == kind

        least = smallest(message, fails)
        return Failure(where, case, _error(FOLLOW, where, least) or error, least)
    return None


def _error(follow: Mapping[str, Callable[[Any], None]], where: str, message: Any) -> str | None:
    """Return what is wrong with what becomes of a message, None if nothing is."""
    try:
        follow[where](loads(json.dumps(message).encode()))
    except Exception as err:  # noqa: BLE001  # whatever it is, it was found
        return f"{type(err).__name__}: {err!s:.300}"
    return None


if __name__ == "__main__":
    sys.exit(main())

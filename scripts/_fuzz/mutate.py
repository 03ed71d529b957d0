"""Break messages: a value, a type, a key, a shape at a time."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any, Final

# Values that a driver, a plugin, a clock or a damaged file has been seen to put anywhere.
ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, -0.0, 0.5, 1e-300, 1e12, 1e13, 1e30, 1e308, -1e308),
    *(
        2**31,
        -(2**31),
        2**63,
        10**9,
        999_999_999,
        10**30,
        10**400,
        1.8e19,
        9_999,
        99_999,
        360,
        -360,
    ),
    *("NaN", "Infinity", "-Infinity", "", " ", "?", "--", "☃\u0000", "x" * 300, "y" * 20_000),
    *("2026-11-29T25:00:00-06:00", "9999-12-31T23:59:59.9999999-06:00", "0001-01-01T00:00:00"),
    *("9998-12-31T23:59:59-14:00", "1971-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"),
    *(
        "2026-10-25T02:30:00",
        "2026-10-25T02:30:00+02:00",
        "2026-03-29T02:30:00",
        "2026-02-30T00:00:00",
    ),
    *("2026-11-01T01:30:00", "2026-02-24T21:14:03.1234567+01:00", "2026-02-24T21:14:03+23:59"),
    *("99999999.9999:59:59", "-1.00:00:00", "24:00:00", "00:00:00", "05:00:00"),
    *(
        "LIGHT",
        "RUNNING",
        "Guiding",
        "ShutterOpen",
        "pierWest",
        "Unknown",
        "M 31",
        "Total: 1e9 (1e9)",
    ),
    *([], {}, [[]], [{}], {"": {}}, {"Name": "x"}, [1, "1"], [None]),
)
# How many changes a message sees at most, and how deep a bomb of brackets is.
_MOST: Final = 4
_DEEP: Final = 60


def broken(random: Random, message: Any) -> Any:
    """Return a copy of a message with some of its values broken."""
    message = deepcopy(message)
    for _ in range(random.randint(1, _MOST)):
        places = list(_places(message))
        if not places or random.random() < 0.02:
            return deepcopy(random.choice(ODD))
        holder, key = random.choice(places)
        random.choice(_WAYS)(random, holder, key)
    return message


def _places(message: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a message that holds a value."""
    waiting = [message]
    while waiting:
        holder = waiting.pop()
        if not isinstance(holder, dict | list):
            continue
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in list(keys):
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def _odd(random: Random, holder: Any, key: Any) -> None:
    """Put an odd value in a place."""
    holder[key] = deepcopy(random.choice(ODD))


def _number(random: Random, holder: Any, key: Any) -> None:
    """Put any number in a place."""
    holder[key] = random.choice((1, -1)) * 10 ** random.uniform(-20, 20)


def _scaled(random: Random, holder: Any, key: Any) -> None:
    """Change a number by orders of magnitude, or the sign of it."""
    value = holder[key]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100:
        holder[key] = value * random.choice((-1, 0, 10, 1000, 10**6, 10**12))
    else:
        _odd(random, holder, key)


def _gone(_random: Random, holder: Any, key: Any) -> None:
    """Leave a value out."""
    del holder[key]


def _again(_random: Random, holder: Any, key: Any) -> None:
    """Have an element twice, or a value in a list of its own."""
    if isinstance(holder, list):
        holder.insert(key, deepcopy(holder[key]))
    else:
        holder[key] = [holder[key]]


def _spelled(_random: Random, holder: Any, key: Any) -> None:
    """Write a value as a text."""
    holder[key] = str(holder[key])[:200]


def _deep(random: Random, holder: Any, key: Any) -> None:
    """Put a value far down."""
    for _ in range(random.randint(2, _DEEP)):
        holder[key] = {"Items": [holder[key]]} if random.random() < 0.5 else [holder[key]]


_WAYS: Final[tuple[Callable[[Random, Any, Any], None], ...]] = (
    *(
        _odd,
        _odd,
        _odd,
        _odd,
        _number,
        _scaled,
        _scaled,
        _scaled,
        _scaled,
        _gone,
        _again,
        _spelled,
        _deep,
    ),
)


def smallest(message: Any, fails: Callable[[Any], bool], most: int = 600) -> Any:
    """Return a message as small as `most` attempts make it, of which `fails` is still true."""
    tried = 0
    shrunk = True
    while shrunk and tried < most:
        shrunk = False
        for index in range(len(list(_places(message)))):
            smaller = deepcopy(message)
            holder, key = list(_places(smaller))[index]
            del holder[key]
            tried += 1
            if fails(smaller):
                message, shrunk = smaller, True
                break
            if tried >= most:
                break
    return message

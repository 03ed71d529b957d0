"""All settings of the active profile by path; only `ProfileValue.shown` is without secrets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from heapq import nlargest
import math
from typing import Final

from .wire import mapping, text

# Replaces a secret in answers and errors.
HIDDEN: Final = "**REDACTED**"
# More settings than any profile has; further ones are left out.
_MOST_PATHS: Final = 5_000
_LONGEST_PATH: Final = 200
_LONGEST_VALUE: Final = 2_000
# Keys for other services, recognized by the end or a part of their names.
_SECRET: Final = ("apikey", "api_key", "password", "passphrase", "passwd", "secret", "token")
# Some numbers are stored with single precision.
_PRECISION: Final = 1e-6

type Plain = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileValue:
    """The setting at a path of the profile.

    `exists` is whether the profile has anything at that path. `value` is None for a group of
    settings and for null; `through_list` is whether the path leads through a list.
    """

    exists: bool = False
    is_group: bool = False
    through_list: bool = False
    secret: bool = False
    # May be a secret: never print it.
    value: Plain = field(default=None, repr=False)

    @property
    def shown(self) -> Plain:
        """The value to show, with secrets replaced."""
        return HIDDEN if self.secret and self.value not in (None, "") else self.value

    def reads(self, wanted: str) -> bool | None:
        """Return whether it has a value, given as in a command.

        None if that cannot be decided: servers send a member of an enumeration by name or by
        number.
        """
        if not self.exists or self.is_group:
            return None
        if isinstance(self.value, bool):
            return wanted.casefold() == str(self.value).casefold()
        number = _number(wanted)
        if isinstance(self.value, int | float):
            if number is None:
                return None
            return math.isclose(self.value, number, rel_tol=_PRECISION, abs_tol=1e-12)
        if isinstance(self.value, str):
            if self.value.casefold() == wanted.casefold():
                return True
            return None if number is not None and _number(self.value) is None else False
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings:
    """The settings of the active profile, as they are on the wire."""

    # Contains secrets: never print it.
    root: Mapping[str, object] = field(default_factory=dict, repr=False)

    @classmethod
    def from_wire(cls, payload: object) -> ProfileSettings:
        """Keep the answer of N.I.N.A."""
        return cls(root=mapping(payload))

    def find(self, path: str) -> ProfileValue:
        """Return the setting at a path such as `CameraSettings-PixelSize`."""
        place: object = self.root
        through_list = False
        for step in path.split("-"):
            if isinstance(place, list):
                through_list = True
                index = int(step) if step.isascii() and step.isdecimal() and len(step) < 9 else -1
                below = place[index : index + 1] if index >= 0 else ()
            else:
                group = mapping(place)
                below = [group[key] for key in _spellings(step) if key in group]
            if not below:
                return ProfileValue(through_list=through_list, secret=is_secret(path))
            place = below[0]
        return ProfileValue(
            exists=True,
            is_group=isinstance(place, dict | list),
            through_list=through_list,
            secret=is_secret(path),
            value=_plain(place),
        )

    def paths(self) -> list[str]:
        """Return the paths of all single settings."""
        return [path for path, _ in zip(_walk(self.root), range(_MOST_PATHS), strict=False)]

    def nearest(self, path: str, most: int = 3) -> tuple[str, ...]:
        """Return the existing paths that are most similar to a wrong one, best first."""
        wanted = path[:_LONGEST_PATH].casefold()
        last = wanted.rpartition("-")[2]
        likeness = SequenceMatcher(autojunk=False)

        def like(known: str) -> float:
            """Return the similarity of a path to the wanted one, as a whole or in its last part."""
            known = known.casefold()
            likeness.set_seqs(known, wanted)
            whole = likeness.ratio()
            likeness.set_seqs(known.rpartition("-")[2], last)
            return max(whole, 0.9 * likeness.ratio())

        return tuple(nlargest(most, self.paths(), key=like))


def is_secret(path: str) -> bool:
    """Return whether a setting is the key for another service, judged by its name."""
    name = path.rpartition("-")[2].casefold()
    return name.endswith("key") or any(word in name for word in _SECRET)


def _walk(root: Mapping[str, object]) -> Iterator[str]:
    """Yield the paths of all single settings in the order of the wire, at any depth."""
    waiting: list[tuple[str, object]] = [("", root)]
    while waiting:
        path, place = waiting.pop()
        if len(path) > _LONGEST_PATH:
            continue
        if isinstance(place, Mapping):
            below = [(_named(str(key)), value) for key, value in place.items()]
        elif isinstance(place, list):
            below = [(str(index), value) for index, value in enumerate(place)]
        else:
            yield path
            continue
        waiting += [(f"{path}-{key}" if path else key, value) for key, value in reversed(below)]


def _named(key: str) -> str:
    """Return the name of a setting: old servers send `_focusOffset` for `FocusOffset`."""
    return key[1:2].upper() + key[2:] if key.startswith("_") else key


def _spellings(step: str) -> tuple[str, str]:
    """Return the keys that a step of a path can have, on newer and on old servers."""
    return step, f"_{step[:1].lower()}{step[1:]}"


def _plain(value: object) -> Plain:
    """Return a single value; a long text is truncated."""
    if isinstance(value, str):
        return value[:_LONGEST_VALUE]
    return value if isinstance(value, bool | int | float) else None


def _number(spelled: str) -> float | None:
    """Return the number in a text, "NaN" included."""
    try:
        return float(spelled) if text(spelled) is not None else None
    except ValueError:
        return None

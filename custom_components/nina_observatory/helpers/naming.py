"""Names of observatories, which are the titles of entries and the prefixes of their devices."""

from collections.abc import Collection
from enum import StrEnum
from itertools import count
import re
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..api import one_line
from ..const import DOMAIN

DEFAULT_NAME: Final = "Observatory"
# Names of devices and entities begin with it.
LONGEST_NAME: Final = 50

_TITLE: Final = f"component.{DOMAIN}.common.dashboard_title"
# The prefix that Touch'N'Stars adds to the name of its instance, which is by default its computer's.
_ANNOUNCED: Final = "touchnstars_"
# Names that Windows gives computers.
_BY_WINDOWS: Final = re.compile(r"(desktop|laptop|win)-\w+", re.IGNORECASE)


class NameFault(StrEnum):
    """Why a name is refused; the value is the key of its text in forms."""

    MISSING = "name_missing"
    TAKEN = "name_taken"
    TOO_LONG = "name_too_long"


def tidy_name(typed: str) -> str:
    """Return a name without line breaks, control characters and surplus spaces."""
    return one_line(typed, 10 * LONGEST_NAME)


def name_fault(name: str, taken: Collection[str]) -> NameFault | None:
    """Return what is wrong with a tidy name; two that differ only in case are the same."""
    if not name:
        return NameFault.MISSING
    if len(name) > LONGEST_NAME:
        return NameFault.TOO_LONG
    return NameFault.TAKEN if _is_taken(name, taken) else None


async def async_usual_name(hass: HomeAssistant) -> str:
    """Return what an observatory is called in the language of Home Assistant."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return texts.get(_TITLE, DEFAULT_NAME)


def free_name(taken: Collection[str], wanted: str = DEFAULT_NAME) -> str:
    """Return a name that nobody has: the wanted one, or that with a number."""
    names = (wanted if number == 1 else f"{wanted} {number}" for number in count(1))
    return next(name for name in names if not _is_taken(name, taken))


def announced_name(instance: str, host: str) -> str:
    """Return the name under which a computer announces itself, or else its address."""
    return one_line(instance.removeprefix(_ANNOUNCED)) or host


def suggested_name(instance: str, taken: Collection[str], usual: str = DEFAULT_NAME) -> str:
    """Return a name for a computer that announces itself: its own, if a person gave it one."""
    own = one_line(instance.removeprefix(_ANNOUNCED), LONGEST_NAME - len(" 99"))
    return free_name(taken, usual if not own or _BY_WINDOWS.fullmatch(own) else own)


def _is_taken(name: str, taken: Collection[str]) -> bool:
    return name.casefold() in {each.casefold() for each in taken}

"""The action for any setting of N.I.N.A.'s profile."""

import asyncio
import math
from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import ProfileSettings, ProfileValue, release
from ..const import Needs, Question
from ..control.command import Fetch, Readings, asked
from ..control.commands.profile import set_profile_value
from ..errors import DeniedError, NotDoneError, Reason, RefusedError, translated_errors
from ..helpers.permissions import EVERYTHING
from .action import Action, Call, require
from .fields import FieldError, flag, text

# Since this version, numbers select elements of lists.
_LISTS_SINCE: Final = release(2, 2, 12, 1)
_LONGEST: Final = 1000

# Seconds between two questions of N.I.N.A. to its drivers, the safety monitor among them, beyond
# which danger would be noticed late.
_SLOWEST_POLLING: Final = 5.0
# Settings that decide when N.I.N.A. moves the roof: by section, in lower case. None means the whole
# section.
_PROTECTED: Final[dict[str, frozenset[str] | None]] = {
    "safetymonitorsettings": None,
    "domesettings": frozenset(
        {
            "id",
            "closeonunsafe",
            "parkmountbeforeshuttermove",
            "parkdomebeforeshuttermove",
            "refuseunsafeshuttermove",
            "refuseunsafeshutteropensanssafetydevice",
            "refuseunparkwithoutshutteropen",
        }
    ),
    # Without a mount nothing keeps the roof from closing.
    "telescopesettings": frozenset({"id"}),
    "sequencesettings": frozenset(
        {
            "parkmountatsequenceend",
            "closedomeshutteratsequenceend",
            "parkdomeatsequenceend",
            "opendomeshutteratsequencestart",
            "unparmountatsequencestart",
            "unparkmountatsequencestart",
            # A program that N.I.N.A. runs.
            "sequencecompletecommand",
        }
    ),
}
_POLLING: Final = "devicepollinginterval"
# Programs that N.I.N.A. runs.
_PROGRAMS: Final = ("location", "phd2path", "skyguardpath")

type Value = str | float | bool


def setting_value(value: object) -> Value:
    """Return a non-empty text, a number or a boolean; raises FieldError or Invalid.

    The error never includes a text: it may be a secret.
    """
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise FieldError(Reason.FIELD_NO_NUMBER, value)
        return value
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise probatio.Invalid("a text, a number, true or false")
    if not value.isprintable():
        raise probatio.Invalid("a text in one line")
    return value


def is_protected(path: str, value: Value) -> bool:
    """Return whether a setting protects the roof, or names a program, and is not to be changed.

    Ignore case, since N.I.N.A. may do so as well.
    """
    *way, name = path.casefold().split("-")
    if name in _PROTECTED or name.endswith(_PROGRAMS) or path.casefold() == "id":
        return True
    if name == _POLLING:
        try:
            return not 0 < float(value) <= _SLOWEST_POLLING
        except ValueError:
            return True
    for section in way:
        names = _PROTECTED.get(section, frozenset())
        if names is None or name in names:
            return True
    return False


def spelled(value: Value, now: ProfileValue, path: str) -> str:
    """Return a value in N.I.N.A.'s notation; raises ServiceValidationError."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if not isinstance(value, str):
        return repr(value)
    if isinstance(now.value, bool):
        try:
            return str(flag(value)).lower()
        except FieldError:
            return value
    if isinstance(now.value, int | float) and "," in value:
        # N.I.N.A. would treat the comma as a thousands separator.
        shown = _public(value[:60], secret=now.secret)
        raise RefusedError(Reason.FIELD_NO_NUMBER, field="value", value=shown)
    return value


async def _async_set_value(call: Call) -> ServiceResponse:
    """Change a setting and return its old and new value."""
    path, value = call.data["path"], call.data["value"]
    if is_protected(path, value):
        raise RefusedError(Reason.PROFILE_VALUE_PROTECTED, path=path)
    async with translated_errors(Question.PROFILE_SETTINGS):
        settings = await call.client.profile.get_settings()
    before = settings.find(path)
    if before.through_list:
        require(call, _LISTS_SINCE)
    wanted = spelled(value, before, path)
    provable = before.reads(wanted) is not None
    read: list[ProfileSettings] = [settings]
    try:
        await call.async_run(set_profile_value(path, wanted, _noting(read), provable=provable))
    except DeniedError as err:
        raise await _async_explained(err, path, wanted, settings) from err
    call.runtime.settings.async_note_profile_change()
    if not provable:
        async with translated_errors(Question.PROFILE_SETTINGS):
            read.append(await call.client.profile.get_settings())
    now = read[-1].find(path)
    return {
        "path": path,
        "old_value": before.shown,
        "value": now.shown,
        "confirmed": provable or now.reads(wanted) is True,
    }


def _noting(read: list[ProfileSettings]) -> Fetch[ProfileSettings]:
    """Return a function that reads the profile, and keeps the last reading."""
    ask = asked(lambda client: client.profile.get_settings())

    async def fetch(readings: Readings) -> tuple[bool, ProfileSettings | None]:
        reachable, settings = await ask(readings)
        if settings is not None:
            read.append(settings)
        return reachable, settings

    return fetch


async def _async_explained(
    err: DeniedError, path: str, wanted: str, settings: ProfileSettings
) -> NotDoneError:
    """Return the error for a refused value, with the values that N.I.N.A. accepts."""
    now = settings.find(path)
    if not now.exists or now.is_group:
        nearest = await asyncio.to_thread(settings.nearest, path)
        return NotDoneError(
            Reason.PROFILE_PATH_UNKNOWN,
            path=path,
            reason=err.words,
            nearest=", ".join(nearest) or "-",
        )
    return NotDoneError(
        Reason.PROFILE_VALUE_REFUSED,
        path=path,
        reason=err.words,
        value=_public(wanted, secret=now.secret),
        current=_public(now.shown, secret=False),
    )


def _public(value: object, *, secret: bool) -> str:
    """Return a value for an error, unless it is a secret."""
    return "…" if secret else str(value)


ACTIONS = (
    Action(
        name="set_profile_value",
        needs=Needs.ADMINISTRATOR,
        roles=EVERYTHING,
        handler=_async_set_value,
        fields={
            probatio.Required("path"): text(longest=200),
            probatio.Required("value"): setting_value,
        },
        returns=SupportsResponse.OPTIONAL,
        changes=True,
    ),
)

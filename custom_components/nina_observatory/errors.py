"""Every error of the integration: its type, and the text that follows from it.

Code decides by type and field. The translation key is derived from them and never parsed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from packaging.version import Version

from .api import (
    NinaCommandError,
    NinaCommandLostError,
    NinaConnectionError,
    NinaError,
    NinaNotFoundError,
    NinaNotReadyError,
    NinaTimeoutError,
    NinaVersionError,
    Role,
    one_line,
)
from .const import DOMAIN, CommandKey, Needs, Question, Subject


class Reason(StrEnum):
    """Why something was refused or did not happen; the value is the key of the text."""

    ALIGNMENT_NOT_CONFIRMED = "alignment_not_confirmed"
    ALIGNMENT_NOT_RUNNING = "alignment_not_running"
    ALIGNMENT_NOT_STARTED = "alignment_not_started"
    ALIGNMENT_RUNNING = "alignment_running"
    AUTOFOCUS_WHILE_BUSY = "autofocus_while_busy"
    BINNING_MISSING = "binning_missing"
    BRIGHTNESS_OUT_OF_RANGE = "brightness_out_of_range"
    CAMERA_BUSY = "camera_busy"
    CANNOT_CONNECT = "cannot_connect"
    CANNOT_MIGRATE = "cannot_migrate"
    CAPTURE_FAILED = "capture_failed"
    CAPTURE_NOT_SAVED = "capture_not_saved"
    CAPTURE_UNCONFIRMED = "capture_unconfirmed"
    CHANNEL_MISSING = "channel_missing"
    CHANNEL_OUT_OF_RANGE = "channel_out_of_range"
    CLEAR_CALIBRATION_NOT_SUPPORTED = "clear_calibration_not_supported"
    COMMAND_LOST = "command_lost"
    CONNECT_ALL_FAILED = "connect_all_failed"
    COOLER_NOT_SUPPORTED = "cooler_not_supported"
    COVER_NOT_SUPPORTED = "cover_not_supported"
    DEVICE_ID_OF_ALL = "device_id_of_all"
    DEW_HEATER_NOT_SUPPORTED = "dew_heater_not_supported"
    DISCONNECT_ALL_FAILED = "disconnect_all_failed"
    DISCONNECT_WHILE_EXPOSING = "disconnect_while_exposing"
    DISCONNECT_WHILE_RUNNING = "disconnect_while_running"
    DISCONNECT_WHILE_SHUTTER_MOVES = "disconnect_while_shutter_moves"
    DOME_HOME_NOT_SUPPORTED = "dome_home_not_supported"
    DOME_PARK_NOT_SUPPORTED = "dome_park_not_supported"
    DOME_PARK_POSITION_NOT_SETTABLE = "dome_park_position_not_settable"
    DOME_TURN_NOT_SUPPORTED = "dome_turn_not_supported"
    EXPOSES_ON = "exposes_on"
    EXPOSURE_OUT_OF_RANGE = "exposure_out_of_range"
    FIELD_INVALID = "field_invalid"
    FIELD_MISSING = "field_missing"
    FIELD_NO_BINNING = "field_no_binning"
    FIELD_NO_DATE_TIME = "field_no_date_time"
    FIELD_NO_DECLINATION = "field_no_declination"
    FIELD_NO_DRIVER_ID = "field_no_driver_id"
    FIELD_NO_FLAG = "field_no_flag"
    FIELD_NO_NUMBER = "field_no_number"
    FIELD_NO_OPTION = "field_no_option"
    FIELD_NO_RIGHT_ASCENSION = "field_no_right_ascension"
    FIELD_NO_TEXT = "field_no_text"
    FIELD_NO_WHOLE_NUMBER = "field_no_whole_number"
    FIELD_OUT_OF_RANGE = "field_out_of_range"
    FIELD_TOO_LONG = "field_too_long"
    FIELD_UNKNOWN = "field_unknown"
    FILE_NO_PICTURE = "file_no_picture"
    FILE_NOT_WRITTEN = "file_not_written"
    FILTER_MISSING = "filter_missing"
    FLATS_INCOMPLETE = "flats_incomplete"
    FLATS_RUNNING = "flats_running"
    FOLLOWING_NEEDS_MOUNT = "following_needs_mount"
    FOLLOWING_NEEDS_OPEN_SHUTTER = "following_needs_open_shutter"
    FRAME_MISSING = "frame_missing"
    FRAME_NOT_SAVED = "frame_not_saved"
    FRAME_UNKNOWN = "frame_unknown"
    FRAMING_EMPTY = "framing_empty"
    FRAMING_NOT_READY = "framing_not_ready"
    GAIN_OUT_OF_RANGE = "gain_out_of_range"
    HOME_NOT_SUPPORTED = "home_not_supported"
    LIGHT_NOT_SUPPORTED = "light_not_supported"
    MOUNT_NOT_PARKED = "mount_not_parked"
    MOUNT_PARKED = "mount_parked"
    MOUNT_PLACE_UNKNOWN = "mount_place_unknown"
    MOUNT_SLEWING = "mount_slewing"
    MOUNT_UNPARKED_AGAIN = "mount_unparked_again"
    NO_SCHEDULER = "no_scheduler"
    NOT_EXPOSED = "not_exposed"
    NOT_OF_OBSERVATORY = "not_of_observatory"
    NOT_READ = "not_read"
    NOT_READY = "not_ready"
    NOT_SAFE_MONITOR_DISCONNECTED = "not_safe_monitor_disconnected"
    NOT_SAFE_NO_READING = "not_safe_no_reading"
    NOT_SAFE_NOT_ANSWERING = "not_safe_not_answering"
    NOT_SAFE_NOT_RUNNING = "not_safe_not_running"
    NOT_SAFE_STALE = "not_safe_stale"
    NOT_SAFE_UNSAFE = "not_safe_unsafe"
    NOT_SUPPORTED = "not_supported"
    NOTHING_TO_CONNECT = "nothing_to_connect"
    NOTHING_TO_SOLVE = "nothing_to_solve"
    OBSERVATORIES_NAMED = "observatories_named"
    OBSERVATORY_MISSING = "observatory_missing"
    OVERRIDE_IMPOSSIBLE = "override_impossible"
    OVERTAKEN = "overtaken"
    PARK_NOT_SUPPORTED = "park_not_supported"
    PATH_NOT_ALLOWED = "path_not_allowed"
    PICTURE_MISSING = "picture_missing"
    PICTURE_OF_OTHER = "picture_of_other"
    PICTURE_OFF = "picture_off"
    PLAN_IMAGING = "plan_imaging"
    PLAN_IMAGING_UNKNOWN = "plan_imaging_unknown"
    PLAN_PROFILE_UNCLEAR = "plan_profile_unclear"
    PLAN_START_IGNORED = "plan_start_ignored"
    PLAN_START_PAST = "plan_start_past"
    PLAN_START_TOO_FAR = "plan_start_too_far"
    PLUGIN_TOO_OLD = "plugin_too_old"
    PROCEDURE_UNDER_WAY = "procedure_under_way"
    PROFILE_AMBIGUOUS = "profile_ambiguous"
    PROFILE_MISSING = "profile_missing"
    PROFILE_PATH_UNKNOWN = "profile_path_unknown"
    PROFILE_UNKNOWN = "profile_unknown"
    PROFILE_VALUE_PROTECTED = "profile_value_protected"
    PROFILE_VALUE_REFUSED = "profile_value_refused"
    PROFILE_WHILE_RUNNING = "profile_while_running"
    PROJECT_UNKNOWN = "project_unknown"
    READ_ONLY = "read_only"
    READOUT_MODE_MISSING = "readout_mode_missing"
    REVERSE_NOT_SUPPORTED = "reverse_not_supported"
    ROOF_LEFT_OPEN = "roof_left_open"
    ROOF_NOT_OPEN = "roof_not_open"
    ROOF_OPEN_AGAIN = "roof_open_again"
    ROTATOR_NOT_SYNCED = "rotator_not_synced"
    SCHEDULER_CANNOT_CONNECT = "scheduler_cannot_connect"
    SCHEDULER_NO_PROFILE = "scheduler_no_profile"
    SCHEDULER_OTHER_API = "scheduler_other_api"
    SCHEDULER_TIMEOUT = "scheduler_timeout"
    SCHEDULER_UNKNOWN = "scheduler_unknown"
    SECURE_FAILED = "secure_failed"
    SEQUENCE_BEYOND_SKIP = "sequence_beyond_skip"
    SEQUENCE_COMPLETE = "sequence_complete"
    SEQUENCE_EMPTY = "sequence_empty"
    SEQUENCE_HAS_ISSUES = "sequence_has_issues"
    SEQUENCE_NOT_RUNNING = "sequence_not_running"
    SEQUENCE_OVER_AT_ONCE = "sequence_over_at_once"
    SEQUENCE_RUNNING = "sequence_running"
    SEQUENCE_RUNS_ON = "sequence_runs_on"
    SEQUENCE_TARGET_MISSING = "sequence_target_missing"
    SEQUENCE_UNKNOWN = "sequence_unknown"
    SEQUENCE_UNREADABLE = "sequence_unreadable"
    SEQUENCE_WAITING_FOR_PERSON = "sequence_waiting_for_person"
    SEQUENCE_WAITING_WITH_ISSUES = "sequence_waiting_with_issues"
    SET_PARK_NOT_SUPPORTED = "set_park_not_supported"
    SET_POINT_UNKNOWN = "set_point_unknown"
    SETTINGS_WHILE_BUSY = "settings_while_busy"
    SHARED_MOUNT_NOT_PARKED = "shared_mount_not_parked"
    SHARED_MOUNT_PARK_FAILED = "shared_mount_park_failed"
    SHARED_MOUNT_UNKNOWN = "shared_mount_unknown"
    SHUTTER_NOT_SUPPORTED = "shutter_not_supported"
    SHUTTER_OPENING = "shutter_opening"
    SIDE_OF_PIER_UNKNOWN = "side_of_pier_unknown"
    SLEW_NOT_SUPPORTED = "slew_not_supported"
    START_UP_FAILED = "start_up_failed"
    STATISTICS_FAILED = "statistics_failed"
    STOPPED = "stopped"
    SWITCH_AMBIGUOUS = "switch_ambiguous"
    SWITCH_UNKNOWN = "switch_unknown"
    SYNC_NEEDS_MOUNT = "sync_needs_mount"
    TARGET_AMBIGUOUS = "target_ambiguous"
    TARGET_AND_PLACE = "target_and_place"
    TARGET_BELOW_HORIZON = "target_below_horizon"
    TARGET_ROTATION_UNKNOWN = "target_rotation_unknown"
    TARGET_UNKNOWN = "target_unknown"
    TARGET_WITHOUT_PLACE = "target_without_place"
    TIMEOUT = "timeout"
    TRACKING_MODE_NOT_SUPPORTED = "tracking_mode_not_supported"
    UNLOADED = "unloaded"
    USB_LIMIT_NOT_SUPPORTED = "usb_limit_not_supported"
    USB_LIMIT_OUT_OF_RANGE = "usb_limit_out_of_range"


# Reasons that mean the equipment, or its plugin, lacks the capability.
UNSUPPORTED: Final = frozenset(
    {
        Reason.CLEAR_CALIBRATION_NOT_SUPPORTED,
        Reason.COOLER_NOT_SUPPORTED,
        Reason.COVER_NOT_SUPPORTED,
        Reason.DEW_HEATER_NOT_SUPPORTED,
        Reason.DOME_HOME_NOT_SUPPORTED,
        Reason.DOME_PARK_NOT_SUPPORTED,
        Reason.DOME_TURN_NOT_SUPPORTED,
        Reason.HOME_NOT_SUPPORTED,
        Reason.LIGHT_NOT_SUPPORTED,
        Reason.NOT_SUPPORTED,
        Reason.PARK_NOT_SUPPORTED,
        Reason.REVERSE_NOT_SUPPORTED,
        Reason.SET_PARK_NOT_SUPPORTED,
        Reason.SHUTTER_NOT_SUPPORTED,
        Reason.SLEW_NOT_SUPPORTED,
        Reason.TRACKING_MODE_NOT_SUPPORTED,
        Reason.USB_LIMIT_NOT_SUPPORTED,
        Reason.PLUGIN_TOO_OLD,
    }
)


# Characters of a placeholder, which may combine several messages.
LONGEST_PLACEHOLDER: Final = 1000
# Characters of an error message from N.I.N.A., which may name several issues.
LONGEST_WORDS: Final = 500


def _filled(placeholders: dict[str, str]) -> dict[str, str] | None:
    """Return placeholders as single, bounded lines: some are texts of the server."""
    lines = {name: one_line(value, LONGEST_PLACEHOLDER) for name, value in placeholders.items()}
    return lines or None


class NotAllowedError(Unauthorized):
    """The user of a call lacks a permission; Home Assistant responds as for its own entities."""

    generate_message = True

    def __init__(self, needs: Needs, context: Context | None = None) -> None:
        """Set the missing permission; the context identifies the user of the call."""
        super().__init__(context=context, permission=needs)
        self.translation_domain = DOMAIN
        self.translation_key = f"needs_{needs}"


class NotDoneError(HomeAssistantError):
    """Something did not happen; `reason` is None if only N.I.N.A.'s own message explains it."""

    reason: Reason | None = None

    def __init__(self, reason: Reason, /, **placeholders: str) -> None:
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=reason.value,
            translation_placeholders=_filled(placeholders),
        )
        self.reason = reason


class TransientError(NotDoneError):
    """The connection to N.I.N.A. failed; retrying may succeed."""


def own_words(words: str) -> str:
    """Return N.I.N.A.'s own message for the middle of a sentence, without its final period."""
    return one_line(words, LONGEST_WORDS).rstrip(" .")


class AnsweredError(NotDoneError):
    """N.I.N.A. or its Target Scheduler gave an answer other than the requested one.

    `words` is its own message, often as vague as "Unknown error", so the text names the request and
    what to try.
    """

    def __init__(self, asked: CommandKey | Question, words: str) -> None:
        self.words = own_words(words)
        HomeAssistantError.__init__(
            self,
            translation_domain=DOMAIN,
            translation_key=f"{asked}_refused",
            translation_placeholders=_filled({"reason": self.words}),
        )
        self.asked = asked


class DeniedError(AnsweredError):
    """N.I.N.A. answered with an error of its own."""


class UnusableAnswerError(AnsweredError, TransientError):
    """The answer is unusable, such as an HTML page showing an exception; retrying may succeed."""


class EndedError(NotDoneError):
    """Something else ended it: a more important command, or the entry was unloaded."""


class RefusedError(ServiceValidationError):
    """A request was refused before anything was tried."""

    def __init__(self, reason: Reason, /, **placeholders: str) -> None:
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=reason.value,
            translation_placeholders=_filled(placeholders),
        )
        self.reason = reason

    @property
    def unsupported(self) -> bool:
        """Return whether the equipment lacks the requested capability."""
        return self.reason in UNSUPPORTED


class TooOldError(RefusedError):
    """A request needs a newer plugin."""

    needed: Version


def too_old(needed: Version, installed: Version) -> TooOldError:
    """Return the error for a request that needs a newer plugin."""
    error = TooOldError(Reason.PLUGIN_TOO_OLD, needed=str(needed), installed=str(installed))
    error.needed = needed
    return error


class NotConnectedError(ServiceValidationError):
    """The subject of a command is not connected, or cannot be read."""

    def __init__(self, subject: Role | Subject) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=f"{subject}_not_connected")
        self.subject = subject


class InProgressError(ServiceValidationError):
    """Another command is in progress and must not be disturbed."""

    def __init__(self, command: CommandKey) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=f"{command}_under_way")
        self.command = command


class CommandError(HomeAssistantError):
    """A command was sent, but there is no proof that it took effect."""

    command: CommandKey


class Ending(StrEnum):
    """How an unproven command ended; the key of its error text ends with the value."""

    UNPROVEN = "unproven"
    # N.I.N.A. answered every try with an error.
    DENIED = "denied"
    # The device reports an error.
    ERROR = "error"
    # The device is still moving.
    MOVING = "moving"
    # The mount is in a position in which N.I.N.A. may refuse silently.
    MOUNT = "mount"


class UnprovenError(CommandError):
    """No reading proved in time that a command took effect."""

    def __init__(
        self,
        command: CommandKey,
        ending: Ending = Ending.UNPROVEN,
        *,
        seconds: float,
        seen: str,
        age: float,
        words: str | None = None,
    ) -> None:
        """Describe the last reading.

        `seconds` is the time since the command was requested, `seen` the last reading as text,
        `age` the age of that reading in seconds, `words` the error that N.I.N.A. answered instead.
        """
        placeholders = {"seconds": f"{seconds:.0f}", "seen": one_line(seen), "age": f"{age:.0f}"}
        if words is not None:
            ending, placeholders["reason"] = Ending.DENIED, own_words(words)
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=f"{command}_{ending}",
            translation_placeholders=placeholders,
        )
        self.command = command
        self.ending = ending
        self.age = age


class NoAnswerError(CommandError):
    """N.I.N.A. stopped answering while a command was in progress."""

    def __init__(
        self, command: CommandKey, subject: Role | Subject, *, seen: str, age: float
    ) -> None:
        """Set the last reading as text, and its age in seconds."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=f"{subject}_silent",
            translation_placeholders={"seen": one_line(seen), "age": f"{age:.0f}"},
        )
        self.command = command
        self.age = age


class NeverReadError(CommandError):
    """A command was sent that no reading preceded or proved."""

    def __init__(self, command: CommandKey, subject: Role | Subject) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=f"{subject}_unread")
        self.command = command


class UnconfirmedError(CommandError):
    """N.I.N.A. did not confirm a command that no reading can prove."""

    def __init__(self, command: CommandKey) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=f"{command}_failed")
        self.command = command


class DisconnectedError(HomeAssistantError):
    """A device was disconnected before the command took effect."""

    def __init__(self, subject: Role | Subject) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=f"{subject}_lost")
        self.subject = subject


def is_absence(err: HomeAssistantError) -> bool:
    """Return whether an error means that the equipment is missing or lacks the capability."""
    return isinstance(err, NotConnectedError) or (isinstance(err, RefusedError) and err.unsupported)


def error_key(err: HomeAssistantError) -> str | None:
    """Return the key of an error's text, for users and their templates; never decide by it."""
    return err.translation_key


async def async_outcome[T](work: asyncio.Task[T], ended: Reason) -> T:
    """Return the result of a task, which continues if the caller is canceled.

    Raises EndedError with the reason `ended` if the task was canceled.
    """
    await asyncio.wait([work])
    if work.cancelled():
        raise EndedError(ended)
    return work.result()


@asynccontextmanager
async def translated_errors(
    asked: CommandKey | Question, passing: tuple[type[NinaError], ...] = ()
) -> AsyncIterator[None]:
    """Translate errors of the client into errors that Home Assistant shows to users.

    `asked` is the request to N.I.N.A. Raises the error that `explain` returns, with the original as
    its cause; the error types in `passing` are not translated.
    """
    try:
        yield
    except passing:
        raise
    except NinaError as err:
        raise explain(err, asked) from err


def explain(err: NinaError, asked: CommandKey | Question) -> NotDoneError:
    """Return the error for users that explains an error of the client, given the request."""
    if isinstance(err, NinaNotReadyError):
        return NotDoneError(Reason.NOT_READY)
    if isinstance(err, NinaCommandError):
        return DeniedError(asked, "; ".join((err.text, *err.details)))
    if isinstance(err, NinaCommandLostError):
        return TransientError(Reason.COMMAND_LOST)
    if isinstance(err, NinaTimeoutError):
        return TransientError(Reason.TIMEOUT)
    if isinstance(err, NinaConnectionError):
        return TransientError(Reason.CANNOT_CONNECT)
    if isinstance(err, NinaNotFoundError | NinaVersionError):
        return NotDoneError(Reason.NOT_SUPPORTED)
    return UnusableAnswerError(asked, str(err))

"""Answers to questions, from the last readings; what is not known is never guessed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.util import dt as dt_util

from ..api import Camera, Mount, Role, one_line
from ..helpers.devices import is_known
from ..readings.frame_statistics import FrameStatistics
from ..readings.now_imaging import NowImaging
from ..readings.safety import SafetyReason
from ..readings.sequence import SequenceState
from .asked import Asked
from .texts import VoiceTexts
from .wordings import Ask

# Targets that are named; more are counted.
MOST_NAMES: Final = 3

# Why it is not known whether it is safe.
UNKNOWN: Final[Mapping[SafetyReason, str]] = {
    SafetyReason.MONITOR_DISCONNECTED: "monitor_disconnected",
    SafetyReason.NOT_RUNNING: "not_running",
    SafetyReason.NOT_ANSWERING: "not_answering",
    SafetyReason.STALE: "stale",
    SafetyReason.NO_READING: "no_reading",
}

# Answers about a sequence that takes no frames.
AT_REST: Final[Mapping[SequenceState, str]] = {
    SequenceState.NOT_READY: "nothing_imaged",
    SequenceState.NOT_LOADED: "nothing_imaged",
    SequenceState.IDLE: "nothing_imaged",
    SequenceState.WAITING_FOR_PERSON: "waiting_for_person",
    SequenceState.FINISHED: "sequence_finished",
    SequenceState.FAILED: "sequence_failed",
}

# Those that nobody who asks how the night is going wants to miss.
NEEDS_ATTENTION: Final = (SequenceState.WAITING_FOR_PERSON, SequenceState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question: the equipment whose readings its user has to be allowed to see."""

    roles: tuple[Role, ...]
    answer: Callable[[Asked], Awaitable[str]]


def unknown_safety(asked: Asked) -> str | None:
    """Return why it is not known whether it is safe; None if it is known."""
    if not is_known(asked.hass, asked.entry, Role.SAFETY_MONITOR):
        return _absence(asked) or asked.texts("no_monitor")
    key = UNKNOWN.get(asked.runtime.safety.reason)
    return None if key is None else asked.texts(key)


def _absence(asked: Asked) -> str | None:
    """Return how N.I.N.A. is absent; None if it is there."""
    equipment = asked.runtime.equipment
    if equipment.data.reachable:
        return None
    absence = equipment.liveness.absence
    return asked.texts("not_answering" if absence is None else absence.value)


async def _async_is_safe(asked: Asked) -> str:
    if (unknown := unknown_safety(asked)) is not None:
        return unknown
    return asked.texts("unsafe" if asked.runtime.safety.not_safe else "safe")


async def _async_now_imaging(asked: Asked) -> str:
    """Return what the sequence does, or that the camera exposes without one."""
    if (absence := _absence(asked)) is not None:
        return absence
    now, texts = asked.runtime.present.now, asked.texts
    if now.state is None:
        return texts("sequence_unread")
    if now.state is SequenceState.RUNNING:
        return running(texts, now)
    if now.state is SequenceState.WAITING:
        if now.until is None:
            return texts("sequence_waits")
        return texts("sequence_waits_until", time=texts.time(now.until))
    camera = asked.runtime.equipment.data.device(Role.CAMERA)
    exposing = isinstance(camera, Camera) and camera.exposing is True
    return texts("exposing" if exposing else AT_REST[now.state])


def running(texts: VoiceTexts, now: NowImaging) -> str:
    """Return what a running sequence does."""
    target = now.target.name
    if now.instruction is not None:
        instruction = one_line(now.instruction)
        if target is None:
            return texts("instruction", instruction=instruction)
        return texts("instruction_of_target", instruction=instruction, target=one_line(target))
    if target is None:
        return texts("sequence_runs")
    answer = texts("imaging", target=one_line(target))
    if now.filter is not None:
        answer = texts("imaging_filter", target=one_line(target), filter=one_line(now.filter))
    if now.number is None or now.total is None:
        return answer
    return f"{answer} {texts('frame_of', number=now.number, total=now.total)}"


async def _async_night(asked: Asked) -> str:
    """Return the light frames of tonight, or else those of the last night."""
    nights, texts = asked.runtime.nights, asked.texts
    frames, ends_at = nights.frames, nights.ends_at
    if not frames or ends_at is None:
        return texts("no_frames")
    statistics = await asked.hass.async_add_executor_job(FrameStatistics.of, frames)
    if ends_at <= dt_util.utcnow():
        return texts("no_frames_yet", frames=statistics.frames)
    answer = texts(
        "frames", frames=statistics.frames, duration=texts.duration(statistics.integration_time)
    )
    targets = [*dict.fromkeys(one_line(each.target_name or "") for each in frames)]
    if all(targets) and len(targets) <= MOST_NAMES:
        answer += f" {texts('targets', targets=', '.join(targets))}"
    if statistics.average_hfr is not None:
        answer += f" {texts('hfr', hfr=texts.number(statistics.average_hfr))}"
    state = asked.runtime.sequence.data.state
    return f"{answer} {texts(AT_REST[state])}" if state in NEEDS_ATTENTION else answer


async def _async_camera_temperature(asked: Asked) -> str:
    if (absence := _absence(asked)) is not None:
        return absence
    camera, texts = asked.runtime.equipment.data.device(Role.CAMERA), asked.texts
    if not isinstance(camera, Camera):
        return texts("camera_disconnected")
    if camera.temperature is None:
        return texts("camera_without_temperature")
    temperature = texts.number(camera.temperature)
    return texts("camera_warm" if camera.cooler_on is False else "camera", temperature=temperature)


async def _async_sequence_end(asked: Asked) -> str:
    if (absence := _absence(asked)) is not None:
        return absence
    reading, texts = asked.runtime.sequence.data, asked.texts
    if reading.running is None:
        return texts("sequence_unread")
    if not reading.running:
        return texts("no_sequence")
    if reading.ends_at is None:
        return texts("end_unknown")
    return texts("ends_at", time=texts.time(reading.ends_at))


async def _async_mount_parked(asked: Asked) -> str:
    """Return whether a fresh reading shows the mount parked."""
    state, texts = await asked.runtime.equipment.async_read(Role.MOUNT), asked.texts
    if not state.reachable:
        return _absence(asked) or texts("not_answering")
    mount = state.device(Role.MOUNT)
    if not isinstance(mount, Mount):
        return texts("mount_disconnected")
    if mount.parked is None:
        return texts("mount_unread")
    return texts("parked" if mount.parked else "not_parked")


QUESTIONS: Final[Mapping[Ask, Question]] = {
    Ask.IS_SAFE: Question(roles=(Role.HUB,), answer=_async_is_safe),
    Ask.NOW_IMAGING: Question(roles=(Role.HUB,), answer=_async_now_imaging),
    Ask.NIGHT: Question(roles=(Role.HUB,), answer=_async_night),
    Ask.CAMERA_TEMPERATURE: Question(
        roles=(Role.HUB, Role.CAMERA), answer=_async_camera_temperature
    ),
    Ask.SEQUENCE_END: Question(roles=(Role.HUB,), answer=_async_sequence_end),
    Ask.MOUNT_PARKED: Question(roles=(Role.HUB, Role.MOUNT), answer=_async_mount_parked),
}

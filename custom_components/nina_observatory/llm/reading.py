"""Tools that only read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.llm import ToolAnnotations
from homeassistant.util.json import JsonObjectType, JsonValueType
import probatio

from ..api import Role
from ..const import Needs
from ..helpers.permissions import EVERYTHING, async_require
from ..night.detectors import DETECTORS
from ..runtime import NinaConfigEntry, NinaRuntimeData
from . import answers, parts
from .tool import ObservatoryTool, Query, Shown

READ_ONLY: Final = ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)

type Read = Callable[[Query], Awaitable[JsonValueType]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a response: what reads it, and the entities of which one has to be exposed.

    `unloaded` is the part while the entry is not loaded.
    """

    key: str
    read: Read
    shown: tuple[Shown, ...]
    unloaded: JsonValueType = None

    @callback
    def is_exposed(self, hass: HomeAssistant, entry: NinaConfigEntry, assistant: str) -> bool:
        """Return whether one of the entities that show it is exposed."""
        return any(each.exposed_id(hass, entry, assistant) is not None for each in self.shown)

    @callback
    def exists(self, hass: HomeAssistant, entry: NinaConfigEntry) -> bool:
        """Return whether one of the entities that show it exists."""
        return any(each.entity_id(hass, entry) is not None for each in self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A tool that reads: its user needs the permission to read the equipment of the `roles`."""

    name: str
    title: str
    description: str
    roles: tuple[Role, ...]
    parts: tuple[Part, ...]
    fields: Mapping[Any, object] = field(default_factory=dict)

    @callback
    def is_exposed(self, hass: HomeAssistant, entry: NinaConfigEntry, assistant: str) -> bool:
        """Return whether the tool may be used for an observatory."""
        return any(part.is_exposed(hass, entry, assistant) for part in self.parts)


class ReadingTool(ObservatoryTool):
    """A tool that returns the parts of its row whose entities are exposed."""

    annotations = READ_ONLY

    def __init__(self, row: Reading, within: Mapping[str, str]) -> None:
        super().__init__(row.name, within, row.fields)
        self._row = row
        self.title, self.description = row.title, row.description

    @override
    async def _async_respond(self, query: Query) -> JsonObjectType:
        hass, entry, loaded = query.hass, query.entry, query.loaded
        await async_require(hass, query.context, entry, Needs.READ, self._row.roles)
        response: JsonObjectType = {
            "nina_reachable": loaded and query.data.equipment.data.reachable
        }
        hidden: list[JsonValueType] = []
        for part in self._row.parts:
            if part.is_exposed(hass, entry, query.assistant):
                response[part.key] = await part.read(query) if loaded else part.unloaded
            elif part.exists(hass, entry):
                hidden.append(part.key)
        return {**response, **({"not_exposed": hidden} if hidden else {})}


def _kept(read: Callable[[NinaRuntimeData], JsonValueType]) -> Read:
    """Return what reads a part from what the integration knows anyway."""

    async def read_kept(query: Query) -> JsonValueType:
        return read(query.data)

    return read_kept


def _part(
    key: str, read: Callable[[NinaRuntimeData], JsonValueType], *shown: Shown, **more: Any
) -> Part:
    return Part(key=key, read=_kept(read), shown=shown, **more)


def _sensor(role: Role, key: str) -> Shown:
    return Shown(Platform.SENSOR, role, key)


SAFETY: Final = _part(
    "safety",
    parts.safety,
    Shown(Platform.BINARY_SENSOR, Role.HUB, "not_safe"),
    _sensor(Role.HUB, "safety_reason"),
    unloaded=parts.UNKNOWN_SAFETY,
)

READINGS: Final = (
    Reading(
        name="get_safety",
        title="Get observatory safety",
        description=(
            "Whether it is safe to have the roof of the observatory open. The verdict is safe, "
            "unsafe, or unknown; unknown is not safe. The reason explains it."
        ),
        roles=(Role.HUB,),
        parts=(SAFETY,),
    ),
    Reading(
        name="get_night",
        title="Get state of the observatory",
        description=(
            "What the telescope and the observatory are doing now: sequence and target, frames of "
            "the night, guiding, camera, mount, roof, safety, darkness. A part that is null cannot "
            "be read now."
        ),
        roles=EVERYTHING,
        parts=(
            _part("sequence", parts.sequence, _sensor(Role.HUB, "now_imaging")),
            _part(
                "sequence_ends_at",
                parts.sequence_ends_at,
                _sensor(Role.HUB, "sequence_ends_at"),
            ),
            _part("frames", parts.night_frames, _sensor(Role.HUB, "frames")),
            _part(
                "guiding",
                parts.guiding,
                _sensor(Role.GUIDER, "rms_total"),
                _sensor(Role.GUIDER, "state"),
            ),
            _part("camera", parts.camera, _sensor(Role.CAMERA, "temperature")),
            _part("mount", parts.mount, Shown(Platform.BINARY_SENSOR, Role.MOUNT, "parked")),
            _part(
                "roof",
                parts.roof,
                Shown(Platform.COVER, Role.DOME, "shutter"),
                _sensor(Role.DOME, "shutter_state"),
            ),
            SAFETY,
            _part(
                "darkness",
                parts.darkness,
                _sensor(Role.HUB, "next_dusk"),
                _sensor(Role.HUB, "next_dawn"),
            ),
        ),
    ),
    Reading(
        name="get_frames",
        title="Get astronomical frames",
        description=(
            "The newest frames with target, filter, exposure, sharpness (HFR; lower is better), and "
            "stars. Ask for the picture only if the user wants to see it, and show the link as an "
            "image."
        ),
        roles=(Role.HUB,),
        parts=(
            Part(
                key="frames",
                read=answers.async_frames,
                shown=(
                    Shown(Platform.IMAGE, Role.HUB, "latest_image"),
                    Shown(Platform.CAMERA, Role.HUB, "latest_image"),
                ),
            ),
        ),
        fields={
            probatio.Optional("limit", default=answers.FEW_FRAMES): probatio.All(
                probatio.Coerce(int), probatio.Range(min=1, max=answers.MOST_FRAMES)
            ),
            probatio.Optional(
                "picture",
                default=False,
                description="Also return a link to the newest picture, which works for an hour",
            ): bool,
        },
    ),
    Reading(
        name="get_plan",
        title="Get observing plan",
        description=(
            "The rest of tonight's plan of the Target Scheduler, and its active projects with "
            "targets and progress. Null means that it is not known."
        ),
        roles=(Role.SCHEDULER,),
        parts=(
            _part("plan", parts.plan, Shown(Platform.CALENDAR, Role.SCHEDULER, "plan")),
            _part("projects", parts.projects, _sensor(Role.SCHEDULER, "overall_progress")),
        ),
    ),
    Reading(
        name="get_report",
        title="Get night report",
        description=(
            "The report of the current night, or else of the last one: frames by target and filter, "
            "sharpness, guiding, autofocus, interruptions, and movements of the roof."
        ),
        roles=EVERYTHING,
        parts=(
            Part(
                key="report",
                read=answers.async_report,
                shown=(Shown(Platform.IMAGE, Role.HUB, "night_plot"),),
            ),
        ),
    ),
    Reading(
        name="get_problems",
        title="Get observatory problems",
        description=(
            "Problems of the observatory that exist now, those of which it is not known whether "
            "they exist, and the last error."
        ),
        roles=EVERYTHING,
        parts=(
            Part(
                key="problems",
                read=answers.async_problems,
                shown=tuple(answers.shown_problem(detector) for detector in DETECTORS),
            ),
            Part(
                key="last_error",
                read=answers.async_last_error,
                shown=(answers.LAST_ERROR,),
            ),
        ),
    ),
)

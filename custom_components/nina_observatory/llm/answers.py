"""The parts of responses that take more than the last readings: frames, the report, problems."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..api import Frame, Role
from ..const import DOMAIN
from ..entities.pictures import find_listed, frame_media
from ..helpers.words import error_in_words
from ..night.detectors import DETECTORS, Detector
from ..night.report import Interruption, Report, Row
from ..readings.frame_list import frame_id
from .parts import MOST_NAMES, frame
from .plain import known, listed, local, named, rounded
from .tool import LONGEST_ERROR, LONGEST_TEXT, Query, Shown

MOST_FRAMES: Final = 20
FEW_FRAMES: Final = 5
# How long the link to a picture works.
LINK_MINUTES: Final = 60

LAST_ERROR: Final = Shown(Platform.SENSOR, Role.HUB, "last_error")


async def async_frames(query: Query) -> JsonValueType:
    """Return the newest frames, the newest first, and where to find the picture of the newest."""
    saved = await _async_saved(query)
    newest = saved[-1] if saved else None
    told: JsonObjectType = {
        "newest_first": [frame(each) for each in reversed(saved[-query.arguments["limit"] :])]
    }
    if newest is not None and _has_picture(query, newest):
        told["media_content_id"] = (
            f"media-source://{DOMAIN}/{frame_media(query.entry.entry_id, newest)}"
        )
    if query.arguments["picture"]:
        try:
            told["picture_url"] = await _async_link(query)
        except HomeAssistantError as err:
            told["picture_error"] = named(error_in_words(query.hass, err), LONGEST_ERROR)
    return told


async def _async_saved(query: Query) -> Sequence[Frame]:
    """Return the frames that N.I.N.A. lists; if it lists none, those that are kept."""
    if listed_now := query.data.frames.data.frames:
        return listed_now
    return await query.data.facts.gallery.async_frames()


def _has_picture(query: Query, saved: Frame) -> bool:
    """Return whether N.I.N.A. has the picture of a frame, or one is kept."""
    wanted = frame_id(saved)
    return query.data.facts.has_picture(wanted) or find_listed(query.data, wanted) is not None


async def _async_link(query: Query) -> str:
    """Return a link to the latest picture; raises HomeAssistantError if there is none."""
    response = await query.hass.services.async_call(
        DOMAIN,
        "get_picture_url",
        {"config_entry_id": query.entry.entry_id, "expires_in": LINK_MINUTES},
        blocking=True,
        context=query.context,
        return_response=True,
    )
    return str((response or {})["url"])


async def async_report(query: Query) -> JsonValueType:
    """Return the report of the newest night in numbers."""
    report = await query.data.nights.async_report()
    if not report.total.frames:
        return None
    return known(
        night=None if report.night is None else report.night.isoformat(),
        started_at=local(report.started_at),
        ended_at=local(report.ended_at),
        light_frames=report.total.frames,
        integration_minutes=rounded(report.total.integration_time / 60, 1),
        average_hfr_pixels=rounded(report.total.average_hfr),
        best_hfr_pixels=rounded(report.total.best_hfr),
        guiding_rms_arcsec=rounded(report.guiding_rms),
        worst_guiding_rms_arcsec=rounded(report.worst_guiding_rms),
        autofocus_succeeded=report.autofocus_succeeded,
        autofocus_failed=report.autofocus_failed,
        **listed("targets", report.targets, MOST_NAMES, partial(_target, report)),
        **listed("interruptions", report.interruptions, MOST_NAMES, _interruption),
        roof=[
            {"event": str(mark.kind), "at": local(mark.at)} for mark in report.roof[-MOST_NAMES:]
        ],
    )


def _target(report: Report, row: Row) -> JsonObjectType:
    """Return a target of the night with its frames by filter."""
    filters = [each for each in report.rows if each.target == row.target]
    return known(
        target=named(row.target),
        light_frames=row.statistics.frames,
        integration_minutes=rounded(row.statistics.integration_time / 60, 1),
        average_hfr_pixels=rounded(row.statistics.average_hfr),
        **listed("by_filter", filters, MOST_NAMES, _of_filter),
    )


def _of_filter(row: Row) -> JsonObjectType:
    return {"filter": named(row.filter), "light_frames": row.statistics.frames}


def _interruption(each: Interruption) -> JsonObjectType:
    return known(kind=each.name, start=local(each.start), end=local(each.end))


def shown_problem(detector: type[Detector]) -> Shown:
    """Return the entity that shows a problem."""
    return Shown(Platform.BINARY_SENSOR, detector.role, detector.key)


async def async_problems(query: Query) -> JsonValueType:
    """Return the problems that exist now, and those of which that is unknown; of exposed ones."""
    problems: list[JsonValueType] = []
    unknown: list[JsonValueType] = []
    for detector in DETECTORS:
        shown = shown_problem(detector)
        if shown.exposed_id(query.hass, query.entry, query.assistant) is None:
            continue
        state = query.data.problems.states[detector.key]
        if state.active is None:
            unknown.append(detector.key)
        elif state.active:
            found = known(
                problem=detector.key, since=local(state.since), reason=named(state.reason)
            )
            problems.append(found)
    return {"now": problems, **({"unknown": unknown} if unknown else {})}


async def async_last_error(query: Query) -> JsonValueType:
    """Return the last error of N.I.N.A., its equipment, or the roof, as its entity shows it."""
    entity_id = LAST_ERROR.entity_id(query.hass, query.entry)
    state = None if entity_id is None else query.hass.states.get(entity_id)
    if state is None or "time" not in state.attributes:
        return None
    return known(
        error=named(state.state),
        at=local(state.attributes["time"]),
        text=named(state.attributes["text"], LONGEST_TEXT),
    )

"""The plots: where their data come from, when they change, and how they are drawn and kept."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
import logging
from typing import Final

from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..api import Picture, Role
from ..const import DOMAIN, LOGGER
from ..plots.content import (
    AutofocusData,
    Content,
    GuidingData,
    Missing,
    NightData,
    NoSkyData,
    SkyData,
)
from ..plots.look import NARROWEST, WIDEST, Look
from ..plots.texts import PREFIX, Texts
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .source import Follow

CONTENT_TYPE: Final = "image/png"
# How often the plot of the running night shows another present.
NIGHT_STEP: Final = timedelta(minutes=5)
# The width in pixels if nobody asks for another one: sharp on a phone, which shows it at a third of it.
PLOT_WIDTH: Final = 1200


class Plot(StrEnum):
    """The plots by their names in actions, paths and media."""

    AUTOFOCUS = "autofocus"
    GUIDING = "guiding"
    NIGHT = "night"
    SKY = "sky"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotRow:
    """Describe a plot.

    Its users need permission for the entities of `role`. `prepare` reads what is read only while somebody
    looks. After that, `version` changes with the data, `data_at` is their time, and `content` is what is
    drawn of them. States are written at least `interval` seconds apart.
    """

    role: Role
    data_at: Callable[[NinaRuntimeData], datetime | None]
    version: Callable[[NinaRuntimeData], Hashable]
    content: Callable[[NinaRuntimeData], Content]
    follows: Callable[[NinaRuntimeData], Iterable[Follow]]
    prepare: Callable[[NinaRuntimeData], Awaitable[None]] | None = None
    interval: float = 0.0


async def _async_read_graph(data: NinaRuntimeData) -> None:
    await data.plots.graphs.async_read()


def _guiding(data: NinaRuntimeData) -> GuidingData:
    """Return the newest guide graph, or why there is none."""
    graphs = data.plots.graphs
    return GuidingData(
        graph=graphs.graph,
        data_at=graphs.graph_at,
        seconds_per_step=graphs.pace.seconds_per_step,
        missing=_why_no_steps(data),
    )


def _why_no_steps(data: NinaRuntimeData) -> Missing:
    """Return why there are no guide steps."""
    graphs = data.plots.graphs
    if not data.equipment.data.reachable:
        return Missing.UNREACHABLE
    if not graphs.supported:
        return Missing.TOO_OLD
    if not graphs.connected:
        return Missing.NOT_CONNECTED
    return Missing.NOT_READ if graphs.unread else Missing.NOT_GUIDED


def _guiding_version(data: NinaRuntimeData) -> Hashable:
    graphs = data.plots.graphs
    return (graphs.version, graphs.graph_at, graphs.pace.seconds_per_step, _why_no_steps(data))


def _autofocus_data(data: NinaRuntimeData) -> AutofocusData:
    """Return the newest autofocus."""
    shown = data.facts.autofocus.shown
    report = None if shown is None else shown.autofocus
    runs = data.plots.runs
    return AutofocusData(report=report, run=runs.run, is_reported=runs.is_reported(report))


def _night_now(data: NinaRuntimeData) -> datetime:
    """Return the present in steps of some minutes, in a past night its end."""
    step = NIGHT_STEP.total_seconds()
    now = dt_util.utc_from_timestamp(dt_util.utcnow().timestamp() // step * step)
    return now if data.nights.ends_at is None else min(now, data.nights.ends_at)


def _night(data: NinaRuntimeData) -> NightData:
    """Return the newest night."""
    nights = data.nights
    return NightData(nights.frames, nights.marks, data.sky.site, _night_now(data))


def _sky(data: NinaRuntimeData) -> SkyData | NoSkyData:
    """Return the sky this night, or why there is none."""
    if (site := data.tonight.site) is None:
        return NoSkyData(data.settings.data.reachable)
    return SkyData(site, data.tonight.targets, dt_util.utcnow(), data.tonight.data_at)


def _sky_version(data: NinaRuntimeData) -> Hashable:
    return data.tonight.content, data.tonight.data_at, data.settings.data.reachable


PLOTS: Final[dict[Plot, PlotRow]] = {
    Plot.AUTOFOCUS: PlotRow(
        role=Role.FOCUSER,
        data_at=lambda data: _autofocus_data(data).data_at,
        version=_autofocus_data,
        content=_autofocus_data,
        follows=lambda data: [
            data.settings.async_add_listener,
            data.plots.runs.async_add_listener,
        ],
        # Points come every 25 s, but events may come in a storm.
        interval=3.0,
    ),
    Plot.GUIDING: PlotRow(
        role=Role.GUIDER,
        data_at=lambda data: data.plots.graphs.changed_at,
        version=_guiding_version,
        content=_guiding,
        follows=lambda data: [data.equipment.async_add_listener],
        prepare=_async_read_graph,
        interval=60.0,
    ),
    Plot.NIGHT: PlotRow(
        role=Role.HUB,
        data_at=lambda data: data.nights.data_at,
        version=lambda data: (data.nights.revision, data.sky.site, _night_now(data)),
        content=_night,
        follows=lambda data: [data.nights.async_add_listener],
        interval=60.0,
    ),
    Plot.SKY: PlotRow(
        role=Role.HUB,
        data_at=lambda data: data.tonight.data_at,
        version=_sky_version,
        content=_sky,
        follows=lambda data: [
            data.tonight.async_add_listener,
            data.sky.async_add_listener,
            data.sequence.async_add_listener,
            *(() if data.scheduler is None else (data.scheduler.async_add_listener,)),
        ],
        interval=60.0,
    ),
}


async def async_draw(entry: NinaConfigEntry, plot: Plot, width: int = PLOT_WIDTH) -> Picture:
    """Return a plot, drawn once for all viewers of its data; raises NinaError when unloaded."""
    width = max(NARROWEST, min(WIDEST, width))
    data, row = entry.runtime_data, PLOTS[plot]
    hass = data.equipment.hass
    if row.prepare is not None:
        await row.prepare(data)
    several = len(hass.config_entries.async_loaded_entries(DOMAIN)) > 1
    observatory = entry.title if several else None
    texts = await async_plot_texts(hass)
    # The words follow from the language.
    written = (texts.language, str(texts.zone), texts.fahrenheit, observatory)
    content = row.content(data)

    async def render() -> Picture:
        look = Look(texts=texts, width=width, observatory=observatory)
        job = hass.async_add_executor_job(drawn_or_not, plot, content, look, data.plots.faulty)
        try:
            return Picture(CONTENT_TYPE, await asyncio.shield(job))
        finally:
            # A thread goes on without its viewers; the turn of the next plot comes after it.
            await asyncio.wait([job])

    return await data.plots.pictures.async_get((plot, width, written, row.version(data)), render)


def drawn_or_not(plot: Plot, content: Content, look: Look, faulty: set[str]) -> bytes:
    """Return a plot, or a plate that shows that there is a fault in its drawing.

    It is logged once, until the plot can be drawn again; `faulty` are the plots that cannot.
    """
    # The first plot loads the drawings, in its thread; until then, an observatory does without them.
    from ..plots import drawings, plate  # noqa: PLC0415

    try:
        picture = drawings.draw(content, look)
    except Exception:  # noqa: BLE001  # a fault in a drawing shall be seen where the plot is looked at
        level = logging.DEBUG if plot in faulty else logging.ERROR
        faulty.add(plot)
        LOGGER.log(level, "The plot %s could not be drawn", plot, exc_info=True)
        return plate.draw_fault(look, look.texts(plot))
    faulty.discard(plot)
    return picture


async def async_plot_texts(hass: HomeAssistant) -> Texts:
    """Return the texts in the language of Home Assistant: that of a viewer is not known."""
    language = hass.config.language
    prefix = f"component.{DOMAIN}.common.{PREFIX}"
    words = await async_get_translations(hass, language, "common", {DOMAIN})
    return Texts(
        words={
            key.removeprefix(prefix): text for key, text in words.items() if key.startswith(prefix)
        },
        language=language,
        zone=dt_util.get_default_time_zone(),
        fahrenheit=hass.config.units.temperature_unit == UnitOfTemperature.FAHRENHEIT,
    )

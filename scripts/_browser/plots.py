"""The plots in the documentation: of a simulated night, and of what real rigs answered."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
import json
import os
from pathlib import Path
from typing import Any, Final

import aiohttp
from PIL import Image

from custom_components.nina_observatory.api import (
    AutofocusReport,
    Frame,
    GuideGraph,
    ImageType,
    NinaClient,
    SchedulerClient,
    Sequence,
    decode,
)
from custom_components.nina_observatory.api.events.decoder import EventDecoder
from custom_components.nina_observatory.plots.autofocus import draw_autofocus
from custom_components.nina_observatory.plots.content import AutofocusData, GuidingData
from custom_components.nina_observatory.plots.guiding import draw_guiding
from custom_components.nina_observatory.plots.look import Look
from custom_components.nina_observatory.plots.night import draw_night
from custom_components.nina_observatory.plots.night_data import night_view
from custom_components.nina_observatory.plots.sky import draw_sky
from custom_components.nina_observatory.plots.sky_data import sky_targets, sky_view
from custom_components.nina_observatory.plots.texts import PREFIX, Texts
from custom_components.nina_observatory.readings.current_target import CurrentTarget
from custom_components.nina_observatory.readings.night_marks import Mark
from custom_components.nina_observatory.readings.scheduler_plan import ProjectPlan, SchedulerPlan
from custom_components.nina_observatory.readings.site import Site
from scripts._checks.files import read_object
from scripts._demo.target import DOMAIN, LOOPBACK, ROOT
from simulator import Observatory
from simulator.sky import Site as SimulatedSite
from simulator.terminal import execute

# The folder with captured answers, which are not part of the repository.
CAPTURES: Final = "NINA_FIXTURES"
CAPTURE: Final = "imaging_guiding"
# The only guide graph among them, of an idle guider.
IDLE: Final = "parked_idle"
# A sequence with a target, and a moment in its night.
TARGET: Final = "crescent_running"
TARGET_AT: Final = datetime(2025, 8, 6, 23, 0, tzinfo=timezone(timedelta(hours=-5)))
WIDTH: Final = 1200
QUALITY: Final = 90
# A clear night in autumn with some rain.
MIDNIGHT: Final = datetime(2026, 10, 10, 0, 30, tzinfo=timezone(timedelta(hours=2)))
BEGIN: Final = MIDNIGHT - timedelta(hours=5, minutes=15)
LENGTH: Final = timedelta(hours=10, minutes=45)
RAIN: Final = (
    (MIDNIGHT - timedelta(minutes=90), "rain"),
    (MIDNIGHT - timedelta(minutes=45), "clear_up"),
)
SPEED: Final = 1500.0
LATITUDE: Final = 47.0
NOWHERE: Final = CurrentTarget()
# Not where the captured rig is.
ELSEWHERE: Final = Site(latitude=40.7, longitude=-74.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the plots are drawn from; `now` is the present in the plot of the sky."""

    graph: GuideGraph
    graph_at: datetime | None
    report: AutofocusReport | None
    frames: Iterable[Frame]
    marks: Iterable[Mark]
    site: Site
    now: datetime
    plan: SchedulerPlan | None = None
    target: CurrentTarget = NOWHERE

    def drawings(self) -> Mapping[str, Callable[[Look], bytes]]:
        """Return the drawing of each plot."""
        guiding = GuidingData(graph=self.graph, data_at=self.graph_at)
        light = [each for each in self.frames if each.image_type is ImageType.LIGHT]
        night = night_view(light, self.marks, self.site, datetime.now(UTC))
        sky = sky_view(self.site, sky_targets(self.plan, self.target), self.now)
        return {
            "guiding": lambda look: draw_guiding(guiding, look),
            "autofocus": lambda look: draw_autofocus(AutofocusData(report=self.report), look),
            "night": lambda look: draw_night(night, look),
            "sky": lambda look: draw_sky(sky, look, self.now),
        }


async def draw_plots(folder: Path) -> None:
    """Draw all plots of a simulated night, and those of a captured one where the answers are."""
    _save(await _simulated(), folder, "")
    if captures := os.environ.get(CAPTURES):
        _save(await asyncio.to_thread(_captured, Path(captures)), folder, "_real")


async def _simulated() -> Seen:
    """Live through a simulated night, and return what its interface shows in the end."""
    place = SimulatedSite.where_it_is_night(MIDNIGHT, latitude=LATITUDE)
    rig = Observatory(0, 0, speed=SPEED, scenario="clear_night", start=BEGIN, site=place)
    # Commands need connections of their own.
    connector = aiohttp.TCPConnector(force_close=True)
    async with rig, aiohttp.ClientSession(connector=connector) as session:
        client = NinaClient(session, LOOPBACK, rig.port)
        planner = SchedulerClient(session, LOOPBACK, rig.scheduler_port or 0, commands=session)
        plan = await _plan(planner)
        for moment, command in RAIN:
            await _until(rig, moment)
            await execute(rig, command)
        await _until(rig, MIDNIGHT)
        graph, graph_at = await client.guider.get_graph(), rig.clock.now()
        await _until(rig, BEGIN + LENGTH)
        events = await client.application.get_event_history()
        return Seen(
            graph=graph,
            graph_at=graph_at,
            report=await client.focuser.get_last_autofocus(),
            frames=await client.frames.get_all(),
            marks=[mark for event in events if (mark := Mark.of(event)) is not None],
            site=Site(latitude=place.latitude, longitude=place.longitude),
            now=MIDNIGHT,
            plan=plan,
        )


async def _until(rig: Observatory, moment: datetime) -> None:
    """Wait for a simulated moment."""
    while rig.clock.now() < moment:
        await asyncio.sleep(0.1)


async def _plan(planner: SchedulerClient) -> SchedulerPlan:
    """Have the night planned."""
    profile, *_ = await planner.get_profiles()
    projects = [
        ProjectPlan(project=each, targets=await planner.get_targets(each.id))
        for each in await planner.get_projects(profile.id)
    ]
    preview = await planner.get_preview(profile.id, BEGIN)
    return SchedulerPlan(projects=tuple(projects), preview=preview)


def _captured(folder: Path) -> Seen:
    """Return what real rigs answered."""

    def answer(kind: str, capture: str = CAPTURE) -> Any:
        return json.loads((folder / f"{capture}_{kind}.json").read_bytes())["Response"]

    frames = [decode(Frame, each) for each in answer("image_history_all")]
    events = EventDecoder().history(answer("event_history"))
    imaged = Sequence.from_wire(answer("sequence_json", TARGET))
    place = imaged.coordinates
    if place is None or place.right_ascension is None:
        raise ValueError(f"the capture {TARGET} has no target")
    return Seen(
        graph=decode(GuideGraph, answer("equipment_guider_graph", IDLE)),
        graph_at=None,
        report=decode(AutofocusReport, answer("equipment_focuser_last_af")),
        frames=frames,
        marks=[mark for event in events if (mark := Mark.of(event)) is not None],
        site=ELSEWHERE,
        now=TARGET_AT,
        target=CurrentTarget(
            name=imaged.target,
            right_ascension=15 * place.right_ascension,
            declination=place.declination,
        ),
    )


def _save(seen: Seen, folder: Path, suffix: str) -> None:
    """Draw and save the plots, in the time zone of the observatory."""
    written = read_object(ROOT / "custom_components" / DOMAIN / "translations/en.json")["common"]
    words = {
        key.removeprefix(PREFIX): text for key, text in written.items() if key.startswith(PREFIX)
    }
    texts = Texts(words=words, zone=seen.now.tzinfo or UTC)
    for name, draw in seen.drawings().items():
        with Image.open(BytesIO(draw(Look(texts=texts, width=WIDTH)))) as picture:
            picture.save(folder / f"plot_{name}{suffix}.webp", quality=QUALITY, method=6)

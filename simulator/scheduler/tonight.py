"""A believable database for a night at a site: projects whose targets really are up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
import uuid

import numpy as np

from simulator.catalog import CATALOG, DeepSkyObject
from simulator.scheduler.model import (
    AcquiredFrame,
    ExposurePlan,
    Grade,
    Preferences,
    Profile,
    Project,
    ProjectState,
    Target,
)
from simulator.scheduler.store import Store
from simulator.scheduler.windows import Window, darkness
from simulator.sky import Coordinates, Site

__all__ = ["PROFILES", "store_for_tonight"]

PROFILES = (
    ("9d1c2f4e-6a35-4c0b-8e77-2b1f5d3a6c01", "Roof refractor"),
    ("3f8b7a10-52de-4e64-9c1d-a07e4b2c9d02", "Wide field"),
)
"""Ids and names of the default profiles; the first one is active."""

_NAMESPACE = uuid.UUID("5f1d3b0e-7a56-4a0c-9a53-1f0c6d2e8b44")
_LOWEST = 30.0
_WELL_UP = _LOWEST + 8
_SLICES = 4
_NARROW = (("Ha 3nm", "Ha", 600.0), ("OIII 3nm", "OIII", 600.0), ("SII 3nm", "SII", 600.0))
_BROAD = (("Lum", "L", 300.0), ("Red", "R", 300.0), ("Green", "G", 300.0), ("Blue", "B", 300.0))


def store_for_tonight(
    site: Site, at: datetime, profiles: Sequence[tuple[str, str]] = PROFILES
) -> Store:
    """Return a store for the night under way at a moment, or else the coming one.

    The dark hours are shared among four projects; drafts, finished and paused ones are there as
    well. Without darkness the targets are those of the middle of the year's longest night.
    """
    night = darkness(site, at) or Window(at, at + timedelta(hours=8))
    evening, late, deep, morning = _targets_through(site, night)
    own, other = profiles[0][0], profiles[-1][0]
    store = Store(
        [
            Profile(profiles[0][0], profiles[0][1], True, Preferences(accept_hfr=1.7)),
            *(Profile(key, name, False, None) for key, name in profiles[1:]),
        ]
    )
    maker = _Maker(own, at)
    store.projects += [
        maker.mosaic(evening),
        maker.rotation(late, "Galaxies and clusters"),
        maker.nearly_done(deep),
        maker.sequence(morning, "Before dawn"),
        maker.idle("Ideas for spring", ProjectState.DRAFT, "M 51", description=""),
        maker.idle("Pretty picture, finished", ProjectState.CLOSED, "M 27", done=True),
        maker.idle("Waiting for the moon", ProjectState.INACTIVE, "NGC 891"),
        _Maker(other, at).idle("Heart & Soul widefield", ProjectState.DRAFT, "IC 1805"),
    ]
    return store


def _targets_through(site: Site, night: Window) -> list[DeepSkyObject]:
    """Return one object for each part of the night, highest in the middle of its part."""
    part = (night.end - night.start) / _SLICES
    # Where they stand moves by less than a tenth of a second of arc during a night.
    left = [(entry, entry.coordinates.to_jnow(night.start)) for entry in CATALOG]
    chosen: list[DeepSkyObject] = []
    for number in range(_SLICES):
        middle = site.sidereal_time(night.start + part * (number + 0.5))
        last = site.sidereal_time(night.start + part * (number + 1))
        high = [(site.horizontal_of(jnow, middle).altitude, entry, jnow) for entry, jnow in left]
        good = [
            each
            for each in high
            if each[0] > _WELL_UP and site.horizontal_of(each[2], last).altitude > _WELL_UP
        ]
        if not chosen:
            good = [each for each in good if each[1].narrow] or good
        highest = max(good or high, key=lambda each: each[0])[1]
        chosen.append(highest)
        left = [each for each in left if each[0] is not highest]
    return chosen


class _Maker:
    """Makes projects of one profile with ids that stay the same."""

    def __init__(self, profile_id: str, at: datetime) -> None:
        """Count back from a moment."""
        self._profile_id = profile_id
        self._at = at
        self._count = 0

    def mosaic(self, entry: DeepSkyObject) -> Project:
        """Return a mosaic of two panels of high priority: one plan judged, others not yet."""
        project = self._project(f"{entry.name} mosaic", 12)
        project.priority, project.mosaic, project.smart_exposure_order = 2, True, True
        project.description = "Two panels, 10 % Überlapp"
        project.dither_every, project.minimum_time, project.flats_handling = 3, 60, 7
        project.use_custom_horizon, project.horizon_offset = True, 3.0
        here = entry.coordinates
        for panel, shift in ((1, 0.0), (2, -0.75)):
            there = Coordinates(here.ra_hours, here.dec_degrees + shift)
            target = self._target(f"{entry.name} Panel {panel}", there, _NARROW, 10)
            target.rotation = 12.5
            self._image(project, target, (9, 9, 8) if panel == 1 else (10, 9, 6))
            project.targets.append(target)
        return project

    def rotation(self, entry: DeepSkyObject, name: str) -> Project:
        """Return a project without grader whose filters take turns; one target is disabled."""
        project = self._project(name, 40)
        project.enable_grader, project.filter_switch_frequency = False, 5
        project.dither_every, project.maximum_altitude = 5, 87.0
        target = self._target(entry.name, entry.coordinates, _BROAD, 16)
        target.plans.append(ExposurePlan("Lum short", "L", 60.0, 10))
        target.rotation = 35.0
        self._image(project, target, (13, 12, 11, 4, 10))
        rest = next(e for e in CATALOG if not e.narrow and e is not entry)
        disabled = self._target(rest.name, rest.coordinates, _BROAD[:1], 100)
        disabled.active, disabled.roi = False, 75.0
        project.targets += [target, disabled]
        return project

    def nearly_done(self, entry: DeepSkyObject) -> Project:
        """Return a project that will be complete before the night is over."""
        project = self._project(f"{entry.name} in depth", 75)
        project.dither_every = 2
        plans = _NARROW if entry.narrow else _BROAD
        target = self._target(entry.name, entry.coordinates, plans, 30)
        target.plans[0].exposure = 240.0
        self._image(project, target, (28, 26, 25, 27)[: len(plans)])
        project.targets.append(target)
        return project

    def sequence(self, entry: DeepSkyObject, name: str) -> Project:
        """Return a project whose plans are finished one after the other."""
        project = self._project(name, 5)
        project.dither_every, project.meridian_window = 4, 0
        plans = _NARROW if entry.narrow else _BROAD
        target = self._target(entry.name, entry.coordinates, plans, 40)
        target.rotation = 270.0
        project.targets.append(target)
        return project

    def idle(
        self,
        name: str,
        state: ProjectState,
        target_name: str,
        *,
        description: str | None = None,
        done: bool = False,
    ) -> Project:
        """Return a project that is not imaged."""
        project = self._project(name, 180)
        project.state, project.description = state, description
        entry = next(e for e in CATALOG if e.name == target_name)
        target = self._target(entry.name, entry.coordinates, _NARROW, 20)
        if done:
            self._image(project, target, (22, 21, 20))
        project.targets.append(target)
        return project

    def _project(self, name: str, days: int) -> Project:
        """Return an active project created some days ago."""
        created = self._at - timedelta(days=days, hours=3, minutes=17)
        return Project(
            project_id=self._new_id(name),
            profile_id=self._profile_id,
            name=name,
            created=created,
            minimum_altitude=_LOWEST,
        )

    def _target(
        self,
        name: str,
        coordinates: Coordinates,
        plans: Sequence[tuple[str, str, float]],
        desired: int,
    ) -> Target:
        """Return a target that wants so many frames of each plan."""
        wanted = [ExposurePlan(*plan, desired) for plan in plans]
        return Target(self._new_id(name), name, coordinates, plans=wanted)

    def _image(self, project: Project, target: Target, acquired: Sequence[int]) -> None:
        """Enter the frames of earlier nights, and their grades."""
        random = np.random.default_rng(len(target.name) + sum(acquired))
        delay = Preferences().delay_grading / 100
        for plan, count in zip(target.plans, acquired, strict=True):
            drawn = random.standard_normal((count, 2)).tolist()
            for number, (blur, roundness) in enumerate(drawn):
                hfr = 1.75 + 0.12 * blur
                frame = AcquiredFrame(
                    plan.filter_name,
                    plan.seconds,
                    self._at - timedelta(days=1, minutes=6 * number),
                    hfr,
                    hfr * 1.45,
                    min(0.8, max(0.2, 0.42 + 0.04 * roundness)),
                )
                target.frames.append(frame)
                plan.pending.append(frame)
            plan.acquired = count
            if project.enable_grader and count / plan.desired < delay:
                continue
            rejected = count // 12 if project.enable_grader else 0
            for number, frame in enumerate(plan.pending):
                frame.grade = Grade.REJECTED if number < rejected else Grade.ACCEPTED
            plan.accepted = count - rejected
            plan.pending.clear()

    def _new_id(self, name: str) -> str:
        """Return an identifier that depends on the name and its place."""
        self._count += 1
        return str(uuid.uuid5(_NAMESPACE, f"{self._profile_id}/{self._count}/{name}"))

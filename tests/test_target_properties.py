"""Nights of chance: frames saved late and readings far apart never name another target."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.nina_observatory.api import Frame, ImageType, Sequence
from custom_components.nina_observatory.readings.current_target import (
    CurrentTarget,
    TargetChanges,
    TargetSource,
)
from custom_components.nina_observatory.readings.frame_target import FrameTargets

from .test_sequence import node, tree
from .test_target_frames import M_31, slew

NAMES = ("M 31", "M 33", "NGC 891")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A reading, or a frame that was saved, at a time, while one of the targets runs."""

    at: float
    running: int
    exposing: bool = False
    saved: int | None = None
    exposure: float = 0.0


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[str], list[Happening]]:
    """Return the names of containers, and what happens while they run in turn, in a loop."""
    count = draw(st.integers(1, 3))
    named = [draw(st.sampled_from([name, f"n{name} (90)"])) for name in NAMES[:count]]
    now, happens = 0.0, []
    reading = draw(st.floats(0.0, 30.0))
    for _ in range(draw(st.integers(1, 3))):
        for running in range(count):
            slewed = now + draw(st.floats(31.0, 90.0))
            exposure = draw(st.sampled_from([65.0, 120.0, 300.0]))
            end = slewed + exposure * draw(st.integers(2, 4))
            while reading < end:
                happens.append(Happening(at=reading, running=running, exposing=reading >= slewed))
                reading += draw(st.floats(1.0, 30.0))
            saved = slewed + exposure
            while saved <= end + 1:
                late = saved + draw(st.floats(0.1, 50.0))
                frame = Happening(at=late, running=running, saved=running, exposure=exposure)
                happens.append(frame)
                saved += exposure
            now = end
    return named, sorted(happens, key=lambda each: each.at)


def read(named: list[str], happening: Happening) -> Sequence:
    """Return the sequence as it is read."""
    items: list[dict[str, Any]] = []
    for number, name in enumerate(named):
        runs = number == happening.running
        status = "RUNNING" if runs and happening.exposing else "CREATED"
        expose = node("Smart Exposure", status, ExposureTime=60.0, Type="LIGHT")
        slewing = "FINISHED" if happening.exposing else "RUNNING"
        inside = [slew(M_31, slewing if runs else "CREATED"), expose]
        items.append(node(f"{name}_Container", "RUNNING" if runs else "CREATED", *inside))
    return Sequence.from_wire(tree("RUNNING", node("Night_Container", "RUNNING", *items)))


@given(nights())
@settings(max_examples=60, deadline=None)
def test_nights_of_chance(night: tuple[list[str], list[Happening]]) -> None:
    """What is shown after a reading is what runs, by its frames once there are; each is reported once."""
    named, happens = night
    frame_targets, changes = FrameTargets(), TargetChanges()
    told: list[str] = []
    shown_by_frame: set[int] = set()
    last = None
    for happening in happens:
        if happening.saved is None:
            last = read(named, happening)
            frame_targets.sequence_read(last, happening.at, happening.at)
        else:
            frame = Frame(
                image_type=ImageType.LIGHT,
                target_name=NAMES[happening.saved],
                exposure_time=happening.exposure,
            )
            frame_targets.frame_saved(frame, happening.at)
        if last is None:
            continue
        frame_target = frame_targets.frame_target
        name = frame_target.name or last.target
        by_frame = name != last.target
        source = TargetSource.LAST_FRAME if by_frame else TargetSource.SEQUENCE
        if (
            begun := changes.changed(CurrentTarget(name=name, source=source), frame_target)
        ) is not None:
            told.append(begun[0])
        if happening.saved is None:
            assert name in (named[happening.running], NAMES[happening.running])
            if happening.running in shown_by_frame:
                assert name == NAMES[happening.running]
            if name == NAMES[happening.running]:
                shown_by_frame.add(happening.running)
    numbers = [next(n for n, own in enumerate(NAMES) if own in name) for name in told]
    assert sorted(set(numbers)) == sorted(numbers)
    assert numbers

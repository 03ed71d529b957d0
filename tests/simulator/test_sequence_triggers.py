"""Triggers at work on the simulated rig: flips, focus, dither, drift, guiding, connections."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.sequence.autofocus_triggers import (
    AutofocusAfterExposures,
    AutofocusAfterFilterChange,
    AutofocusAfterHFRIncrease,
    AutofocusAfterTemperatureChange,
    AutofocusAfterTime,
)
from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.containers import Target
from simulator.sequence.engine import Engine
from simulator.sequence.exposures import TakeExposure, TakeManyExposures
from simulator.sequence.library import do
from simulator.sequence.node import Container, Instruction, Trigger
from simulator.sequence.plan import Plan
from simulator.sequence.triggers import (
    CenterAfterDrift,
    DitherAfterExposures,
    MeridianFlip,
    ReconnectEquipment,
    RestoreGuiding,
    SynchronizeDome,
)
from simulator.sky import Coordinates

from .support import eventually, observatory_with_client


@pytest.fixture
async def observatory(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run a fast observatory that points at the sky and tracks."""
    async with observatory_with_client(speed=600) as (observatory, _):
        observatory.dome.put_shutter(1.0)
        observatory.mount.hardware.put(observatory.sequence.target)
        observatory.mount.refresh()
        yield observatory


def engine_of(observatory: Observatory) -> Engine:
    """Return an engine for triggers that are asked by hand."""
    return Engine(observatory.rig, [], [])


async def run(observatory: Observatory, items: list[Instruction], *triggers: Trigger) -> list[str]:
    """Run instructions with triggers, and return the names of the events meanwhile."""
    before = len(observatory.events.names)
    observatory.sequence.plan = Plan(targets=[Container("c", items, triggers=list(triggers))])
    await observatory.sequence.start()
    await eventually(lambda: not observatory.sequence.running, 30)
    return observatory.events.names[before:]


async def frame(observatory: Observatory, count: int = 1, **changes: object) -> None:
    """Save frames, changed as wanted."""
    for _ in range(count):
        await observatory.camera.routines.take(Exposure(1.0, "LIGHT", "M 31"))
        if changes:
            newest = observatory.images.frames[-1]
            statistics = replace(newest.statistics, **changes)  # type: ignore[arg-type]
            observatory.images.frames[-1] = replace(newest, statistics=statistics)


async def test_the_meridian_flip(observatory: Observatory) -> None:
    now = observatory.clock.true_now()
    hours = (observatory.site.sidereal_time(now) + 4 / 60) % 24
    observatory.mount.hardware.put(Coordinates(hours, 20.0, "JNOW"))
    observatory.mount.refresh()
    observatory.guider.routines.resume()
    assert observatory.mount.hardware.side.wire == "pierWest"
    trigger = MeridianFlip()
    assert trigger.shown(observatory.rig)["TimeToFlip"] == pytest.approx(14 / 60, abs=0.03)
    exposures: list[Instruction] = [TakeExposure(ExposureTime=300.0) for _ in range(4)]
    names = await run(observatory, exposures, trigger)
    order = [
        name
        for name in names
        if name.startswith(("MOUNT", "GUIDER")) or name in ("IMAGE-SAVE", "SEQUENCE-FINISHED")
    ]
    flip = order.index("MOUNT-BEFORE-FLIP")
    assert order[:flip].count("IMAGE-SAVE") in (1, 2)
    assert order[flip : flip + 4] == [
        "MOUNT-BEFORE-FLIP",
        "GUIDER-STOP",
        "GUIDER-START",
        "MOUNT-AFTER-FLIP",
    ]
    assert order.count("MOUNT-BEFORE-FLIP") == 1
    assert names.count("IMAGE-SAVE") == 4
    assert observatory.mount.hardware.side.wire == "pierEast"
    assert 11 < trigger.shown(observatory.rig)["TimeToFlip"] < 12.2


async def test_no_flip_without_tracking(observatory: Observatory) -> None:
    observatory.mount.hardware.halt()
    trigger = MeridianFlip()
    await observatory.mount.routines.park()
    assert trigger.shown(observatory.rig) == {"TimeToFlip": 24.0}
    assert not trigger.due(engine_of(observatory), TakeExposure(ExposureTime=90000.0))


async def test_dithers_are_counted_over_all_frames(observatory: Observatory) -> None:
    observatory.guider.routines.resume()
    trigger = DitherAfterExposures(AfterExposures=2)
    names = await run(observatory, [TakeManyExposures(5, ExposureTime=1.0)], trigger)
    saved = [name for name in names if name in ("IMAGE-SAVE", "GUIDER-DITHER")]
    pair = ["IMAGE-SAVE", "IMAGE-SAVE"]
    assert saved == [*pair, "GUIDER-DITHER", *pair, "GUIDER-DITHER", "IMAGE-SAVE"]
    assert trigger.shown(observatory.rig) == {"Exposures": 1, "TargetExposures": 2}


async def test_no_dither_where_it_is_switched_off(observatory: Observatory) -> None:
    trigger = DitherAfterExposures(AfterExposures=0)
    await frame(observatory)
    assert not trigger.due(engine_of(observatory), TakeExposure())
    assert trigger.shown(observatory.rig) == {"Exposures": 0, "TargetExposures": 0}


async def test_autofocus_after_exposures(observatory: Observatory) -> None:
    trigger = AutofocusAfterExposures(AfterExposures=2)
    names = await run(observatory, [TakeManyExposures(4, ExposureTime=1.0)], trigger)
    kept = [name for name in names if name in ("IMAGE-SAVE", "AUTOFOCUS-FINISHED")]
    assert kept == ["IMAGE-SAVE"] * 2 + ["AUTOFOCUS-FINISHED"] + ["IMAGE-SAVE"] * 2
    assert trigger.shown(observatory.rig) == {"Exposures": 2, "DeltaExposures": 2}


async def test_autofocus_after_time_and_temperature(observatory: Observatory) -> None:
    time, warmth = AutofocusAfterTime(Amount=10.0), AutofocusAfterTemperatureChange(Amount=3.0)
    engine, exposure = engine_of(observatory), TakeExposure()
    for trigger in (time, warmth):
        trigger.begin(observatory.rig)
        assert not trigger.due(engine, exposure)
    await observatory.clock.sleep(660)
    assert time.due(engine, exposure)
    assert not time.due(engine, do("Dither"))
    assert time.shown(observatory.rig)["ElapsedTime"] > 10
    assert not warmth.due(engine, exposure)
    observatory.weather.temperature -= 4
    assert warmth.due(engine, exposure)
    assert warmth.shown(observatory.rig)["DeltaTemperature"] >= 3
    await time.run(engine)
    for trigger in (time, warmth):
        assert not trigger.due(engine, exposure), "a run of the other counts as well"


async def test_autofocus_after_a_filter_change(observatory: Observatory) -> None:
    trigger, engine = AutofocusAfterFilterChange(), engine_of(observatory)
    trigger.begin(observatory.rig)
    assert not trigger.due(engine, TakeExposure())
    await observatory.filter_wheel.change_to(1)
    assert trigger.due(engine, TakeExposure())


async def test_autofocus_when_the_stars_grow(observatory: Observatory) -> None:
    trigger, engine = AutofocusAfterHFRIncrease(Amount=10.0, SampleSize=5), engine_of(observatory)
    trigger.begin(observatory.rig)
    for hfr in (1.50, 1.52, 1.51, 1.53):
        await frame(observatory, hfr=hfr)
        assert not trigger.due(engine, TakeExposure())
    for hfr in (1.7, 1.8):
        await frame(observatory, hfr=hfr)
    assert trigger.due(engine, TakeExposure())
    shown = trigger.shown(observatory.rig)
    assert shown["HFRTrendPercentage"] > 10
    assert shown["OriginalHFR"] == pytest.approx(1.48, abs=0.1)


async def test_a_failed_autofocus_shows_at_the_trigger(observatory: Observatory) -> None:
    await observatory.faults.start("failed_autofocus")
    trigger = AutofocusAfterExposures(AfterExposures=1)
    names = await run(observatory, [TakeManyExposures(2, ExposureTime=1.0)], trigger)
    assert "AUTOFOCUS-STARTING" in names
    assert "AUTOFOCUS-FINISHED" not in names
    assert trigger.status.value == "FAILED"
    assert names.count("IMAGE-SAVE") == 2


async def test_centering_after_drift(observatory: Observatory) -> None:
    trigger, engine = CenterAfterDrift(DistanceArcMinutes=0.03), engine_of(observatory)
    target = Target("M 31", Coordinates(0.7123, 41.2687), triggers=[trigger])
    assert not trigger.due(engine, TakeExposure())
    await frame(observatory, 2)
    assert trigger.due(engine, TakeExposure())
    shown = trigger.shown(observatory.rig)
    assert shown["Drift"] > shown["TargetDrift"]
    assert shown["Coordinates"]["Coordinates"]["RAString"] == "00:42:44"
    assert target.triggers == [trigger]
    observatory.mount.hardware.put(observatory.sequence.target)
    target.aim("Here", observatory.sequence.target, 0.0)
    await trigger.run(engine)
    assert trigger.shown(observatory.rig)["Drift"] == 0


async def test_guiding_is_restored_and_announced_before_each_exposure(
    observatory: Observatory,
) -> None:
    names = await run(observatory, [TakeManyExposures(2, ExposureTime=1.0)], RestoreGuiding())
    kept = [name for name in names if name in ("IMAGE-SAVE", "GUIDER-START")]
    assert kept == ["GUIDER-START", "IMAGE-SAVE"] * 2


async def test_what_dropped_out_is_connected_again(observatory: Observatory) -> None:
    trigger, engine = ReconnectEquipment("focuser"), engine_of(observatory)
    assert not trigger.due(engine, TakeExposure())
    await observatory.faults.start("driver_lost", device="focuser")
    await eventually(lambda: not observatory.focuser.connected)
    await observatory.faults.stop("driver_lost")
    assert trigger.due(engine, TakeExposure())
    await trigger.run(engine)
    assert observatory.focuser.connected


async def test_the_dome_turns_to_where_the_mount_looks(observatory: Observatory) -> None:
    names = await run(observatory, [TakeExposure(ExposureTime=1.0)], SynchronizeDome())
    assert names.index("DOME-SLEWED") < names.index("IMAGE-SAVE")


async def test_the_exposure_count_survives_a_reset(observatory: Observatory) -> None:
    many = TakeManyExposures(2, ExposureTime=1.0)
    await run(observatory, [many])
    observatory.sequence.reset()
    assert many.shown(observatory.rig)["ExposureCount"] == 2
    assert many.loop.values["CompletedIterations"] == 0


async def test_an_aborted_exposure_fails_and_the_sequence_goes_on(observatory: Observatory) -> None:
    exposure = TakeExposure(ExposureTime=3000.0)
    observatory.sequence.plan = Plan(targets=[exposure, Container("c", [], [LoopForIterations(1)])])
    await observatory.sequence.start()
    await eventually(lambda: observatory.camera.exposing)
    observatory.camera.routines.abort()
    await eventually(lambda: not observatory.sequence.running)
    assert exposure.status.value == "FAILED"


async def test_stopping_ends_the_exposure(observatory: Observatory) -> None:
    observatory.sequence.plan = Plan(targets=[TakeExposure(ExposureTime=30000.0)])
    await observatory.sequence.start()
    await eventually(lambda: observatory.camera.exposing)
    finished = asyncio.ensure_future(observatory.events.wait_for("SEQUENCE-FINISHED"))
    await asyncio.sleep(0)
    begun = observatory.clock.elapsed
    await observatory.sequence.stop()
    await finished
    assert observatory.clock.elapsed - begun < 30
    assert not observatory.camera.exposing
    assert "IMAGE-SAVE" not in observatory.events.names

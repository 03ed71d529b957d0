"""Actions of the night: sequence, framing, flats, exposures, connections, and what only reads."""

from typing import Any

from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.sequence.node import Status

from .action_cases import away, closed, degrees, high, standing, under_the_stars, unparked
from .commanding import answer, call, entity_of, paths, prepare, sent
from .errors import raises, refused
from .states import act, state, until
from .waiting import eventually

FLATS = "sensor.observatory_imaging_flats"


async def test_the_sequences_that_can_be_loaded(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """They are listed, and one of them is loaded; anything else is not even sent."""
    observatory.ledger.reset()
    names = (await answer(hass, unhurried, "list_sequences"))["sequences"]
    assert "Flats/Panel flats" in names
    before = observatory.sequence.plan
    await call(hass, unhurried, "load_sequence", sequence="Flats/Panel flats")
    assert observatory.sequence.plan is not before
    assert sent(observatory) == [("/sequence/load", {"sequenceName": "Flats/Panel flats"})]
    # No event tells of it, and a sequence that does not run is seldom read.
    shown = unhurried.runtime_data.sequence.data.tree
    assert shown is not None
    loaded = [item.name for item in observatory.sequence.plan.roots[1].items]
    assert [item.name for item in shown.roots[1].items] == loaded
    with refused("sequence_unknown"):
        await call(hass, unhurried, "load_sequence", sequence="Flats")
    with raises("load_sequence_refused"):
        await call(hass, unhurried, "load_sequence", sequence="Settings backup")
    assert len(sent(observatory)) == 2


async def test_a_running_sequence_is_left_alone(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Loading and resetting would pull the rug from under it."""
    await call(hass, unhurried, "start_sequence")
    observatory.ledger.reset()
    with refused("sequence_running"):
        await call(hass, unhurried, "load_sequence", sequence="Two targets")
    with refused("sequence_running"):
        await call(hass, unhurried, "reset_sequence")
    with refused("profile_while_running"):
        profiles = observatory.profiles.all
        await call(hass, unhurried, "switch_profile", profile=profiles[1].name)
    assert sent(observatory) == []


@pytest.mark.parametrize("part", ["to_imaging", "to_end", "current_items"])
async def test_skipping(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, part: str
) -> None:
    """What was skipped is left behind."""
    wire = {"to_imaging": "ToImaging", "to_end": "ToEnd", "current_items": "CurrentItems"}
    with refused("sequence_not_running"):
        await call(hass, unhurried, "skip_sequence", part=part)
    await call(hass, unhurried, "start_sequence")
    observatory.ledger.reset()
    await call(hass, unhurried, "skip_sequence", part=part)
    assert sent(observatory) == [("/sequence/skip", {"type": wire[part]})]
    roots = observatory.sequence.plan.roots
    running = [root.status is Status.RUNNING for root in roots]
    assert running[0] is (part == "current_items" and running[0])
    assert not (part == "to_end" and running[1])


async def test_resetting(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """A sequence of which something was done begins again."""
    await call(hass, unhurried, "start_sequence")
    await call(hass, unhurried, "skip_sequence", part="to_end")
    await call(hass, unhurried, "stop_sequence")
    observatory.ledger.reset()
    await call(hass, unhurried, "reset_sequence")
    nodes = [node for root in observatory.sequence.plan.roots for node in root.items]
    assert {node.status for node in nodes} == {Status.CREATED}
    assert sent(observatory) == [("/sequence/reset", {})]


def finish(node: Any) -> None:
    """Have a part of the sequence done."""
    node.status = Status.FINISHED
    for item in getattr(node, "items", ()):
        finish(item)


async def test_a_sequence_that_is_over_is_not_started(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """It would do nothing, and that is said before."""
    for root in observatory.sequence.plan.roots:
        finish(root)
    observatory.ledger.reset()
    with refused("sequence_complete"):
        await call(hass, unhurried, "start_sequence")
    assert sent(observatory) == []


async def test_a_checklist_that_waits_for_a_person(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The start was announced and nothing runs: somebody has to click, however it is tried."""
    for device in observatory.devices:
        device.detach()
    await observatory.sequence.start(skip_validation=False)
    await eventually(lambda: observatory.dialogs.texts)
    observatory.ledger.reset()
    with refused("sequence_has_issues"):
        await call(hass, settled, "start_sequence", skip_validation=False)
    with raises("sequence_waiting_for_person"):
        await call(hass, settled, "start_sequence")
    with raises("sequence_waiting_for_person"):
        await act(hass, "switch.turn_on", entity_of(hass, settled, "switch", "hub_sequence"))
    assert len(observatory.dialogs.texts) == 1
    starts = [parameters["skipValidation"] for _, parameters in sent(observatory)]
    assert starts == ["true", "true"]


async def test_a_start_without_validation_waits_for_nobody(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was announced and nothing runs, but there is no checklist to blame for that."""
    said = ["SEQUENCE-STARTING"]

    async def announce(**_: object) -> None:
        """Say that it starts."""
        for each in said:
            await observatory.events.emit(each)

    monkeypatch.setattr(observatory.sequence, "start", announce)
    with raises("start_sequence_unproven"):
        await call(hass, settled, "start_sequence")
    with raises("sequence_waiting_for_person"):
        await call(hass, settled, "start_sequence", skip_validation=False)
    said.append("SEQUENCE-FINISHED")
    with raises("sequence_over_at_once"):
        await call(hass, settled, "start_sequence")


async def test_a_target_of_the_sequence(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """All of it is spelt out, because N.I.N.A. takes what is missing for 0."""
    observatory.ledger.reset()
    await call(
        hass,
        unhurried,
        "set_sequence_target",
        target_name="M 51",
        right_ascension="13h29m52.7s",
        declination="+47°11′43″",
    )
    target = observatory.sequence.plan.targets[0]
    assert target.name == "M 51"
    assert target.place.ra_hours == pytest.approx(13.49797, abs=1e-4)
    assert target.place.dec_degrees == pytest.approx(47.19528, abs=1e-4)
    ((path, parameters),) = sent(observatory)
    assert path == "/sequence/set-target"
    assert float(parameters.pop("ra")) == pytest.approx(202.469583)
    assert float(parameters.pop("dec")) == pytest.approx(47.195278)
    assert parameters == {"name": "M 51", "rotation": "0.0", "index": "0"}
    fields = {"target_name": "M 51", "right_ascension": 0, "declination": 0, "index": 7}
    with raises("set_sequence_target_refused"):
        await call(hass, unhurried, "set_sequence_target", **fields, rotation=0)
    with refused("sequence_target_missing"):
        await call(hass, unhurried, "set_sequence_target", **fields)


async def test_framing_a_place_and_slewing_there(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The framing assistant shows the place, and the mount then points at it."""
    observatory.application.tab = "framing"
    prepare(observatory, standing)
    target = high(observatory, -3.0)
    await call(hass, unhurried, "set_framing", **degrees(target), rotation=30, source="sky_atlas")
    await call(hass, unhurried, "slew_to_framing")
    assert away(observatory, target) < 0.05
    assert paths(observatory) == [
        "/framing/set-source",
        "/framing/set-coordinates",
        "/framing/set-rotation",
        "/framing/slew",
    ]
    parameters = dict(sent(observatory))
    assert parameters["/framing/set-source"] == {"source": "SKYATLAS"}
    assert set(parameters["/framing/set-coordinates"]) == {"RAangle", "DECangle"}
    assert parameters["/framing/set-rotation"] == {"rotation": "30.0"}
    assert parameters["/framing/slew"] == {"waitForResult": "false"}


async def test_a_frame_that_cannot_be_turned(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The assistant turns nothing before its page was opened once."""
    observatory.ledger.reset()
    with refused("framing_not_ready"):
        await call(hass, unhurried, "set_framing", rotation=30)
    assert paths(observatory) == []
    await call(hass, unhurried, "set_framing", right_ascension=10, declination=-0.5)
    # Half a degree south reads as half a degree north until the page was opened.
    with refused("framing_not_ready"):
        await call(hass, unhurried, "slew_to_framing")
    observatory.application.tab = "framing"
    with refused("mount_parked"):
        await call(hass, unhurried, "slew_to_framing", center=True)


async def test_a_framing_slew_that_is_ignored(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """N.I.N.A. reports "finished" also when it failed."""
    observatory.application.tab = "framing"
    prepare(observatory, unparked)
    target = high(observatory, -4.0)
    await call(hass, settled, "set_framing", **degrees(target))
    async with observatory.faults.during("ignored", device="mount"):
        with raises("slew_mount_unproven"):
            await call(hass, settled, "slew_to_framing", center=True)


@pytest.mark.parametrize(
    ("action", "data", "path", "expected"),
    [
        (
            "sky_flats",
            {"histogram_mean": 0.4, "min_exposure": 0.5, "max_exposure": 2, "dither": True},
            "/flats/skyflat",
            {
                "histogramMean": "0.4",
                "minExposure": "0.5",
                "maxExposure": "2.0",
                "dither": "true",
            },
        ),
        (
            "auto_brightness_flats",
            {"exposure": 2, "min_brightness": 10, "max_brightness": 4096, "filter": "Ha"},
            "/flats/auto-brightness",
            {
                "exposureTime": "2.0",
                "minBrightness": "10",
                "maxBrightness": "4096",
                "filterId": "4",
                "keepClosed": "false",
            },
        ),
        (
            "auto_exposure_flats",
            {"brightness": 200, "gain": 100, "offset": 30, "binning": "2 x 2", "filter": "L"},
            "/flats/auto-exposure",
            {
                "brightness": "200",
                "gain": "100",
                "offset": "30",
                "binning": "2x2",
                "filterId": "0",
                "keepClosed": "false",
            },
        ),
        ("trained_flats", {"keep_closed": True}, "/flats/trained-flat", {"keepClosed": "true"}),
        ("trained_dark_flats", {}, "/flats/trained-dark-flat", {"keepClosed": "false"}),
    ],
)
async def test_flats(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    action: str,
    data: dict[str, Any],
    path: str,
    expected: dict[str, str],
) -> None:
    """All of them are saved when the action returns, and counted."""
    observatory.ledger.reset()
    response = await answer(hass, unhurried, action, count=2, **data)
    assert response == {"frames": 2}
    assert len(observatory.images.frames) == 2
    assert sent(observatory) == [(path, {"count": "2", **expected})]


async def test_flats_that_are_stopped(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The run that was waited for says so; another one meanwhile is refused."""
    taking = hass.async_create_task(
        call(hass, unhurried, "trained_flats", count=500, keep_closed=True)
    )
    await eventually(lambda: observatory.flats.running)
    await until(hass, FLATS, "running")
    with refused("flats_running"):
        await call(hass, unhurried, "sky_flats", count=1, wait=False)
    await call(hass, unhurried, "stop_flats")
    assert not observatory.flats.running
    assert state(hass, FLATS) == "finished"
    with pytest.raises(HomeAssistantError) as raised:
        await taking
    assert raised.value.translation_key in ("overtaken", "flats_incomplete")
    assert not [path for path in paths(observatory) if path == "/flats/skyflat"]


async def test_flats_that_fail(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Fewer frames than wanted are no success."""
    async with observatory.faults.during("failed_capture"):
        with raises("flats_incomplete"):
            await call(hass, unhurried, "trained_flats", count=3)


async def test_an_exposure_through_a_filter_that_is_solved_and_saved(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The answer has statistics, what solving found, and the saved frame."""
    prepare(observatory, under_the_stars)
    response = await answer(
        hass,
        unhurried,
        "capture",
        exposure=20,
        filter="OIII",
        binning="2x2",
        image_type="light",
        solve=True,
        save=True,
    )
    assert observatory.filter_wheel.slot == 5
    assert observatory.camera.binning == 2
    assert response["statistics"]["stars"] > 0
    assert response["plate_solve"]["success"]
    here = observatory.mount.hardware.coordinates.to_j2000(observatory.clock.true_now())
    found = response["plate_solve"]["coordinates"]
    assert found["right_ascension"] == pytest.approx(here.ra_degrees, abs=0.1)
    assert found["declination"] == pytest.approx(here.dec_degrees, abs=0.1)
    frame = response["frame"]
    assert (frame["index"], frame["filter"]) == (0, "OIII")
    assert await async_setup_component(hass, "media_source", {})
    found = await async_resolve_media(hass, frame["media_content_id"], None)
    assert found.url == frame["picture"]
    assert (await answer(hass, unhurried, "get_frames"))["frames"] == [frame]
    assert paths(observatory) == [
        "/equipment/filterwheel/change-filter",
        "/equipment/camera/set-binning",
        "/equipment/camera/capture",
        "/equipment/camera/capture/statistics",
    ]


async def test_an_exposure_of_nothing_is_not_solved(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Under a closed roof the frame is taken, and that it was not solved is reported."""
    prepare(observatory, closed)
    response = await answer(hass, unhurried, "capture", exposure=1, solve=True)
    assert response["plate_solve"] == {"success": False}
    assert response["frame"] is None


async def test_an_exposure_that_nobody_waits_for(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """The action returns while the camera exposes."""
    response = await answer(hass, unhurried, "capture", exposure=600, wait=False)
    assert response == {"exposure": 600.0}
    assert observatory.camera.exposing
    await call(hass, unhurried, "abort_exposure")
    assert not observatory.camera.exposing

"""Commands: one request each, once, with every parameter spelt out."""

from collections.abc import Awaitable, Callable
import inspect
from pathlib import Path
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    ApplicationTab,
    FlatFrames,
    FlatHistogram,
    NinaClient,
    NinaVersionError,
    PluginVersion,
    Reply,
    Role,
    SequenceSkip,
    SkySource,
    TrackingMode,
    release,
)
from custom_components.nina_observatory.api.transport import Endpoint

from .fake import FakeServer

type Send = Callable[[NinaClient], Awaitable[Any]]

FRAMES = FlatFrames(count=20, filter_index=2, binning="1x1")
COUNTED = {"count": "20", "filterId": "2", "binning": "1x1"}

COMMANDS: list[tuple[str, Send, dict[str, str], tuple[int, ...]]] = [
    (
        "equipment/camera/cool",
        lambda c: c.camera.cool(temperature=-10.5),
        {"temperature": "-10.5", "minutes": "-1", "cancel": "false"},
        (2, 1),
    ),
    (
        "equipment/camera/warm",
        lambda c: c.camera.warm(minutes=5),
        {"minutes": "5", "cancel": "false"},
        (2, 1),
    ),
    ("equipment/camera/abort-exposure", lambda c: c.camera.abort_exposure(), {}, (2, 0)),
    (
        "equipment/camera/dew-heater",
        lambda c: c.camera.set_dew_heater(on=True),
        {"power": "true"},
        (2, 1),
    ),
    (
        "equipment/camera/set-binning",
        lambda c: c.camera.set_binning("2x2"),
        {"binning": "2x2"},
        (2, 1, 6),
    ),
    (
        "equipment/camera/usb-limit",
        lambda c: c.camera.set_usb_limit(40),
        {"limit": "40"},
        (2, 2, 14, 4),
    ),
    ("equipment/camera/set-readout", lambda c: c.camera.set_readout_mode(1), {"mode": "1"}, (2, 1)),
    ("equipment/mount/park", lambda c: c.mount.park(), {}, (2, 0)),
    ("equipment/mount/unpark", lambda c: c.mount.unpark(), {}, (2, 0)),
    ("equipment/mount/home", lambda c: c.mount.find_home(), {}, (2, 1)),
    (
        "equipment/mount/tracking",
        lambda c: c.mount.set_tracking(TrackingMode.STOPPED),
        {"mode": "4"},
        (2, 1),
    ),
    (
        "equipment/mount/tracking",
        lambda c: c.mount.set_tracking(TrackingMode.KING),
        {"mode": "3"},
        (2, 1),
    ),
    ("equipment/mount/flip", lambda c: c.mount.flip(), {}, (2, 1, 5)),
    (
        "equipment/mount/slew",
        lambda c: c.mount.slew(180, 45.5),
        {
            "ra": "180",
            "dec": "45.5",
            "waitForResult": "false",
            "center": "false",
            "rotate": "false",
            "rotationAngle": "0",
        },
        (2, 1, 5),
    ),
    ("equipment/mount/slew/stop", lambda c: c.mount.stop(), {}, (2, 1, 8)),
    (
        "equipment/mount/sync",
        lambda c: c.mount.sync(1.5, 2),
        {"ra": "1.5", "dec": "2"},
        (2, 2, 3),
    ),
    ("equipment/mount/sync", lambda c: c.mount.solve_and_sync(), {}, (2, 2, 3)),
    ("equipment/mount/set-park-position", lambda c: c.mount.set_park_position(), {}, (2, 2)),
    ("equipment/focuser/move", lambda c: c.focuser.move(2340), {"position": "2340"}, (2, 1)),
    ("equipment/focuser/stop-move", lambda c: c.focuser.stop(), {}, (2, 2, 15)),
    (
        "equipment/focuser/auto-focus",
        lambda c: c.focuser.start_autofocus(),
        {"cancel": "false"},
        (2, 0),
    ),
    (
        "equipment/focuser/auto-focus",
        lambda c: c.focuser.cancel_autofocus(),
        {"cancel": "true"},
        (2, 1),
    ),
    (
        "equipment/filterwheel/change-filter",
        lambda c: c.filter_wheel.change_filter(0),
        {"filterId": "0"},
        (2, 1),
    ),
    ("equipment/rotator/move", lambda c: c.rotator.move(12.5), {"position": "12.5"}, (2, 0)),
    (
        "equipment/rotator/move-mechanical",
        lambda c: c.rotator.move_mechanical(0),
        {"position": "0"},
        (2, 0),
    ),
    (
        "equipment/rotator/reverse",
        lambda c: c.rotator.set_reverse(reverse=False),
        {"reverseDirection": "false"},
        (2, 2, 14),
    ),
    ("equipment/rotator/stop-move", lambda c: c.rotator.stop(), {}, (2, 2, 14, 3)),
    (
        "equipment/guider/start",
        lambda c: c.guider.start(),
        {"calibrate": "false"},
        (2, 0),
    ),
    ("equipment/guider/stop", lambda c: c.guider.stop(), {}, (2, 0)),
    (
        "equipment/guider/clear-calibration",
        lambda c: c.guider.clear_calibration(),
        {},
        (2, 1, 4),
    ),
    ("equipment/dome/open", lambda c: c.dome.open_shutter(), {}, (2, 0)),
    ("equipment/dome/close", lambda c: c.dome.close_shutter(), {}, (2, 0)),
    ("equipment/dome/stop", lambda c: c.dome.stop(), {}, (2, 0)),
    (
        "equipment/dome/set-follow",
        lambda c: c.dome.set_following(enabled=False),
        {"enabled": "false"},
        (2, 1, 5),
    ),
    ("equipment/dome/sync", lambda c: c.dome.sync(), {}, (2, 1, 5)),
    (
        "equipment/dome/slew",
        lambda c: c.dome.slew(270),
        {"azimuth": "270", "waitToFinish": "false"},
        (2, 1, 5),
    ),
    ("equipment/dome/park", lambda c: c.dome.park(), {}, (2, 2, 1)),
    ("equipment/dome/home", lambda c: c.dome.find_home(), {}, (2, 2, 1)),
    ("equipment/dome/set-park-position", lambda c: c.dome.set_park_position(), {}, (2, 2, 1)),
    (
        "equipment/flatdevice/set-cover",
        lambda c: c.flat_panel.set_cover(closed=True),
        {"closed": "true"},
        (2, 1, 2),
    ),
    (
        "equipment/flatdevice/set-light",
        lambda c: c.flat_panel.set_light(on=False),
        {"on": "false"},
        (2, 1, 2),
    ),
    (
        "equipment/flatdevice/set-brightness",
        lambda c: c.flat_panel.set_brightness(120),
        {"brightness": "120"},
        (2, 1, 2),
    ),
    (
        "equipment/switch/set",
        lambda c: c.switches.set_value(3, 0.5),
        {"index": "3", "value": "0.5"},
        (2, 0),
    ),
    (
        "flats/skyflat",
        lambda c: c.flats.take_sky(FRAMES, histogram=FlatHistogram(mean=0.5), max_exposure=10),
        {**COUNTED, "histogramMean": "0.5", "maxExposure": "10", "dither": "false"},
        (2, 1, 8),
    ),
    (
        "flats/auto-brightness",
        lambda c: c.flats.take_auto_brightness(FRAMES, exposure=2, min_brightness=1),
        {**COUNTED, "exposureTime": "2", "minBrightness": "1", "keepClosed": "false"},
        (2, 1, 8),
    ),
    (
        "flats/auto-exposure",
        lambda c: c.flats.take_auto_exposure(FRAMES, brightness=20, keep_closed=True),
        {**COUNTED, "brightness": "20", "keepClosed": "true"},
        (2, 1, 8),
    ),
    (
        "flats/trained-flat",
        lambda c: c.flats.take_trained(FRAMES),
        {**COUNTED, "keepClosed": "false"},
        (2, 1, 8),
    ),
    (
        "flats/trained-dark-flat",
        lambda c: c.flats.take_trained_darks(FlatFrames(count=1, gain=100, offset=50)),
        {"count": "1", "gain": "100", "offset": "50", "keepClosed": "false"},
        (2, 1, 8),
    ),
    ("flats/stop", lambda c: c.flats.stop(), {}, (2, 1, 8)),
    ("equipment/camera/connect", lambda c: c.equipment.connect(Role.CAMERA), {}, (2, 0)),
    ("equipment/weather/disconnect", lambda c: c.equipment.disconnect(Role.WEATHER), {}, (2, 0)),
    ("sequence/start", lambda c: c.sequence.start(), {"skipValidation": "true"}, (2, 0)),
    ("sequence/stop", lambda c: c.sequence.stop(), {}, (2, 0)),
    ("sequence/reset", lambda c: c.sequence.reset(), {}, (2, 1)),
    (
        "sequence/skip",
        lambda c: c.sequence.skip(SequenceSkip.TO_IMAGING),
        {"type": "ToImaging"},
        (2, 2, 15),
    ),
    (
        "sequence/load",
        lambda c: c.sequence.load("sub/plan 2"),
        {"sequenceName": "sub/plan 2"},
        (2, 2, 6),
    ),
    (
        "sequence/set-target",
        lambda c: c.sequence.set_target(
            name="M 31", ra_degrees=10.68, dec_degrees=41.27, rotation=0, index=0
        ),
        {"name": "M 31", "ra": "10.68", "dec": "41.27", "rotation": "0", "index": "0"},
        (2, 1, 2),
    ),
    (
        "framing/set-coordinates",
        lambda c: c.framing.set_coordinates(10.68, -41.27),
        {"RAangle": "10.68", "DECangle": "-41.27"},
        (2, 1),
    ),
    ("framing/set-rotation", lambda c: c.framing.set_rotation(30), {"rotation": "30"}, (2, 1)),
    (
        "framing/set-source",
        lambda c: c.framing.set_source(SkySource.HIPS2FITS),
        {"source": "HIPS2FITS"},
        (2, 1),
    ),
    (
        "framing/slew",
        lambda c: c.framing.slew(center=True),
        {"slew_option": "Center", "waitForResult": "false"},
        (2, 1),
    ),
    (
        "framing/slew",
        lambda c: c.framing.slew(rotate=True),
        {"slew_option": "Rotate", "waitForResult": "false"},
        (2, 1),
    ),
    ("livestack/start", lambda c: c.live_stack.start(), {}, (2, 1, 7, 1)),
    ("livestack/stop", lambda c: c.live_stack.stop(), {}, (2, 1, 7, 1)),
    ("profile/switch", lambda c: c.profile.switch("7f4a"), {"profileid": "7f4a"}, (2, 0)),
    (
        "profile/change-value",
        lambda c: c.profile.set_value("CameraSettings-Gain", "100"),
        {"settingpath": "CameraSettings-Gain", "newValue": "100"},
        (2, 0),
    ),
    (
        "application/switch-tab",
        lambda c: c.application.switch_tab(ApplicationTab.FLAT_WIZARD),
        {"tab": "flatwizard"},
        (2, 0),
    ),
]
NAMES = [f"{path}-{number}" for number, (path, *_) in enumerate(COMMANDS)]


@pytest.mark.parametrize(("path", "send", "query", "since"), COMMANDS, ids=NAMES)
async def test_a_command(
    client: NinaClient,
    server: FakeServer,
    path: str,
    send: Send,
    query: dict[str, str],
    since: tuple[int, ...],
) -> None:
    client.plugin = PluginVersion(release(*since))
    server.answer(path, "Done")

    assert await send(client) == Reply("Done", True)
    assert [(each.path, each.query, each.method) for each in server.asked] == [(path, query, "GET")]


@pytest.mark.parametrize(
    ("send", "since"),
    [
        pytest.param(send, since, id=name)
        for name, (_, send, _, since) in zip(NAMES, COMMANDS, strict=True)
        if since > (2, 0)
    ],
)
async def test_a_command_that_is_newer_than_the_server(
    client: NinaClient, server: FakeServer, send: Send, since: tuple[int, ...]
) -> None:
    *most, last = since
    client.plugin = PluginVersion(release(*most, last - 1, 99))

    with pytest.raises(NinaVersionError, match=str(release(*since)).replace(".", r"\.")):
        await send(client)

    assert not server.asked


def test_every_method_is_tested(client: NinaClient) -> None:
    source = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    methods = {
        f".{subject}.{name}"
        for subject, endpoint in vars(client).items()
        if isinstance(endpoint, Endpoint)
        for name, method in vars(type(endpoint)).items()
        if inspect.iscoroutinefunction(inspect.unwrap(method)) and not name.startswith("_")
    }

    assert {method for method in methods if method not in source} == set()
    assert len(methods) > 100

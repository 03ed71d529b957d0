"""Reading: which requests are made, what becomes of the answers, and what happens when some fail."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
import pytest

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    DEVICE_PATHS,
    ApplicationTab,
    DeviceReading,
    Dome,
    EventType,
    Framing,
    LiveStackState,
    Mount,
    NinaClient,
    NinaCommandError,
    NinaConnectionError,
    NinaResponseError,
    NinaTimeoutError,
    NinaUnreachableError,
    NinaVersionError,
    PluginSettings,
    PluginVersion,
    ProfileSettings,
    Role,
    SequenceTree,
    release,
    transport,
)
from custom_components.nina_observatory.api.endpoints import equipment as equipment_endpoint
from custom_components.nina_observatory.api.transport import Endpoint, Envelope

from .conftest import Captures
from .fake import FakeServer, envelope
from .test_transport import drop, hang

UP = {"Connected": True}
BEFORE_BUNDLES = PluginVersion(release(2, 2, 11))


def answer_devices(server: FakeServer, *failing: Role) -> None:
    """Answer for each device, but for those that fail."""
    for role, path in DEVICE_PATHS.items():
        if role in failing:
            server.refuse(f"equipment/{path}/info", "Unknown error", 500)
        else:
            server.answer(f"equipment/{path}/info", UP)


async def test_all_devices_at_once(
    client: NinaClient, server: FakeServer, captures: Captures
) -> None:
    server.answer("equipment/info", captures.response("imaging_guiding_equipment_info"))

    equipment = await client.equipment.get()

    assert server.paths == ["equipment/info"]
    assert equipment.camera is not None
    assert equipment.camera.set_point == -5
    assert equipment.dome == Dome()


async def test_devices_one_by_one(client: NinaClient, server: FakeServer) -> None:
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)

    equipment = await client.equipment.get()

    assert sorted(server.paths) == sorted(
        f"equipment/{each}/info" for each in DEVICE_PATHS.values()
    )
    assert all(device.connected for _, device in equipment.devices())


async def test_a_few_at_a_time(client: NinaClient, server: FakeServer) -> None:
    client.plugin = BEFORE_BUNDLES
    at_once = most = 0

    async def handle(_request: web.Request) -> web.StreamResponse:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.005)
        at_once -= 1
        return web.Response(body=envelope(UP))

    for path in DEVICE_PATHS.values():
        server.on(f"equipment/{path}/info", handle)

    await client.equipment.get()

    assert len(server.asked) == len(DEVICE_MODELS)
    assert most == 3


async def test_an_autofocus_of_the_release_that_wrote_0_for_unknown(
    client: NinaClient, server: FakeServer
) -> None:
    server.answer("equipment/focuser/last-af", {"Temperature": 0, "Filter": "L"})
    report = await client.focuser.get_last_autofocus()
    assert report is not None
    assert report.temperature == 0

    client.plugin = PluginVersion(release(2, 2, 7))
    report = await client.focuser.get_last_autofocus()
    assert report is not None
    assert (report.temperature, report.filter) == (None, "L")


@pytest.mark.parametrize("roles", [(Role.DOME,), (Role.DOME, Role.MOUNT)])
async def test_some_devices(
    client: NinaClient, server: FakeServer, roles: tuple[Role, ...]
) -> None:
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)

    equipment = await client.equipment.get(roles)

    assert len(server.asked) == len(roles)
    assert {role for role, _ in equipment.devices()} == set(roles)


async def test_one_device_is_no_bundle(client: NinaClient, server: FakeServer) -> None:
    answer_devices(server)

    assert (await client.equipment.get([Role.DOME])).dome == Dome(connected=True)
    assert server.paths == ["equipment/dome/info"]


BAD_BUNDLES: dict[str, Callable[[FakeServer], None]] = {
    "connection broken": lambda server: server.on("equipment/info", drop),
    "no answer in time": lambda server: server.on("equipment/info", hang),
    "error": lambda server: server.refuse("equipment/info", "Unknown error", 500),
    "page": lambda server: server.raw("equipment/info", b"<html>", "text/html", 500),
    "no route": lambda _server: None,
    "no object": lambda server: server.answer("equipment/info", []),
}


@pytest.mark.parametrize("spoil", BAD_BUNDLES.values(), ids=BAD_BUNDLES)
async def test_a_driver_spoils_the_bundle(
    client: NinaClient,
    server: FakeServer,
    spoil: Callable[[FakeServer], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Endpoint._ask, "__kwdefaults__", {"params": {}, "within": 0.5})
    spoil(server)
    answer_devices(server, Role.ROTATOR)

    equipment = await client.equipment.get()

    assert equipment.rotator is None
    assert len(dict(equipment.devices())) == len(DEVICE_MODELS) - 1


async def test_a_spoilt_bundle_is_not_asked_for_in_vain(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before some minutes have passed, or somebody else may answer."""
    server.refuse("equipment/info", "Unknown error", 500)
    answer_devices(server)
    for _ in range(3):
        await client.equipment.get()
    assert server.paths.count("equipment/info") == 1

    client.equipment.try_bundle()
    await client.equipment.get()
    assert server.paths.count("equipment/info") == 2

    monkeypatch.setattr(equipment_endpoint, "BUNDLE_RESTS", 0.0)
    server.answer("equipment/info", {"Dome": UP})
    assert dict((await client.equipment.get()).devices()) == {Role.DOME: Dome(connected=True)}


async def test_no_device_answers_well(client: NinaClient, server: FakeServer) -> None:
    server.refuse("equipment/info", "Unknown error", 500)
    answer_devices(server, *DEVICE_MODELS)

    with pytest.raises(NinaCommandError, match="Unknown error"):
        await client.equipment.get()


async def test_the_server_goes_away_between_devices(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)
    asked = client.equipment._ask

    async def ask(*path: str, **options: Any) -> Envelope:
        if "guider" in path:
            raise NinaUnreachableError("refused")
        return await asked(*path, **options)

    monkeypatch.setattr(client.equipment, "_ask", ask)
    with pytest.raises(NinaUnreachableError):
        await client.equipment.get()


@pytest.mark.parametrize("first", [False, True], ids=["among others", "the first ones"])
async def test_some_devices_break_the_connection(
    client: NinaClient, server: FakeServer, first: bool
) -> None:
    """That costs them and nobody else, whether or not anything was read before."""
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)
    broken = tuple(DEVICE_MODELS)[:3] if first else (Role.GUIDER,)
    for role in broken:
        server.on(f"equipment/{DEVICE_PATHS[role]}/info", drop)

    equipment = await client.equipment.get()

    assert {role for role, _ in equipment.devices()} == set(DEVICE_MODELS) - set(broken)


async def test_every_device_breaks_the_connection(client: NinaClient, server: FakeServer) -> None:
    client.plugin = BEFORE_BUNDLES
    for path in DEVICE_PATHS.values():
        server.on(f"equipment/{path}/info", drop)

    with pytest.raises(NinaConnectionError):
        await client.equipment.get()


async def test_some_devices_hang(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not keep the others waiting, not even if they are the first ones."""
    monkeypatch.setattr(Endpoint._ask, "__kwdefaults__", {"params": {}, "within": 0.5})
    monkeypatch.setattr(equipment_endpoint, "HOLDS_UP", 0.05)
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)
    hanging = tuple(DEVICE_MODELS)[:3]
    for role in hanging:
        server.on(f"equipment/{DEVICE_PATHS[role]}/info", hang)
    arrived: dict[Role, float] = {}
    loop = asyncio.get_running_loop()
    began = loop.time()

    await client.equipment.read(lambda each: arrived.update({each.role: loop.time() - began}))

    assert set(arrived) == set(DEVICE_MODELS) - set(hanging)
    assert max(arrived.values()) < 0.5


async def test_too_late_to_begin(client: NinaClient, server: FakeServer) -> None:
    """The first few are asked anyway, in the order in which they are named."""
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)
    wanted = (Role.SAFETY_MONITOR, Role.DOME, Role.MOUNT, Role.CAMERA, Role.WEATHER)
    read: list[DeviceReading] = []

    began = asyncio.get_running_loop().time()
    unasked = await client.equipment.read(read.append, wanted, begin_until=began - 1)

    assert {each.role for each in read} == set(wanted[:3])
    assert all(each.asked_at >= began for each in read)
    assert unasked == set(wanted[3:])


async def test_one_device_takes_too_long(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tracking mode of a mount is asked of its driver, live."""
    monkeypatch.setattr(Endpoint._ask, "__kwdefaults__", {"params": {}, "within": 0.2})
    client.plugin = BEFORE_BUNDLES
    answer_devices(server)
    server.on("equipment/mount/info", hang)

    equipment = await client.equipment.get()

    assert equipment.mount is None
    assert len(dict(equipment.devices())) == len(DEVICE_MODELS) - 1


async def test_a_server_that_is_asleep_is_not_asked_eleven_times(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Endpoint._ask, "__kwdefaults__", {"params": {}, "within": 0.1})
    client.plugin = BEFORE_BUNDLES
    for path in DEVICE_PATHS.values():
        server.on(f"equipment/{path}/info", hang)

    with pytest.raises(NinaTimeoutError):
        await client.equipment.get()

    assert len(server.asked) == equipment_endpoint._AT_A_TIME


@pytest.mark.parametrize(
    ("version", "disconnected"),
    [((2, 2, 11), False), ((2, 2, 12), True), ((2, 2, 14, 5), True), ((2, 2, 15), False)],
)
async def test_servers_that_fail_without_a_mount(
    client: NinaClient, server: FakeServer, version: tuple[int, ...], disconnected: bool
) -> None:
    client.plugin = PluginVersion(release(*version))
    server.refuse("equipment/mount/info", "Unknown error", 500)
    server.refuse("equipment/dome/info", "Unknown error", 500)

    if disconnected:
        assert await client.equipment.get_device(Role.MOUNT) == Mount()
    else:
        with pytest.raises(NinaCommandError):
            await client.equipment.get_device(Role.MOUNT)
    with pytest.raises(NinaCommandError):
        await client.equipment.get_device(Role.DOME)


async def test_no_autofocus_yet(client: NinaClient, server: FakeServer) -> None:
    server.refuse("equipment/focuser/last-af", "No AF available", 500)
    assert await client.focuser.get_last_autofocus() is None

    server.refuse("equipment/focuser/last-af", "Unknown error", 500)
    with pytest.raises(NinaCommandError):
        await client.focuser.get_last_autofocus()


async def test_a_history_that_was_just_being_written(
    client: NinaClient, server: FakeServer, captures: Captures
) -> None:
    history = captures.response("scheduler_waiting_event_history")

    async def handle(_request: web.Request) -> web.StreamResponse:
        if len(server.asked) == 1:
            return web.Response(body=envelope("", "Unknown error", 500, success=False))
        return web.Response(body=envelope(history))

    server.on("event-history", handle)

    events = await client.application.get_event_history()

    assert len(server.asked) == 2
    assert len(events) == len(history)


async def test_a_history_that_cannot_be_read(client: NinaClient, server: FakeServer) -> None:
    server.refuse("event-history", "Unknown error", 500)

    with pytest.raises(NinaCommandError):
        await client.application.get_event_history()

    assert len(server.asked) == 2


async def test_the_history_is_read_in_the_dialect_of_the_server(
    client: NinaClient, server: FakeServer
) -> None:
    client.plugin = PluginVersion(release(2, 0))
    server.answer("event-history", [{"Event": "ADV-SEQ-START", "Time": "2024-08-09T14:51:40Z"}])

    (event,) = await client.application.get_event_history()

    assert event.type is EventType.SEQUENCE_STARTED


async def test_a_frame_of_nothing_keeps_its_number(client: NinaClient, server: FakeServer) -> None:
    """N.I.N.A. numbers pictures by their places in the list."""
    server.answer("image-history", [{"Filename": "0.fits"}, None, {"Filename": "2.fits"}])
    frames = await client.frames.get_all()

    assert [frame.filename for frame in frames] == ["0.fits", None, "2.fits"]


@pytest.mark.parametrize("response", ["5", -1, None, 1.5, [5]])
async def test_a_count_that_is_none(client: NinaClient, server: FakeServer, response: Any) -> None:
    server.answer("image-history", response)

    with pytest.raises(NinaResponseError, match="number of frames"):
        await client.frames.count()


READS: dict[str, tuple[Callable[[NinaClient], Awaitable[Any]], Any, dict[str, str], Any]] = {
    "image-history": (lambda c: c.frames.get_all(), [{"HFR": 2}], {"all": "true"}, None),
    "image-history?": (lambda c: c.frames.count(), 7, {"count": "true"}, 7),
    "profile/show": (lambda c: c.profile.get(), {"Name": "A"}, {"active": "true"}, None),
    "profile/show??": (
        lambda c: c.profile.get_settings(),
        {"Name": "A"},
        {"active": "true"},
        ProfileSettings.from_wire({"Name": "A"}),
    ),
    "profile/show?": (lambda c: c.profile.get_all(), [{"Id": "1"}], {"active": "false"}, None),
    "framing/info": (
        lambda c: c.framing.get(),
        {"RAHours": 3, "RAMinutes": 30, "RASeconds": 0, "DecDegrees": 0, "Rectangle": None},
        {},
        Framing(ra_hours=3.0, ra_minutes=30.0, ra_seconds=0.0, dec_degrees=0.0),
    ),
    "sequence/json": (lambda c: c.sequence.get(), [], {}, None),
    "sequence/json?": (lambda c: c.sequence.get_tree(), [], {}, SequenceTree()),
    "sequence/state": (
        lambda c: c.sequence.get_validated_tree(),
        [{"GlobalTriggers": []}],
        {},
        SequenceTree(with_issues=True),
    ),
    "sequence/list-available": (
        lambda c: c.sequence.list_available(),
        ["plan", "sub/plan2", None],
        {},
        ("plan", "sub/plan2"),
    ),
    "flats/status": (lambda c: c.flats.get_status(), {"State": "Running"}, {}, None),
    "livestack/status": (lambda c: c.live_stack.get_state(), "Running", {}, LiveStackState.RUNNING),
    "livestack/status?": (
        lambda c: c.live_stack.get_state(),
        "stopped",
        {},
        LiveStackState.STOPPED,
    ),
    "livestack/image/available": (lambda c: c.live_stack.get_all(), [{"Filter": "L"}], {}, None),
    "application/plugins": (lambda c: c.application.get_plugins(), ["A", 5], {}, ("A",)),
    "plugin/settings": (lambda c: c.application.get_plugin_settings(), {}, {}, PluginSettings()),
    "application/get-tab": (
        lambda c: c.application.get_tab(),
        "imaging",
        {},
        ApplicationTab.IMAGING,
    ),
    "application/logs": (
        lambda c: c.application.get_log(5, "ERROR"),
        [{"Level": "ERROR", "Message": "No", "Line": "7"}],
        {"lineCount": "5", "level": "ERROR"},
        None,
    ),
    "time": (
        lambda c: c.application.get_time(),
        "2026-02-24T21:14:03.1234567+01:00",
        {},
        datetime(2026, 2, 24, 20, 14, 3, 123456, tzinfo=UTC),
    ),
    "astro-util/moon-separation": (
        lambda c: c.application.get_moon_separation(10.5, -3),
        {"Separation": 75.4},
        {"ra": "10.5", "dec": "-3"},
        None,
    ),
    "equipment/guider/graph": (lambda c: c.guider.get_graph(), {"PixelScale": 2}, {}, None),
    "equipment/focuser/last-af": (
        lambda c: c.focuser.get_last_autofocus(),
        {"Filter": "L"},
        {},
        None,
    ),
    "equipment/camera/list-devices": (
        lambda c: c.equipment.get_available(Role.CAMERA),
        [{"Id": "No_Device", "Category": "OFFLINE"}],
        {},
        None,
    ),
}


@pytest.mark.parametrize("name", READS)
async def test_what_is_asked(client: NinaClient, server: FakeServer, name: str) -> None:
    read, response, query, expected = READS[name]
    path = name.rstrip("?")
    server.answer(path, response)

    result = await read(client)

    assert [(each.path, each.query) for each in server.asked] == [(path, query)]
    assert result is not None
    if expected is not None:
        assert result == expected


@pytest.mark.parametrize("name", READS)
async def test_what_is_not_asked_of_the_oldest_servers(
    client: NinaClient, server: FakeServer, name: str
) -> None:
    """Either the first releases had the route, or nothing is sent."""
    client.plugin = PluginVersion(release(2, 0))
    read, response, *_ = READS[name]
    path = name.rstrip("?")
    server.answer(path, response)
    known = {"image-history", "profile/show", "sequence/json"}

    if path in known:
        await read(client)
    else:
        with pytest.raises(NinaVersionError):
            await read(client)
        assert not server.asked


async def test_the_address(client: NinaClient, server: FakeServer) -> None:
    assert str(client.url) == f"http://127.0.0.1:{server.port}"
    assert transport.MAX_BODY == 32 * 1024 * 1024

"""HTTP as the server's web library speaks it: pages, methods, headers, connections."""

import asyncio
import gzip
import json

import pytest

from simulator import Observatory

from .support import Client, eventually, observatory_with_client

API = "/v2/api"


DEVICES = {
    "camera": "set-readout set-readout/image set-readout/snapshot cool warm abort-exposure "
    "dew-heater usb-limit set-binning capture capture/statistics",
    "mount": "home tracking park unpark flip slew slew/stop set-park-position sync",
    "focuser": "move stop-move auto-focus last-af pins/reverse",
    "rotator": "move move-mechanical reverse set-mechanical-range stop-move",
    "filterwheel": "change-filter filter-info add-filter remove-filter",
    "dome": "open close stop set-follow sync slew set-park-position park home",
    "switch": "set",
    "guider": "start stop clear-calibration graph",
    "flatdevice": "set-light set-cover set-brightness",
    "safetymonitor": "",
    "weather": "",
}
OTHERS = """
/ /version /version/nina /time /application-start /equipment/info /event-history
/equipment/{device}/connect /equipment/{device}/disconnect /equipment/{device}/list-devices
/equipment/{device}/rescan
/sequence/json /sequence/state /sequence/start /sequence/stop /sequence/reset /sequence/skip
/sequence/list-available /sequence/load /sequence/set-target /sequence/edit
/framing/info /framing/set-source /framing/set-coordinates /framing/slew /framing/set-rotation
/framing/determine-rotation /astro-util/moon-separation
/profile/show /profile/change-value /profile/switch /profile/horizon
/application/switch-tab /application/get-tab /application/screenshot /application/plugins
/application/logs /plugin/settings
/image-history /image/{index} /image/{index}/solve /image/{index}/prefix /image/thumbnail/{index}
/prepared-image /prepared-image/solve
/livestack/status /livestack/start /livestack/stop /livestack/image/available
/livestack/image/{target}/{filter} /livestack/image/{target}/{filter}/info
/flats/skyflat /flats/auto-brightness /flats/auto-exposure /flats/trained-dark-flat
/flats/trained-flat /flats/status /flats/stop
"""


async def raw(port: int, request: str, *, wait: float = 0.3) -> bytes:
    """Send bytes and return all that comes back within a time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("\n", "\r\n").encode())
    await writer.drain()
    received = b""
    try:
        async with asyncio.timeout(wait):
            while data := await reader.read(65536):
                received += data
    except TimeoutError:
        pass
    writer.close()
    return received


def test_exactly_the_routes_of_the_contract_are_served(observatory: Observatory) -> None:
    common = ("info", "connect", "disconnect", "list-devices", "rescan")
    expected = set(OTHERS.split())
    for device, actions in DEVICES.items():
        expected |= {f"/equipment/{device}/{name}" for name in (*common, *actions.split())}
    assert set(observatory.transport.router.paths(observatory.dialect)) == expected


async def test_a_handler_that_fails_is_an_unknown_error(
    observatory: Observatory, client: Client
) -> None:
    observatory.profiles.horizon = [(1.0,)]  # type: ignore[list-item]  # a broken horizon file
    assert await client.refused("/profile/horizon") == ("Unknown error", 500)


async def test_unknown_paths_are_pages(client: Client) -> None:
    outside = await client.ask("/index.html")
    assert (outside.status, outside.content_type) == (404, "text/html; charset=utf-8")
    assert "<title>404 - Not Found</title>" in outside.text
    assert "No module was able to serve the requested path." in outside.text
    inside = await client.ask(f"{API}/equipment/info/x")
    assert inside.status == 404
    assert "No module" not in inside.text


async def test_paths_are_case_sensitive_but_slashes_do_not_matter(client: Client) -> None:
    assert (await client.ask(f"{API}/Version")).status == 404
    assert (await client.ask(f"{API}/version/")).json["Response"] == "2.2.15.0"
    assert (await client.ask("//v2//api//version")).json["Response"] == "2.2.15.0"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_other_verbs_are_not_allowed(client: Client, method: str) -> None:
    answer = await client.ask(f"{API}/version", method)
    assert (answer.status, answer.content_type) == (405, "text/html; charset=utf-8")


async def test_get_of_a_post_route_is_served_by_the_other_one(client: Client) -> None:
    answer = await client.ask(f"{API}/sequence/load")
    assert answer.status == 400
    assert "Missing query field sequenceName." in answer.text


async def test_head_is_answered_with_a_body_and_spoils_the_connection(
    observatory: Observatory,
) -> None:
    request = f"HEAD {API}/version HTTP/1.1\nHost: x\n\nGET {API}/version HTTP/1.1\nHost: x\n\n"
    data = await raw(observatory.port, request)
    head, _, rest = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"<!DOCTYPE html>" in rest
    assert rest.index(b"<!DOCTYPE") < rest.index(b'"Response":"2.2.15.0"')


async def test_options_is_empty_with_the_cors_option(client: Client) -> None:
    answer = await client.ask(f"{API}/version", "OPTIONS")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type, Authorization"


async def test_without_the_cors_option(rig: tuple[Observatory, Client]) -> None:
    observatory, client = rig
    observatory.settings.cors = False
    answer = await client.ask(f"{API}/version")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (await client.ask(f"{API}/version", "OPTIONS")).status == 405
    settings = await client.get("/plugin/settings")
    assert settings == {"AccessControlHeaderEnabled": False, "ShouldCreateThumbnails": True}


async def test_headers_of_json(client: Client) -> None:
    answer = await client.ask(f"{API}/version", headers={"Accept-Encoding": "gzip"})
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Server"] == "EmbedIO/3.5.2"
    for name in ("Content-Encoding", "ETag", "Last-Modified", "Cache-Control"):
        assert name not in answer.headers


async def test_pages_are_compressed_on_demand_and_not_cached(observatory: Observatory) -> None:
    request = f"GET {API}/no HTTP/1.1\nHost: x\nAccept-Encoding: gzip\n\n"
    data = await raw(observatory.port, request)
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Encoding: gzip" in head
    assert b"no-store" in head
    size, _, chunk = body.partition(b"\r\n")
    assert b"404 - Not Found" in gzip.decompress(chunk[: int(size, 16)])


async def test_keep_alive_counts_down_and_ends_after_a_hundred(observatory: Observatory) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", observatory.port)
    for number in range(1, 101):
        writer.write(f"GET {API}/version HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.split("Content-Length: ")[1].split("\r\n")[0])
        await reader.readexactly(length)
        if number < 100:
            assert f"Keep-Alive: timeout=15,max={100 - number}\r\n" in head
        else:
            assert "Connection: close" in head
    assert await reader.read() == b""
    writer.close()


async def test_idle_connections_are_closed(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the 15 s shortened, a connection is closed when it idles that long."""
    monkeypatch.setattr("simulator.listener.KEEP_ALIVE_SECONDS", 0.2)
    async with observatory_with_client() as (observatory, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", observatory.port)
        writer.write(f"GET {API}/version HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        async with asyncio.timeout(5):
            data = await reader.read()
        assert data.startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_silent_connection_is_closed(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the 90 s shortened, a connection without a request is closed."""
    monkeypatch.setattr("simulator.listener.FIRST_REQUEST_SECONDS", 0.1)
    async with observatory_with_client() as (observatory, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", observatory.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_long_queries_are_accepted_up_to_32_kb(client: Client) -> None:
    assert (await client.ask(f"{API}/version?x={'a' * 20000}")).status == 200


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/equipment/camera/cool?temperature=cold", "Cannot convert field temperature to Double."),
        ("/equipment/camera/cool?cancel=1", "Cannot convert field cancel to Boolean."),
        ("/equipment/camera/cool?cancel=", "Cannot convert field cancel to Boolean."),
        ("/equipment/camera/cool?cancel", "Cannot convert field cancel to Boolean."),
        ("/equipment/camera/cool?cancel=yes", "Cannot convert field cancel to Boolean."),
        ("/equipment/camera/set-readout?mode=70000", "Cannot convert field mode to Int16."),
        ("/equipment/focuser/move?position=1.0", "Cannot convert field position to Int32."),
        ("/equipment/rotator/move?position=x", "Cannot convert field position to Single."),
        ("/application/logs", "Missing query field lineCount."),
        ("/sequence/skip", "Missing query field type."),
        ("/sequence/skip?type=Everything", "Cannot convert field type to SequenceSkip"),
        ("/equipment/rotator/set-mechanical-range", "Missing query field range."),
        ("/image/0/prefix", "Missing query field prefix."),
    ],
)
async def test_what_cannot_be_bound_is_a_page(client: Client, path: str, text: str) -> None:
    answer = await client.ask(API + path)
    assert (answer.status, answer.content_type) == (400, "text/html; charset=utf-8")
    assert text in answer.text
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    "query",
    [
        "temperature=-5&minutes=0&cancel=true&nonsense=1",
        "TEMPERATURE=-5&cancel=True",
        "cancel=false&cancel=TRUE",
        "temperature=-5.5e0&minutes=0&CANCEL=tRuE",
    ],
)
async def test_what_binds(client: Client, query: str) -> None:
    """Unknown names are ignored, case does not matter, the last of several wins."""
    assert await client.get(f"/equipment/camera/cool?{query}") == "Cooling canceled"


async def test_missing_parameters_are_zero_or_false(rig: tuple[Observatory, Client]) -> None:
    observatory, client = rig
    await client.get("/equipment/flatdevice/set-cover")
    await eventually(lambda: observatory.flat_panel.cover.wire == "Open")


async def test_omission_is_checked_by_exact_name(rig: tuple[Observatory, Client]) -> None:
    """`RA=` binds, but counts as omitted: the sync exposes instead of using it."""
    observatory, client = rig
    observatory.mount.hardware.parked = False
    observatory.mount.refresh()
    before = len(observatory.events.names)
    await client.get("/equipment/mount/sync?RA=10&DEC=20")
    assert "IMAGE-PREPARED" in observatory.events.names[before:]


async def test_segments_that_are_no_numbers_are_a_server_error(client: Client) -> None:
    answer = await client.ask(f"{API}/image/latest")
    assert (answer.status, answer.headers["Connection"]) == (500, "close")


async def test_plain_get_of_socket_paths(client: Client) -> None:
    assert (await client.ask("/v2/socket")).status == 500
    below = await client.ask("/v2/socket/x")
    assert (below.status, below.body) == (200, b"")


async def test_names_are_escaped(client: Client) -> None:
    answer = await client.ask(f"{API}/equipment/mount/info")
    assert "\\u00B0" in answer.text
    assert answer.body.isascii()
    assert "°" in json.loads(answer.text)["Response"]["DeclinationString"]


async def test_index_has_no_envelope(client: Client) -> None:
    answer = await client.ask(API)
    assert isinstance(answer.json, str)


async def test_two_servers_take_the_next_free_port(client: Client) -> None:
    async with observatory_with_client(port=client.port) as (observatory, other):
        assert observatory.port > client.port
        assert await other.get("/version") == "2.2.15.0"
        assert await client.get("/version") == "2.2.15.0"


async def test_requests_are_served_in_parallel(rig: tuple[Observatory, Client]) -> None:
    observatory, client = rig
    async with observatory.faults.during("hang", path="/equipment/info"):
        waiting = asyncio.ensure_future(client.get("/equipment/info"))
        await eventually(lambda: observatory.ledger.pending == 1)
        assert await client.get("/version") == "2.2.15.0"
        assert not waiting.done()
    assert "Camera" in await waiting
    assert observatory.ledger.peak == 2

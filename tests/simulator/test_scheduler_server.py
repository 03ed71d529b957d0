"""The scheduler's HTTP server, over real sockets: transport, bodies, errors, profile switches."""

import asyncio
from collections.abc import AsyncIterator
import gzip
import json
import math
from typing import Any
import zlib

import aiohttp
import pytest

from simulator.scheduler.coding import chosen_coding
from simulator.scheduler.model import AcquiredFrame
from simulator.scheduler.sample import store_from
from simulator.scheduler.server import SchedulerServer

from .captured import capture, sample
from .scheduling import AFTERNOON, OWN, UNKNOWN, body, raw, serving, url


@pytest.fixture
async def server(socket_enabled: None) -> AsyncIterator[SchedulerServer]:
    """Serve the default store."""
    async with serving() as server:
        yield server


@pytest.fixture
async def sampled(socket_enabled: None) -> AsyncIterator[SchedulerServer]:
    """Serve the composed sample."""
    async with serving(store_from(sample())) as server:
        yield server


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a client that decodes nothing by itself."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def test_every_body_of_the_sample(
    sampled: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    routes = sample()["routes"]
    assert await body(session, sampled, "/version") == routes["/version"]
    assert await body(session, sampled, "/profiles") == routes["/profiles"]
    for kind, path in (("profiles", "projects"), ("projects", "targets")):
        for key, expected in routes[f"/{kind}/{{id}}/{path}"].items():
            assert await body(session, sampled, f"/{kind}/{key}/{path}") == expected


async def test_the_statistics_of_the_sample(
    sampled: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    for key, expected in sample()["routes"]["/targets/{id}/statistics"].items():
        path = f"/targets/{key}/statistics"
        if isinstance(expected, list):
            found = await body(session, sampled, path)
            for one, other in zip(found, expected, strict=True):
                assert one == pytest.approx(other, rel=1e-6)
            continue
        async with session.get(url(sampled, "/ts/v0" + path)) as answer:
            assert answer.status == expected["$raw"]["status"]
            assert answer.headers["Content-Type"] == expected["$raw"]["content_type"]
            content = await answer.read()
        if "body" in expected["$raw"]:
            assert content == b""
            assert answer.headers["Content-Length"] == "0"
        else:
            assert "NullReferenceException" in gzip.decompress(content).decode()
            assert answer.headers["Connection"] == "close"


async def test_the_error_examples_of_the_sample(
    sampled: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    for example in sample()["error_examples"]:
        method, path = example["request"].split(" ")
        headers = {"Accept-Encoding": "identity"}
        if method == "HEAD":
            head, page = await raw(sampled, f"HEAD {path} HTTP/1.1")
            assert head.startswith("HTTP/1.1 405")
            assert b"405 - Method Not Allowed" in page
            continue
        async with session.request(method, url(sampled, path), headers=headers) as answer:
            assert answer.status == example["status"], example
            assert answer.headers["Content-Type"] == example["content_type"]
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            content = (await answer.read()).decode()
        if "body" in example:
            assert content == example["body"]
        else:
            assert f"{example['status']} - " in content


@pytest.mark.parametrize(
    "name", ["ts_docs_profiles", "ts_docs_projects", "ts_docs_targets", "ts_docs_preview"]
)
async def test_shapes_of_the_documented_answers(
    server: SchedulerServer, session: aiohttp.ClientSession, name: str
) -> None:
    project = server.store.projects[0].project_id
    paths = {
        "ts_docs_profiles": "/profiles",
        "ts_docs_projects": f"/profiles/{OWN}/projects",
        "ts_docs_targets": f"/projects/{project}/targets",
        "ts_docs_preview": f"/profiles/{OWN}/preview",
    }
    documented = capture(name)
    served = await body(session, server, paths[name])
    _same_shape(served[0], documented[0])
    _same_shape(served[-1], documented[-1])


def _same_shape(one: Any, other: Any) -> None:
    """Fail unless two bodies have the same keys and kinds of values."""
    if isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            if None not in (one[key], other[key]):
                _same_shape(one[key], other[key])
    elif isinstance(one, list):
        if one and other:
            _same_shape(one[0], other[0])
    elif isinstance(one, float):
        assert isinstance(other, int | float)
    elif not isinstance(other, float):
        assert type(one) is type(other)


async def test_paths_are_forgiving_about_slashes_only(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    for path in ("/ts/v0/version/", "//ts//v0/version"):
        async with session.get(url(server, path)) as answer:
            assert answer.status == 200
    for path in ("/ts/v0/Version", "/ts/v0", "/ts/v1/version", "/tsx/v0/version"):
        async with session.get(url(server, path)) as answer:
            assert answer.status == 404


async def test_the_framing_of_an_answer(server: SchedulerServer) -> None:
    head, content = await raw(server, "GET /ts/v0/version HTTP/1.1")
    assert "Transfer-Encoding: chunked" in head
    assert "Content-Length" not in head
    assert "Content-Encoding: identity" in head
    assert "Vary: Accept-Encoding" in head
    assert "Access-Control-Allow-Origin: *" in head
    assert "Content-Type: application/json; charset=utf-8" in head
    assert "Server: EmbedIO/3.5.2" in head
    assert b'"5.9.3.0"' in content


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip, deflate, br", "gzip"),
        ("deflate, gzip", "deflate"),
        ("deflate;q=0.5, gzip", "gzip"),
        ("br, identity", "identity"),
        ("*", "gzip"),
        ("br", None),
        ("gzip;q=0", None),
        ("gzip;q=x", None),
    ],
)
def test_negotiation_of_codings(header: str | None, coding: str | None) -> None:
    assert chosen_coding(header) == coding


async def test_compression(server: SchedulerServer, session: aiohttp.ClientSession) -> None:
    address = url(server, "/ts/v0/profiles")
    plain = json.dumps(await body(session, server, "/profiles"))
    async with session.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
        assert json.dumps(json.loads(gzip.decompress(await answer.read()))) == plain
    async with session.get(address, headers={"Accept-Encoding": "deflate, gzip"}) as answer:
        content = zlib.decompress(await answer.read(), wbits=-zlib.MAX_WBITS)
        assert json.dumps(json.loads(content)) == plain
    async with session.get(address, headers={"Accept-Encoding": "br"}) as answer:
        assert answer.status == 406
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_other_methods(server: SchedulerServer, session: aiohttp.ClientSession) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        async with session.request(method, url(server, "/ts/v0/profiles")) as answer:
            assert answer.status == 405
        async with session.request(method, url(server, "/nothing")) as answer:
            assert answer.status == 404


async def test_texts_are_escaped_and_whole_numbers_have_no_point(server: SchedulerServer) -> None:
    server.store.profiles[0].name = "Ü & <b> \"q\" 'a' +"
    _, content = await raw(server, "GET /ts/v0/profiles HTTP/1.1")
    assert rb"\u00DC \u0026 \u003Cb\u003E \u0022q\u0022 \u0027a\u0027 \u002B" in content
    project = server.store.projects[0].project_id
    _, content = await raw(server, f"GET /ts/v0/projects/{project}/targets HTTP/1.1")
    assert b'"Rotation":12.5' in content
    assert b'"ROI":100,' in content
    assert b'"Exposure":600,' in content


async def test_formatted_output(server: SchedulerServer) -> None:
    preferences = server.store.active_profile.preferences
    assert preferences is not None
    preferences.formatted_output = True
    _, content = await raw(server, "GET /ts/v0/profiles HTTP/1.1")
    assert b'[\r\n  {\r\n    "Id": "' in content
    _, content = await raw(server, f"GET /ts/v0/profiles/{UNKNOWN}/projects HTTP/1.1")
    assert b"[]" in content


async def test_times_are_local_with_the_offset_of_their_date(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    projects = await body(session, server, f"/profiles/{OWN}/projects")
    assert {project["ActiveDate"] for project in projects} == {"1970-01-01T01:00:00+01:00"}
    offsets = {project["CreateDate"][-6:] for project in projects}
    assert offsets == {"+01:00", "+02:00"}
    assert all(len(project["CreateDate"]) == 25 for project in projects)
    entries = await body(session, server, f"/profiles/{OWN}/preview")
    assert entries[0]["StartTime"] == "2026-11-14T13:00:00+01:00"
    assert len(entries[1]["StartTime"].partition(".")[2].partition("+")[0]) == 7


async def test_a_preview_with_and_without_offset(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    path = f"/profiles/{OWN}/preview?"
    entries = await body(session, server, path + "STARTTIME=2026-11-15T00:30:00%2B01:00")
    assert entries[0]["StartTime"] == "2026-11-15T00:30:00+01:00"
    entries = await body(session, server, path + "startTime=2026-11-15T00:30:00")
    assert entries[0]["StartTime"] == "2026-11-15T00:30:00"
    assert "+" not in entries[-1]["EndTime"]
    entries = await body(session, server, path + "startTime=")
    assert entries[0]["StartTime"] == "2026-11-14T13:00:00+01:00"
    assert server.preview_calls == 3
    for wrong in ("startTime=2026-11-15T00:30:00+01:00", "startTime=soon"):
        async with session.get(url(server, f"/ts/v0{path}{wrong}")) as answer:
            assert answer.status == 400
            assert answer.headers["Connection"] == "close"
    assert server.store.database_writes > 0


async def test_a_preview_can_take_long(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    server.preview_seconds = 5
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await body(session, server, f"/profiles/{OWN}/preview")
    assert server.preview_calls == 1


async def test_statistics_of_new_frames(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    project = next(p for p in server.store.projects if p.filter_switch_frequency)
    target = project.targets[0]
    preferences = server.store.active_profile.preferences
    assert preferences is not None
    preferences.accept_hfr = 1.7
    found = await body(session, server, f"/targets/{target.target_id}/statistics")
    assert {key: v for key, v in found[0].items() if key != "Exposure"} == {
        key: value for key, value in found[4].items() if key != "Exposure"
    }
    assert 0 < found[0]["HFRBelowAutoAcceptLevel"] < len(target.frames)
    assert found[0]["FWHMBelowAutoAcceptLevel"] == -1
    target.frames.clear()
    empty = await body(session, server, f"/targets/{target.target_id}/statistics")
    assert empty[0]["HFRMean"] == 0
    assert empty[0]["HFRBelowAutoAcceptLevel"] == -1
    unmeasured = AcquiredFrame("L", 180, AFTERNOON, 1.8, math.nan, math.nan)
    server.store.record(project, target, target.plans[0], unmeasured)
    async with session.get(url(server, f"/ts/v0/targets/{target.target_id}/statistics")) as answer:
        assert (answer.status, await answer.read()) == (200, b"")


async def test_counters_advance(server: SchedulerServer, session: aiohttp.ClientSession) -> None:
    project = server.store.projects[0]
    target, plan = project.targets[1], project.targets[1].plans[2]
    path = f"/projects/{project.project_id}/targets"
    before = (await body(session, server, path))[1]["ExposurePlan"][2]
    frame = AcquiredFrame("SII", 600, AFTERNOON, 1.8)
    server.store.record(project, target, plan, frame)
    after = (await body(session, server, path))[1]["ExposurePlan"][2]
    assert after["Acquired"] == before["Acquired"] + 1
    assert after["Ungraded"] == before["Ungraded"] + 1
    plan.accepted = plan.acquired + 2
    edited = (await body(session, server, path))[1]["ExposurePlan"][2]
    assert edited["Ungraded"] == -2


@pytest.mark.parametrize("name", ["html", "empty", "truncated", "error_500", "wrong_types"])
async def test_faults_in_the_body(
    server: SchedulerServer, session: aiohttp.ClientSession, name: str
) -> None:
    path = f"/projects/{server.store.projects[0].project_id}/targets"
    whole = await body(session, server, path)
    headers = {"Accept-Encoding": "identity"}
    async with (
        server.faults.during(name, path="/ts/v0/projects/*"),
        session.get(url(server, "/ts/v0" + path), headers=headers) as answer,
    ):
        content = (await answer.read()).decode()
        assert answer.status == (500 if name == "error_500" else 200)
    try:
        assert json.loads(content) != whole
    except ValueError:
        assert name != "wrong_types"
    assert await body(session, server, path) == whole


async def test_a_reset_in_the_middle_and_a_slow_answer(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    async with server.faults.during("reset", path="/ts/*"):
        with pytest.raises(aiohttp.ClientError):
            await body(session, server, "/profiles")
    async with server.faults.during("slow", path="/ts/v0/version", seconds=0.1):
        started = asyncio.get_running_loop().time()
        await body(session, server, "/version")
        assert asyncio.get_running_loop().time() - started > 0.09
    async with server.faults.during("hang", path="/ts/*"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await body(session, server, "/version")


async def test_the_ledger_knows_what_was_asked(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    await body(session, server, "/version")
    await body(session, server, f"/profiles/{OWN}/preview?startTime=2026-11-15T00:30:00Z")
    assert server.ledger.total == 2
    call = server.ledger.calls(f"/ts/v0/profiles/{OWN}/preview")[0]
    assert call.parameters == {"startTime": "2026-11-15T00:30:00Z"}
    assert call.status == 200
    assert call.size > 100


async def test_another_version(server: SchedulerServer, session: aiohttp.ClientSession) -> None:
    server.store.version = "5.10.2.0"
    assert await body(session, server, "/version") == "5.10.2.0"


async def test_an_exposure_is_the_plans_own_or_that_of_the_template(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    project = next(p for p in server.store.projects if p.targets[0].plans[0].exposure is not None)
    plans = (await body(session, server, f"/projects/{project.project_id}/targets"))[0]
    own, template = plans["ExposurePlan"][:2]
    assert own["Exposure"] == project.targets[0].plans[0].exposure
    assert template["Exposure"] == project.targets[0].plans[1].template_exposure

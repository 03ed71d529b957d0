"""Versions, and what servers can do by them."""

import pytest

from custom_components.nina_observatory.api import (
    NinaClient,
    NinaResponseError,
    NinaVersionError,
    PluginVersion,
    parse_version,
    release,
)
from custom_components.nina_observatory.api.endpoints.camera import CameraEndpoint
from custom_components.nina_observatory.api.endpoints.dome import DomeEndpoint
from custom_components.nina_observatory.api.endpoints.sequence import SequenceEndpoint

from .fake import FakeServer


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2.2.9.0", "2.2.10.0"),
        ("2.2.14.5", "2.2.15"),
        ("2.2", "2.2.0.1"),
        ("2.2.15.0", "3.0"),
        ("5.9.3.0", "5.10.0.0"),
    ],
)
def test_versions_compare_by_number(older: str, newer: str) -> None:
    assert parse_version(older) < parse_version(newer)
    assert parse_version(newer) >= parse_version(older)


def test_versions_that_are_the_same() -> None:
    assert parse_version("2.2.0.0") == parse_version(" 2.2 ")
    assert hash(parse_version("2.2.0.0")) == hash(parse_version("2.2"))
    assert parse_version("2.2") != "2.2"
    assert str(parse_version("3.2.0.9001")) == "3.2.0.9001"
    assert str(parse_version("3.3 NIGHTLY #012")) == "3.3"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.2.15.2", (2, 2, 15, 2)),
        ("2.2.15.0-beta", (2, 2, 15, 0)),
        ("2.2.15.0rc1", (2, 2, 15, 0)),
        ("2.2.15.dev3", (2, 2, 15)),
        ("2.2.15.0+local.7", (2, 2, 15, 0)),
        ("2.2.15.x", (2, 2, 15)),
        ("2.2..15", (2, 2)),
        ("02.002", (2, 2)),
        ("1!2.2", (1,)),
        ("7" * 5000, (777777777,)),
    ],
)
def test_only_the_numbers_of_a_version_count(text: str, numbers: tuple[int, ...]) -> None:
    assert parse_version(text) == release(*numbers)


def test_a_version_without_numbers_is_older_than_any() -> None:
    assert release() < release(0, 0, 1)


@pytest.mark.parametrize("text", ["", "v2", "two", ".5", "\u0662.\u0662"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(NinaResponseError):
        parse_version(text)


CAPABILITIES = (
    "names_enums",
    "streams_pictures",
    "reports_start",
    "loses_nan",
    "fails_without_mount",
    "has_bundle",
)


@pytest.mark.parametrize(
    ("version", "capabilities"),
    [
        ("1.0.0.0", ""),
        ("2.1.2.0", ""),
        ("2.1.6.0", "streams_pictures"),
        ("2.1.8.0", "streams_pictures names_enums"),
        ("2.2.7.0", "streams_pictures names_enums reports_start loses_nan"),
        ("2.2.8.0", "streams_pictures names_enums reports_start"),
        (
            "2.2.12.1",
            "streams_pictures names_enums reports_start fails_without_mount",
        ),
        (
            "2.2.14.5",
            "streams_pictures names_enums reports_start fails_without_mount",
        ),
        ("2.2.14.6", "streams_pictures names_enums reports_start has_bundle"),
        ("2.2.15.0", "streams_pictures names_enums reports_start has_bundle"),
        ("3.0.0.0", "streams_pictures names_enums reports_start has_bundle"),
    ],
)
def test_capabilities(version: str, capabilities: str) -> None:
    plugin = PluginVersion.of(parse_version(version))

    assert {name for name in CAPABILITIES if getattr(plugin, name)} == set(capabilities.split())


@pytest.mark.parametrize("version", ["0.9", "1.0.0.1", "1.9.9"])
async def test_a_plugin_that_is_too_old(
    client: NinaClient, server: FakeServer, version: str
) -> None:
    server.answer("version", version)

    with pytest.raises(NinaVersionError, match=version):
        await client.get_server()


async def test_a_server_of_the_first_releases(client: NinaClient, server: FakeServer) -> None:
    server.answer("version", "1.0.0.0")

    found = await client.get_server()

    assert str(found.plugin_version) == "2.0"
    assert (found.nina_version, found.started_at) == (None, None)
    assert client.plugin == PluginVersion(release(2, 0))
    assert server.paths == ["version"]


async def test_a_server_of_today(client: NinaClient, server: FakeServer) -> None:
    server.answer("version", "2.2.15.0")
    server.answer("version/nina", "3.2.0.9001 ")
    server.answer("application-start", "2026-09-04T17:27:55.7234685-05:00")

    found = await client.get_server()

    assert (str(found.plugin_version), found.nina_version) == ("2.2.15.0", "3.2.0.9001")
    assert found.started_at is not None
    assert found.started_at.utcoffset() is not None


async def test_a_server_that_cannot_tell_of_nina(client: NinaClient, server: FakeServer) -> None:
    server.answer("version", "2.2.15.0")
    server.refuse("version/nina", "Unknown error", 500)

    found = await client.get_server()

    assert (found.nina_version, found.started_at) == (None, None)


async def test_what_a_server_is_too_old_for(client: NinaClient, server: FakeServer) -> None:
    server.answer("version", "2.1.0.0")
    await client.get_server()

    with pytest.raises(
        NinaVersionError, match=r"DomeEndpoint.park needs plugin version 2\.2\.1, .* 2\.1"
    ):
        await client.dome.park()

    assert server.paths == ["version"]
    assert not client.supports(DomeEndpoint.park)
    assert client.supports(DomeEndpoint.close_shutter)
    assert client.supports(CameraEndpoint.cool)


def test_until_it_is_known_a_server_is_taken_for_a_new_one(client: NinaClient) -> None:
    assert client.supports(SequenceEndpoint.skip)
    assert client.plugin.has_bundle


async def test_what_a_server_tells_of_itself(client: NinaClient, server: FakeServer) -> None:
    server.answer("version", "2.2.15.0")
    server.answer("version/nina", "3.2.0.9001 ")
    server.answer("application-start", "2026-09-04T17:27:55.7234685-05:00")

    assert await client.application.get_plugin_version() == release(2, 2, 15)
    assert await client.application.get_nina_version() == "3.2.0.9001"
    start = await client.application.get_start()
    assert start is not None
    assert start.isoformat() == "2026-09-04T17:27:55.723468-05:00"

    server.refuse("version/nina", "Unknown error", 500)
    server.refuse("application-start", "Unknown error", 500)
    assert await client.application.get_nina_version() is None
    assert await client.application.get_start() is None


def test_a_version_from_before(client: NinaClient) -> None:
    """It holds until the server was asked; what is none is no version."""
    newest = client.plugin
    for odd in ("", "N.I.N.A.", "1.9"):
        client.assume_version(odd)
        assert client.plugin == newest
    client.assume_version("2.2.10.0")
    assert client.plugin.version == release(2, 2, 10, 0)

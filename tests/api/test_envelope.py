"""What is in the envelope of an answer, and answers that have none."""

from collections.abc import Awaitable, Callable

import pytest

from custom_components.nina_observatory.api import (
    FlatFrames,
    NinaClient,
    NinaCommandError,
    NinaNotFoundError,
    NinaNotReadyError,
    NinaResponseError,
    Reply,
)
from custom_components.nina_observatory.api.transport import Answer, open_envelope

from .fake import FakeServer, envelope

JSON = "application/json"


BROKEN: dict[str, Callable[[FakeServer], None]] = {
    "page": lambda server: server.raw("version", b"<html>502</html>", "text/html", 502),
    "empty": lambda server: server.raw("version", b""),
    "cut": lambda server: server.raw("version", b'{"Response": "2.2.15'),
    "not JSON": lambda server: server.raw("version", b"\xff\xfe\x00"),
    "no envelope": lambda server: server.raw("version", b'"2.2.15.0"'),
    "half an envelope": lambda server: server.raw("version", b'{"Success": true}'),
    "other envelope": lambda server: server.raw("version", b'{"Response": 1, "Status": "ok"}'),
    "not a text": lambda server: server.answer("version", 2.2),
    "not a version": lambda server: server.answer("version", "two"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_something_answers_that_is_not_nina(
    client: NinaClient, server: FakeServer, broken: Callable[[FakeServer], None]
) -> None:
    broken(server)

    with pytest.raises(NinaResponseError) as caught:
        await client.get_server()

    assert not isinstance(caught.value, NinaNotFoundError)


async def test_a_route_the_server_does_not_have(client: NinaClient, server: FakeServer) -> None:
    with pytest.raises(NinaNotFoundError):
        await client.profile.get()

    assert len(server.asked) == 1


async def test_a_route_a_server_before_2_1_does_not_have(
    client: NinaClient, server: FakeServer
) -> None:
    server.refuse("equipment/mount/park", "Unknown action", 400)

    with pytest.raises(NinaNotFoundError):
        await client.mount.park()


READS: dict[str, Callable[[NinaClient], Awaitable[object]]] = {
    "object": lambda client: client.profile.get(),
    "array": lambda client: client.profile.get_all(),
    "number": lambda client: client.frames.count(),
    "text": lambda client: client.live_stack.get_state(),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_an_answer_of_another_kind(
    client: NinaClient, server: FakeServer, read: Callable[[NinaClient], Awaitable[object]]
) -> None:
    for path in ("profile/show", "image-history", "livestack/status"):
        server.answer(path, None)

    with pytest.raises(NinaResponseError, match="expected"):
        await read(client)


async def test_a_refusal_is_in_the_words_of_nina(client: NinaClient, server: FakeServer) -> None:
    server.refuse("equipment/dome/open", "Dome not connected", 409)

    with pytest.raises(NinaCommandError) as caught:
        await client.dome.open_shutter()

    assert (caught.value.text, caught.value.code) == ("Dome not connected", 409)
    assert str(caught.value) == "Dome not connected"


async def test_a_success_text_beside_an_error_is_an_error(
    client: NinaClient, server: FakeServer
) -> None:
    server.answer(
        "equipment/focuser/auto-focus",
        "Autofocus started",
        "Focuser not connected",
        409,
        success=False,
    )

    with pytest.raises(NinaCommandError, match="Focuser not connected"):
        await client.focuser.start_autofocus()


async def test_a_quiet_failure_is_left_to_the_state(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/dome/set-follow", "Following enabled", success=False)

    assert await client.dome.set_following(enabled=True) == Reply("Following enabled", False)


@pytest.mark.parametrize("code", [409, 400])
async def test_a_sequencer_that_is_not_ready(
    client: NinaClient, server: FakeServer, code: int
) -> None:
    server.refuse("sequence/json", "Sequence is not initialized", code)

    with pytest.raises(NinaNotReadyError):
        await client.sequence.get()


@pytest.mark.parametrize(
    ("body", "text", "code"),
    [
        (
            b'{"Response": "", "Error": "", "StatusCode": 500, "Success": false}',
            "Unknown error",
            500,
        ),
        (b'{"Response": "", "Error": "Bad", "Success": false}', "Bad", 500),
        (b'{"Response": "", "Error": "Bad", "StatusCode": "x", "Success": 1}', "Bad", 500),
    ],
)
def test_an_envelope_with_parts_missing(body: bytes, text: str, code: int) -> None:
    with pytest.raises(NinaCommandError) as caught:
        open_envelope(Answer(200, JSON, body))

    assert (caught.value.text, caught.value.code) == (text, code)


def test_an_envelope_without_a_code_can_be_a_success() -> None:
    """So it was in a weather sample of the first documentation."""
    opened = open_envelope(
        Answer(200, JSON, b'{"Response": {"A": 1}, "Error": "", "Success": true}')
    )

    assert opened.object() == {"A": 1}


async def test_the_http_status_says_nothing(client: NinaClient, server: FakeServer) -> None:
    server.raw("image-history", envelope(7), status=500)

    assert await client.frames.count() == 7


async def test_the_issues_of_flats_come_along(client: NinaClient, server: FakeServer) -> None:
    server.answer("flats/skyflat", ["No camera", "No filter"], "Issues found", 400, success=False)

    with pytest.raises(NinaCommandError, match="Issues found: No camera: No filter") as caught:
        await client.flats.take_sky(FlatFrames(count=3))

    assert caught.value.details == ("No camera", "No filter")

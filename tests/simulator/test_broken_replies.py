"""Bad answers to a command that was done, or was not."""

import asyncio

import aiohttp
import pytest

from simulator import Observatory

from .support import Client

API = "/v2/api"


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(
    "fault", ["unknown_error", "html", "empty", "error_500", "reset", "lost_reply", "redirect"]
)
async def test_a_command_fails_before_or_after_it_was_done(
    observatory: Observatory, client: Client, fault: str, done: bool
) -> None:
    """A bad answer to one command, and the command is begun or not; the next one works."""
    path = "/equipment/mount/unpark"
    # The client library repeats a request by itself when its connection breaks.
    count = 2 if fault in ("reset", "lost_reply") else 1
    await observatory.faults.start(fault, path=path, count=count, done=done)
    try:
        answer = await client.ask(f"{API}{path}", allow_redirects=False)
    except aiohttp.ClientError:
        assert fault in ("reset", "lost_reply")
    else:
        assert answer.text != "Unparking"
    await observatory.clock.sleep(10)
    assert observatory.mount.parked is not done
    if fault in ("reset", "lost_reply"):
        await observatory.faults.clear()
    await client.get("/equipment/mount/unpark")


async def test_an_error_with_a_text_of_choice(observatory: Observatory, client: Client) -> None:
    """What other errors say, for as many requests as wanted."""
    text = "No DSO Container found"
    await observatory.faults.start("unknown_error", path="/sequence/json", text=text, code=409)
    assert [await client.refused("/sequence/json") for _ in range(3)] == [(text, 409)] * 3
    assert await client.get("/sequence/stop") == "Sequence stopped"


async def test_a_late_answer_to_what_was_done_at_once(
    observatory: Observatory, client: Client
) -> None:
    """A slow or hanging reply need not mean that nothing happens."""
    await observatory.faults.start("slow", path="/equipment/*", seconds=0.3, done=True)
    waiting = asyncio.ensure_future(client.get("/equipment/mount/unpark"))
    await observatory.clock.sleep(8)
    assert not observatory.mount.parked
    assert not waiting.done()
    await waiting


async def test_the_bundle_alone_is_reset(observatory: Observatory, client: Client) -> None:
    """A server may break the bundle and answer for every single device."""
    await observatory.faults.start("reset", path="/equipment/info", done=False)
    with pytest.raises(aiohttp.ClientError):
        await client.get("/equipment/info")
    for device in observatory.devices:
        assert (await client.get(f"/equipment/{device.path}/info"))["Connected"] is True

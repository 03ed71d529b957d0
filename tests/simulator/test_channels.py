"""Websocket channels: handshake, frames, many clients, polar alignment."""

import asyncio
import json

import aiohttp
import pytest

from simulator import Observatory

from .support import Client, eventually, happened, observatory_with_client


async def test_messages_have_the_envelope_and_no_time(
    observatory: Observatory, client: Client
) -> None:
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        await observatory.events.emit("SAFETY-CHANGED", IsSafe=True)
        await eventually(lambda: listener.messages)
    assert listener.messages == [
        {
            "Response": {"Event": "SAFETY-CHANGED", "IsSafe": True},
            "Error": "",
            "StatusCode": 200,
            "Success": True,
            "Type": "Socket",
        }
    ]


async def test_nothing_is_said_at_first_and_nothing_heard(
    observatory: Observatory, client: Client
) -> None:
    async with client.listening() as listener:
        for text in ("enable-consumer-events", "disable-consumer-events", "nonsense", "{}"):
            await listener.socket.send_str(text)
        await observatory.events.emit("MOUNT-HOMED")
        await eventually(lambda: listener.messages)
    assert listener.names == ["MOUNT-HOMED"]


async def test_own_texts_are_bare_strings_and_not_recorded(
    observatory: Observatory, client: Client
) -> None:
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        await observatory.events.emit_text("  Dinner is ready ")
        await eventually(lambda: listener.messages)
    assert listener.messages[0]["Response"] == "Dinner is ready"
    assert "Dinner is ready" not in json.dumps(await client.get("/event-history"))


async def test_every_client_gets_everything(observatory: Observatory, client: Client) -> None:
    async with client.listening() as one, client.listening() as other:
        await eventually(lambda: observatory.socket.clients == 2)
        for number in range(50):
            await observatory.events.emit("AUTOFOCUS-POINT-ADDED", Position=number, HFR=2.0)
        await eventually(lambda: len(one.messages) == len(other.messages) == 50)
    assert one.messages == other.messages
    assert [entry["Position"] for entry in one.of("AUTOFOCUS-POINT-ADDED")] == list(range(50))
    await eventually(lambda: observatory.socket.clients == 0)


async def test_pings_are_answered(client: Client) -> None:
    address = f"http://127.0.0.1:{client.port}/v2/socket"
    async with client.session.ws_connect(address, autoping=False) as socket:
        await socket.ping(b"hello")
        message = await socket.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"hello")


async def test_handshakes_with_protocols_are_refused_and_nothing_is_compressed(
    client: Client,
) -> None:
    address = f"http://127.0.0.1:{client.port}/v2/socket"
    with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
        await client.session.ws_connect(address, protocols=("nina",))
    assert raised.value.status == 400
    async with client.session.ws_connect(address, compress=15) as socket:
        assert socket.compress == 0


async def test_long_messages_come_in_fragments(observatory: Observatory, client: Client) -> None:
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        for length in (3000, 70000):
            await observatory.events.emit("STACK-STATUS", Status="x" * length)
        await eventually(lambda: len(listener.messages) == 2)
    assert [len(entry["Status"]) for entry in listener.of("STACK-STATUS")] == [3000, 70000]


async def test_history_of_events(observatory: Observatory, client: Client) -> None:
    await observatory.events.emit("IMAGE-PREPARED")
    await observatory.events.emit("FLAT-BRIGHTNESS-CHANGED", Previous=1, New=2)
    await observatory.events.emit("IMAGE-SAVE", ImageStatistics={"HFR": 2.0})
    entries = (await client.get("/event-history"))[-2:]
    assert [set(entry) for entry in entries] == [
        {"Event", "Previous", "New", "Time"},
        {"Event", "Time"},
    ]
    assert entries[0]["Previous"] == 1, "flat values are intact"


CHANNELS = {
    "/v2/tppa": "2.1.0",
    "/v2/mount": "2.1.8",
    "/v2/filterwheel": "2.2.1.0",
    "/v2/rotator": "2.2.11.0",
}


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(("path", "since"), CHANNELS.items())
async def test_channels_by_version(path: str, since: str) -> None:
    async with observatory_with_client(version=since) as (_, client), client.listening(path):
        pass
    async with observatory_with_client(version="2.0.1") as (_, client):
        assert (await client.ask(path)).status == 404


async def test_polar_alignment(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.mount.put(observatory.sequence.target)
    settings = {"Action": "start-alignment", "TargetDistance": 5, "EastDirection": False}
    async with client.listening("/v2/tppa") as listener, client.listening("/v2/tppa") as other:
        await eventually(lambda: observatory.tppa.channel.clients == 2)
        await listener.socket.send_str(json.dumps(settings))
        await eventually(lambda: len(errors(other)) >= 4)
        assert listener.messages[0]["Response"] == "started procedure"
        totals = [entry["TotalError"] for entry in errors(listener)]
        assert totals[-1] < totals[0] == pytest.approx(0.5, abs=0.02)
        progress = [m["Response"] for m in listener.messages if "Status" in m["Response"]]
        assert progress[0] == {"Status": "Measuring point 1", "Progress": 0.0}
        assert "NaN" in [entry["Progress"] for entry in progress]
        await listener.socket.send_str("pause-alignment")
        await eventually(lambda: listener.messages[-1]["Response"] == "paused procedure")
        before = len(errors(listener))
        await observatory.clock.sleep(50)
        assert len(errors(listener)) <= before + 1
        await listener.socket.send_str("resume-alignment")
        await eventually(lambda: len(errors(listener)) > before + 2)
        await listener.socket.send_str("stop-alignment")
        await eventually(lambda: not observatory.tppa.running)
        await eventually(lambda: listener.messages[-1]["Response"] == "stopped procedure")


def errors(listener: object) -> list[dict[str, float]]:
    """Return the alignment errors that came."""
    messages = getattr(listener, "messages")  # noqa: B009 - any listener will do
    found = [message["Response"] for message in messages]
    return [entry for entry in found if isinstance(entry, dict) and "TotalError" in entry]


async def test_alignment_is_confirmed_without_the_plugin(
    observatory: Observatory, client: Client
) -> None:
    observatory.tppa.installed = False
    async with client.listening("/v2/tppa") as listener:
        for word in ("nonsense", "[1]", '{"Action": "dance"}', "start-alignment"):
            await listener.socket.send_str(word)
        await eventually(lambda: listener.messages)
        assert [m["Response"] for m in listener.messages] == ["started procedure"]
    assert not observatory.tppa.running


@pytest.mark.parametrize("text", ["{}", "null"])
async def test_json_without_an_action_ends_nina(
    observatory: Observatory, client: Client, text: str
) -> None:
    async with client.listening("/v2/tppa") as listener:
        await listener.socket.send_str(text)
        await eventually(lambda: not observatory.transport.listener.is_open)
    with pytest.raises(aiohttp.ClientError):
        await client.get("/version")


async def test_alignment_without_stars_gives_up(observatory: Observatory) -> None:
    observatory.mount.put(observatory.sequence.target)
    await observatory.tppa.run()
    assert "ERROR-PLATESOLVE" in observatory.events.names


async def test_storing_an_event_does_not_wait_for_clients(observatory: Observatory) -> None:
    waiting = asyncio.ensure_future(observatory.events.wait_for("MOUNT-HOMED"))
    await asyncio.sleep(0)
    await observatory.events.emit("MOUNT-HOMED")
    assert (await waiting).name == "MOUNT-HOMED"
    await happened(observatory, "MOUNT-HOMED")

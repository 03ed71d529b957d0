"""Local times in the history of events, in nights in which clocks change and after them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.nina_observatory.api import NinaClient

from .fake import FakeServer


@pytest.mark.parametrize("start", ["2026-07-01T20:00:00+02:00", None])
@pytest.mark.parametrize(
    ("house", "computer_time", "local", "offset"),
    [
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T05:00:00", "+01:00"),
        ("Europe/Berlin", "2027-03-28T01:30:00+01:00", "2027-03-28T05:00:00", "+02:00"),
        ("America/New_York", "2026-11-01T00:30:00-04:00", "2026-11-01T05:00:00", "-05:00"),
        ("America/New_York", "2027-03-14T00:30:00-05:00", "2027-03-14T05:00:00", "-04:00"),
        ("Europe/Berlin", "2026-11-01T00:30:00-04:00", "2026-11-01T05:00:00", None),
        ("America/New_York", "2026-10-25T01:30:00+02:00", "2026-10-25T05:00:00", None),
        ("Europe/Berlin", "2026-11-01T03:30:00-05:00", "2026-11-01T05:00:00", "-05:00"),
    ],
)
async def test_a_history_of_a_night_in_which_clocks_change(
    client: NinaClient,
    server: FakeServer,
    house: str,
    computer_time: str,
    local: str,
    offset: str | None,
    start: str | None,
) -> None:
    """Local times are right or unknown for whoever reads it, whatever is told of the start."""
    client._connection.likely_zone = lambda: ZoneInfo(house)
    server.answer("version", "2.2.15.0")
    server.answer("version/nina", "3.2")
    if start is None:
        server.refuse("application-start", "Unknown error", 500)
    else:
        server.answer("application-start", start)
    server.answer(
        "event-history",
        [
            {"Event": "CAMERA-CONNECTED", "Time": computer_time},
            {"Event": "DOME-STOPPED", "Time": local},
        ],
    )
    await client.get_server()
    for _ in range(2):
        _, stopped = await client.application.get_event_history()
        right = None if offset is None else datetime.fromisoformat(f"{local}{offset}")
        assert stopped.time == right


async def test_a_history_without_any_offset(client: NinaClient, server: FakeServer) -> None:
    """By the start of N.I.N.A., unless its clock may have been changed since."""
    client._connection.likely_zone = lambda: ZoneInfo("Europe/Berlin")
    for name, answer in (("version", "2.2.15.0"), ("version/nina", "3.2")):
        server.answer(name, answer)
    for start, local, right in (
        ("2026-07-01T20:00:00+02:00", "2026-11-01T22:00:00", "2026-11-01T22:00:00+01:00"),
        ("2026-07-01T20:00:00-04:00", "2026-11-01T22:00:00", None),
        ("2026-11-01T20:00:00-05:00", "2026-11-01T22:00:00", "2026-11-01T22:00:00-05:00"),
    ):
        client._connection.computer_time = None
        server.answer("application-start", start)
        server.answer("event-history", [{"Event": "DOME-STOPPED", "Time": local}])
        await client.get_server()
        (stopped,) = await client.application.get_event_history()
        assert stopped.time == (None if right is None else datetime.fromisoformat(right))

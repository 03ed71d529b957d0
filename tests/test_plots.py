"""The plots in Home Assistant: drawn when somebody looks, once for all, and for those who may see them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.nina_observatory.api import EventType, Role
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.entities import plots
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.plots import drawings
from custom_components.nina_observatory.plots.autofocus import draw_autofocus
from custom_components.nina_observatory.plots.content import AutofocusData, GuidingData, Missing
from custom_components.nina_observatory.plots.look import Look
from custom_components.nina_observatory.readings import guide_graph
from custom_components.nina_observatory.readings.autofocus_run import RunState
from simulator import Observatory
from simulator.devices.guider import Step

from .clock import CLOCK
from .commanding import answer
from .conftest import make_entry, set_up, unload
from .people import Person, move
from .states import attributes, state
from .waiting import eventually

GUIDING: Final = "image.observatory_guider_guiding_plot"
AUTOFOCUS: Final = "image.observatory_focuser_autofocus_plot"
GRAPH: Final = "/equipment/guider/graph"

quiet = pytest.mark.usefixtures("quiet")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is drawn."""
    found: list[Any] = []

    def watch(name: str) -> None:
        draw: Callable[[Any, Look], bytes] = getattr(drawings, name)

        def note(data: Any, look: Look) -> bytes:
            found.append(data)
            return draw(data, look)

        monkeypatch.setattr(drawings, name, note)

    watch("draw_autofocus")
    watch("draw_guiding")
    return found


async def guide(observatory: Observatory, entry: MockConfigEntry, count: int = 1) -> None:
    """Have the guider take some steps, and the integration read the last one."""
    guider = observatory.guider
    for _ in range(count):
        number = len(guider.steps)
        guider.last_step = Step(0.1 * (number % 7), -0.05 * (number % 5) + number / 1e4, 20, -10)
        guider.steps.append(guider.last_step)
    await entry.runtime_data.equipment.async_read(Role.GUIDER)


def state_of(entry: MockConfigEntry) -> RunState | None:
    """Return how the autofocus run goes."""
    run = entry.runtime_data.plots.runs.run
    return None if run is None else RunState(run.state)


async def look(client: Any, hass: HomeAssistant, entity_id: str) -> bytes:
    """Return what a viewer of an entity sees."""
    got = await client.get(attributes(hass, entity_id)["entity_picture"])
    assert (got.status, got.content_type) == (HTTPStatus.OK, "image/png")
    picture: bytes = await got.read()
    assert Image.open(BytesIO(picture)).size == (1200, 675)
    return picture


@quiet
async def test_one_request_for_all_viewers(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    drawn: list[Any],
    hass_client: ClientSessionGenerator,
) -> None:
    """The graph is read when somebody looks and it has changed, else never."""
    client = await hass_client()
    await guide(observatory, ready, 30)
    await guide(observatory, ready)
    assert observatory.ledger.count(GRAPH) == 0
    assert drawn == []
    for number in range(1, 4):
        pictures = await asyncio.gather(*(look(client, hass, GUIDING) for _ in range(20)))
        pictures += [await look(client, hass, GUIDING)]
        assert len(set(pictures)) == 1
        assert (observatory.ledger.count(GRAPH), len(drawn)) == (number, number)
        await guide(observatory, ready)
    assert [len(data.graph.steps) for data in drawn] == [31, 32, 33]
    widths = [f"/api/{DOMAIN}/{ready.entry_id}/guiding/link?width={n}" for n in range(400, 800, 20)]
    await asyncio.gather(*(client.get(path) for path in widths))
    assert (observatory.ledger.count(GRAPH), len(drawn)) == (4, 23)


@quiet
async def test_the_state_of_guiding(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It is the time of the newest step, but changes only once a minute."""
    assert state(hass, GUIDING) == "unknown"
    written: list[tuple[float, str]] = []

    @callback
    def note(event: Any) -> None:
        written.append((hass.loop.time(), event.data["new_state"].state))

    stop = async_track_state_change_event(hass, [GUIDING], note)
    # The first step may be hours old.
    await guide(observatory, ready)
    for _ in range(5):
        await guide(observatory, ready)
    newest = ready.runtime_data.plots.graphs.changed_at.isoformat()
    await eventually(lambda: written and written[-1][1] == newest, 90)
    times = [moment for moment, _ in written]
    assert len(times) >= 2
    assert all(after - before >= 59.9 for before, after in pairwise(times))
    stop()


@quiet
async def test_guiding_that_cannot_be_read(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    drawn: list[GuidingData],
    hass_client: ClientSessionGenerator,
) -> None:
    """The plate says why; the last graph stays with its time; a failed request is not repeated at once."""
    client = await hass_client()
    await look(client, hass, GUIDING)
    assert (drawn[-1].graph, drawn[-1].missing) == (None, Missing.NOT_GUIDED)
    await guide(observatory, ready, 3)
    await guide(observatory, ready)
    async with observatory.faults.during("html", path=GRAPH):
        for _ in range(3):
            await look(client, hass, GUIDING)
        assert (drawn[-1].graph, drawn[-1].missing) == (None, Missing.NOT_READ)
        assert observatory.ledger.count(GRAPH) == 1
    CLOCK.turn(guide_graph.RETRY + 1)
    await ready.runtime_data.equipment.async_read(Role.GUIDER)
    await look(client, hass, GUIDING)
    assert observatory.ledger.count(GRAPH) == 2
    shown = drawn[-1]
    assert shown.graph is not None
    assert shown.data_at == ready.runtime_data.plots.graphs.changed_at
    await observatory.faults.start("refuse")
    await ready.runtime_data.equipment.async_read(Role.GUIDER)
    await look(client, hass, GUIDING)
    assert (drawn[-1].graph, drawn[-1].data_at) == (shown.graph, shown.data_at)
    assert drawn[-1].missing is Missing.UNREACHABLE
    assert state(hass, GUIDING) == shown.data_at.isoformat()
    assert observatory.ledger.count(GRAPH) == 2


@quiet
async def test_an_autofocus_while_it_runs(
    hass: HomeAssistant,
    observatory: Observatory,
    quick_eye: None,
    ready: MockConfigEntry,
    drawn: list[AutofocusData],
    hass_client: ClientSessionGenerator,
) -> None:
    """Each point is there at once; in the end the report takes their place."""
    client = await hass_client()
    states = {state(hass, AUTOFOCUS)}

    @callback
    def note(event: Any) -> None:
        states.add(event.data["new_state"].state)

    stop = async_track_state_change_event(hass, [AUTOFOCUS], note)
    runs = ready.runtime_data.plots.runs
    running = asyncio.create_task(observatory.autofocus.run())
    await eventually(lambda: runs.run is not None and len(runs.run.points) >= 2)
    await look(client, hass, AUTOFOCUS)
    assert drawn[-1].shows_run
    assert drawn[-1].run is not None
    assert drawn[-1].run.state is RunState.RUNNING
    assert drawn[-1].run.points[0][1] is not None
    assert await running is True
    await eventually(lambda: runs.is_reported(ready.runtime_data.settings.data.autofocus))
    await eventually(lambda: runs.run.state is RunState.FINISHED)
    await look(client, hass, AUTOFOCUS)
    assert not drawn[-1].shows_run
    report = drawn[-1].report
    assert report is not None
    assert len(report.points) == len(drawn[-1].run.points if drawn[-1].run else ())
    assert report.timestamp is not None
    newest = report.timestamp.isoformat()
    await eventually(lambda: state(hass, AUTOFOCUS) == newest)
    assert len(states) > 2
    stop()


@quiet
async def test_an_autofocus_that_fails(
    hass: HomeAssistant,
    observatory: Observatory,
    quick_eye: None,
    ready: MockConfigEntry,
    drawn: list[AutofocusData],
    hass_client: ClientSessionGenerator,
) -> None:
    """N.I.N.A. does not report it; until a problem is found, the run is shown as running."""
    client = await hass_client()
    runs = ready.runtime_data.plots.runs
    async with observatory.faults.during("failed_autofocus", mode="rejected"):
        assert await observatory.autofocus.run() is False
    await eventually(lambda: runs.run is not None and len(runs.run.points) >= 9)
    assert state_of(ready) is RunState.RUNNING
    async_fire_own(hass, ready, EventType.AUTOFOCUS_FAILED, {"reason": "no_result"}, Role.FOCUSER)
    assert state_of(ready) is RunState.FAILED
    await look(client, hass, AUTOFOCUS)
    assert drawn[-1].shows_run
    # A success that N.I.N.A. reports later counts.
    async_fire_own(hass, ready, EventType.AUTOFOCUS_FINISHED, {}, Role.FOCUSER)
    assert state_of(ready) is RunState.FINISHED


@quiet
async def test_an_autofocus_of_a_focuser_that_is_gone(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """No run goes on for ever."""
    runs = ready.runtime_data.plots.runs
    for kind, expected in (
        (EventType.SEQUENCE_FINISHED, RunState.ENDED),
        (None, RunState.ENDED),
    ):
        async_fire_own(hass, ready, EventType.AUTOFOCUS_STARTED, {}, Role.FOCUSER)
        assert state_of(ready) is RunState.RUNNING
        if kind is None:
            await observatory.faults.start("refuse")
            await ready.runtime_data.equipment.async_read(Role.FOCUSER)
        else:
            async_fire_own(hass, ready, kind, {}, Role.HUB)
        assert state_of(ready) is expected
    async_fire_own(hass, ready, EventType.AUTOFOCUS_POINT_ADDED, {"position": 1}, Role.FOCUSER)
    assert runs.run is not None
    assert runs.run.points == ()


@quiet
async def test_the_last_autofocus_stays(
    hass: HomeAssistant,
    observatory: Observatory,
    quick_eye: None,
    ready: MockConfigEntry,
    drawn: list[AutofocusData],
    hass_client: ClientSessionGenerator,
) -> None:
    """By day, with N.I.N.A. closed, and after a restart of Home Assistant."""
    await observatory.autofocus.run()
    settings = ready.runtime_data.settings
    await eventually(lambda: settings.data.autofocus is not None)
    await eventually(
        lambda: state(hass, AUTOFOCUS) == settings.data.autofocus.timestamp.isoformat()
    )
    before = state(hass, AUTOFOCUS)
    await unload(hass, ready)
    await observatory.faults.start("refuse")
    assert await hass.config_entries.async_setup(ready.entry_id)
    await hass.async_block_till_done()
    assert state(hass, AUTOFOCUS) == before
    await look(await hass_client(), hass, AUTOFOCUS)
    assert drawn[-1].report is not None
    assert drawn[-1].data_at is not None


@quiet
async def test_media(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A folder with the plots of the equipment that there is, each with a thumbnail."""
    assert await async_setup_component(hass, "auth", {})
    assert await async_setup_component(hass, "media_source", {})
    socket, anybody = await hass_ws_client(), await hass_client_no_auth()

    async def ask(kind: str, place: str, **more: str) -> Any:
        """Ask the media source."""
        await socket.send_json_auto_id({"type": kind, "media_content_id": place, **more})
        found = await socket.receive_json()
        return found["result"] if found["success"] else found["error"]["code"]

    root = f"media-source://{DOMAIN}/{ready.entry_id}"
    (folder,) = (await ask("media_source/browse_media", root))["children"]
    assert (folder["title"], folder["can_expand"], folder["can_search"]) == ("Plots", True, False)
    found = await ask("media_source/browse_media", folder["media_content_id"])
    titles = {child["title"]: child for child in found["children"]}
    assert titles.keys() >= {"Autofocus", "Guiding"}
    guiding = titles["Guiding"]
    assert (guiding["can_play"], guiding["media_content_type"]) == (True, "image/png")
    await socket.send_json_auto_id({"type": "auth/sign_path", "path": guiding["thumbnail"]})
    signed = (await socket.receive_json())["result"]["path"]
    got = await anybody.get(signed)
    assert Image.open(BytesIO(await got.read())).width == 400
    media = await ask("media_source/resolve_media", guiding["media_content_id"])
    assert media["mime_type"] == "image/png"
    got = await anybody.get(media["url"])
    assert Image.open(BytesIO(await got.read())).width == 1200
    for wrong in ("plot/other", "plot", "plot/guiding/more"):
        place = f"{root}/{wrong}"
        assert await ask("media_source/resolve_media", place) == "resolve_media_failed"


@quiet
async def test_get_plot(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """It returns a link that opens without a login for an hour, and the time of the data."""
    hass.config.external_url = "https://observatory.example.org"
    anybody = await hass_client_no_auth()
    found = await answer(hass, ready, "get_plot", plot="guiding")
    assert (found["content_type"], found["data_at"]) == ("image/png", None)
    await guide(observatory, ready, 3)
    await guide(observatory, ready)
    found = await answer(hass, ready, "get_plot", plot="guiding", width=1600)
    assert found["data_at"] == ready.runtime_data.plots.graphs.changed_at.isoformat()
    assert found["url"] == f"https://observatory.example.org{found['path']}"
    assert found["media_content_id"] == f"media-source://{DOMAIN}/{ready.entry_id}/plot/guiding"
    got = await anybody.get(found["path"])
    assert (got.status, got.content_type) == (HTTPStatus.OK, "image/png")
    assert got.headers["Cache-Control"] == "private, no-cache"
    assert Image.open(BytesIO(await got.read())).width == 1600
    place = found["media_content_id"]
    link = await answer(hass, ready, "get_picture_url", media_content_id=place)
    assert (await anybody.get(link["path"])).status == HTTPStatus.OK
    CLOCK.turn(timedelta(hours=1, minutes=1).total_seconds())
    assert (await anybody.get(found["path"])).status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "data",
    [{}, {"plot": "moon"}, {"plot": "guiding", "width": 399}, {"plot": "guiding", "width": 1601}],
)
async def test_get_plot_refused(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, data: dict[str, Any]
) -> None:
    """The error names the field."""
    with pytest.raises(Exception, match=r"plot|width"):
        await answer(hass, ready, "get_plot", **data)


async def test_who_may_see_it(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    people: dict[str, Person],
    hass_client: ClientSessionGenerator,
) -> None:
    """Nobody sees the plot of equipment that he may not see, on whatever way."""
    move(hass, ready, "Kitchen")
    move(hass, ready, "Roof", Role.GUIDER)
    for who, plot, is_seen in (
        ("reader", "guiding", True),
        ("reader", "autofocus", True),
        ("neighbor", "autofocus", True),
        ("neighbor", "guiding", False),
    ):
        client = await hass_client(people[who].token)
        got = await client.get(f"/api/{DOMAIN}/{ready.entry_id}/{plot}/link")
        assert (got.status == HTTPStatus.OK) is is_seen
        call = f"/api/services/{DOMAIN}/get_plot?return_response"
        got = await client.post(call, json={"plot": plot})
        assert (got.status == HTTPStatus.OK) is is_seen
        # A script has a user, but no session to which a link could belong.
        link = f"/api/services/{DOMAIN}/get_picture_url?return_response"
        media = f"media-source://{DOMAIN}/{ready.entry_id}/plot/{plot}"
        for fields in ({"picture": plot}, {"media_content_id": media}):
            got = await client.post(link, json=fields)
            assert (got.status == HTTPStatus.OK) is is_seen, fields


@quiet
async def test_two_observatories(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each plot says whose it is, and is drawn again for that."""
    looks: list[Look] = []

    def note(data: AutofocusData, look: Look) -> bytes:
        looks.append(look)
        return draw_autofocus(data, look)

    monkeypatch.setattr(drawings, "draw_autofocus", note)
    await plots.async_draw(ready, plots.Plot.AUTOFOCUS)
    second = make_entry(observatory)
    other = MockConfigEntry(
        domain=DOMAIN, title="South", entry_id="f" * 32, data=dict(second.data), options={}
    )
    await set_up(hass, other)
    hass.config.language = "de"
    picture = await plots.async_draw(ready, plots.Plot.AUTOFOCUS, width=800)
    assert await plots.async_draw(ready, plots.Plot.AUTOFOCUS, width=800) is picture
    assert [(each.observatory, each.width) for each in looks] == [
        (None, 1200),
        ("Observatory", 800),
    ]
    assert looks[1].texts.language == "de"
    await unload(hass, other)


@quiet
async def test_a_graph_that_takes_long(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    drawn: list[GuidingData],
    hass_client: ClientSessionGenerator,
) -> None:
    """Who looks sees that it is not there yet, before Home Assistant gives the picture up."""
    client = await hass_client()
    await guide(observatory, ready, 3)
    async with observatory.faults.during("hang", path=GRAPH):
        await look(client, hass, GUIDING)
        assert (drawn[-1].graph, drawn[-1].missing) == (None, Missing.NOT_READ)
    await guide(observatory, ready)
    graphs = ready.runtime_data.plots.graphs
    await eventually(lambda: not graphs.unread or graphs.failed)
    await look(client, hass, GUIDING)
    assert drawn[-1].graph is not None


async def test_a_plot_of_an_entry_that_ends(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Whoever waits for it is not left waiting, and nothing goes on."""
    await guide(observatory, ready, 3)
    graphs = ready.runtime_data.plots.graphs
    async with observatory.faults.during("hang", path=GRAPH):
        waiting = asyncio.create_task(plots.async_draw(ready, plots.Plot.GUIDING))
        await eventually(lambda: graphs.unread)
        await unload(hass, ready)
        assert not graphs.unread
        async with asyncio.timeout(60):
            await asyncio.gather(waiting, return_exceptions=True)

"""The check: does everything that the demonstration promises really happen."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from .database import count_rows
from .demonstration import Running
from .errors import DemoError
from .rig import Rig, View

LIMIT = 120.0
# How much later than now a frame may be dated.
AHEAD = timedelta(seconds=1)
FRAME = ("image", "hub_latest_image")
# What is only ever pressed or announced.
STATELESS = {"button", "event"}
# What has to have a reading before the check is content.
WANTED = {
    "mount": [
        ("sensor", "mount_right_ascension"),
        ("sensor", "mount_declination"),
        ("binary_sensor", "mount_parked"),
    ],
    "camera": [("binary_sensor", "hub_imaging"), ("sensor", "camera_temperature")],
    "dome": [("cover", "dome_shutter"), ("number", "dome_azimuth")],
    "frame": [("sensor", "hub_hfr"), FRAME],
}


async def wait_until_imaging(running: Running, frame: str | None = None) -> View:
    """Wait for readings of mount, camera and dome and for another frame than the one named.

    Returns the states then; DemoError says what there was not.
    """
    missing = ["readings"]
    try:
        async with asyncio.timeout(LIMIT):
            while True:
                view = await look(running)
                missing = list(_missing(view))
                if not missing and view.state(*FRAME) != frame:
                    return view
                await asyncio.sleep(1)
    except TimeoutError:
        lacking = ", no ".join(missing or ["new frame"])
        raise DemoError(f"After {LIMIT:.0f} s, there was no {lacking}.") from None


async def look(running: Running) -> View:
    """Return the states of now."""
    return await View.take(running.session, await Rig.load(running.session, running.entry_id))


def _missing(view: View) -> Iterator[str]:
    """Yield what has no reading yet."""
    for subject, wanted in WANTED.items():
        without = [key for platform, key in wanted if view.state(platform, key) is None]
        if without:
            yield f"{subject} ({', '.join(without)})"


def table(view: View) -> Iterator[str]:
    """Yield the lines of a table of all states, without what is diagnostic."""
    rows = sorted(
        (entity.device, entity.entity_id, view.shown(entity.entity_id))
        for entity in view.rig.listed
        if not entity.diagnostic and entity.platform not in STATELESS
    )
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    yield f"  {'Device':{widths[0]}}  {'Entity':{widths[1]}}  State"
    previous = ""
    for device, entity_id, state in rows:
        shown = device if device != previous else ""
        yield f"  {shown:{widths[0]}}  {entity_id:{widths[1]}}  {state[:60]}"
        previous = device


async def check(running: Running) -> None:
    """Wait, print the table, and raise DemoError when something is not as it should be."""
    async with running.console.step("Waiting for the mount, camera, dome, and a frame"):
        view = await wait_until_imaging(running)
    if running.control_port is not None:
        async with running.console.step("Waiting for the next frame"):
            view = await wait_until_imaging(running, view.state(*FRAME))
        check_clock(view)
    for line in table(view):
        running.console.say(line)
    if running.db_url is not None:
        await _check_database(running, running.db_url)
    if found := running.server.faults():
        log = running.server.program.log
        raise DemoError(f"The integration logged an error: {found[0]}", log)


def check_clock(view: View) -> None:
    """Raise DemoError if the newest frame is dated ahead: in a time lapse, times have to fit."""
    frame = view.state(*FRAME)
    if frame is not None and datetime.fromisoformat(frame) > datetime.now(UTC) + AHEAD:
        raise DemoError(f"The newest frame is dated {frame}, which is yet to come.")


async def _check_database(running: Running, db_url: str) -> None:
    """Say how much the recorder has written; DemoError where it has written nothing."""
    rows = await count_rows(db_url)
    written = " and ".join(f"{number} {table}" for table, number in rows.items())
    running.console.say(f"  PostgreSQL contains {written}.")
    if not all(rows.values()):
        raise DemoError("Home Assistant does not record to PostgreSQL.")

"""A week as a user has it: what is shown is found, and counted where it belongs."""

import json
from pathlib import Path
import subprocess
import sys

from scripts._week.found import Found, Place, Seen
from scripts._week.nights import NIGHTS
from scripts._week.report import text

ROOT = Path(__file__).parents[2]
# Minutes in which everything is connected, and the sequence has begun to wait for the dusk.
HOURS = "0.4"


def test_an_evening(tmp_path: Path) -> None:
    """A real Home Assistant and its websocket, with lines of all kinds, and nothing logged too loudly."""
    file = tmp_path / "week.json"
    command = (sys.executable, "-m", "scripts._week", "--nights", "3", "--hours", HOURS)
    done = subprocess.run(
        [*command, "--json", file], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    seen = [Seen(**each) for each in json.loads(file.read_text(encoding="utf-8"))["seen"]]
    assert not [each for each in seen if each.place in (Place.LOG, Place.REPAIR)]
    shown = {each.text for each in seen if each.place == Place.LOGBOOK}
    assert {"Observatory > Reachable: Connected", "Observatory sequence > State: Running"} <= shown
    assert "Observatory dome > —: Opening" in shown
    assert "Observatory > Reachable: Disconnected" in shown
    assert any(each.text.endswith("is responding again") for each in seen)
    assert "logbook: " in done.stdout


def found(*seen: tuple[Place, int, str, str]) -> Found:
    """Return what was seen in two nights."""
    told: list[tuple[float, int, str]] = [(0.0, 1, "clouds"), (86400.0, 2, "rain")]
    lines = [
        Seen(place, 60.0 * each, night, kind, shown)
        for each, (place, night, kind, shown) in enumerate(seen)
    ]
    return Found(lines, told)


def lines_of(place: Place, report: str) -> list[str]:
    """Return the lines of a place, without what is left of them."""
    parts = [part.splitlines() for part in report.split("\n\n")]
    return next([each.strip() for each in part] for part in parts if part[0].startswith(place))


def test_the_report() -> None:
    """Counted by kind and night, the most frequent first, with a sample of each."""
    week = found(
        (Place.LOGBOOK, 1, "sensor.a", "A: on"),
        (Place.LOGBOOK, 2, "sensor.b", "B: first"),
        (Place.LOGBOOK, 2, "sensor.b", "B: second"),
        (Place.REPAIR, 2, "create roof", "The roof may still be open"),
    )
    head, nights, total, *kinds = lines_of(Place.LOGBOOK, text(week, samples=1))
    assert (head, nights.split(), total.split()) == (
        "logbook: 3",
        ["all", "1", "2"],
        ["3", "1", "2"],
    )
    assert [each.split() for each in kinds[::2]] == [
        ["2", "·", "2", "sensor.b"],
        ["1", "1", "·", "sensor.a"],
    ]
    assert [each.partition("  ")[2] for each in kinds[1::2]] == ["B: first", "A: on"]
    assert lines_of(Place.NOTIFICATION, text(week, samples=1))[0] == "notification: 0"


def test_complaints() -> None:
    """Errors and tracebacks, whoever logged them, and nothing else."""
    rows: list[tuple[Place, int, str, str]] = [
        (Place.LOG, 1, "ERROR readings: %s", "ERROR bad"),
        (Place.OTHERS, 1, "traceback ERROR recorder: %s", "ERROR worse"),
        (Place.LOG, 1, "WARNING readings: %s", "WARNING odd"),
    ]
    assert found(*rows).complaints == ["ERROR bad", "ERROR worse"]


def test_the_nights() -> None:
    """Each starts a sequence, and has something of its own."""
    texts = {each.text for each in NIGHTS}
    assert len(texts) == len(NIGHTS) == 7
    assert all(each.acts for each in NIGHTS)

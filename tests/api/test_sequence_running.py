"""What the running parts of a sequence are there for."""

from time import perf_counter
from typing import Any

import pytest

from custom_components.nina_observatory.api import Purpose, Sequence, message_boxes, running_parts

from .test_sequence import container, running, step

SLEW = step("Schwenken", "FINISHED", Coordinates={"RA": 0.7123, "Dec": 41.27})
FRAMES = step("Belichten", ExposureTime=60, Iterations=10, CompletedIterations=0, Type="LIGHT")
FLATS = step("Take Exposure", "RUNNING", ExposureTime=1, Type="FLAT")
WAIT = step("Pause", "RUNNING", Delay=60)
BARE = step("Autofokus", "RUNNING")
SCRIPT = step("Nachricht", "RUNNING", Script="sleep 9999")
COOL = step("Kühlen", "RUNNING", Temperature=-10)
M31 = container("M 31", "CREATED", SLEW, FRAMES)


def run(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node that runs."""
    return {**node, "Status": "RUNNING"}


@pytest.mark.parametrize(
    ("items", "purpose", "images"),
    [
        # An exposure itself, wherever it is.
        ([run(FRAMES)], Purpose.IMAGING, True),
        ([container("M 31", "RUNNING", run(FRAMES))], Purpose.IMAGING, True),
        # What is done beside exposures, or after a slew, of the same container.
        ([container("M 31", "RUNNING", SLEW, BARE, FRAMES)], Purpose.BARE, True),
        ([container("M 31", "RUNNING", run(SLEW), FRAMES)], Purpose.OTHER, True),
        ([container("M 31", "RUNNING", run(SLEW), container("L", "CREATED", SLEW, FRAMES))],
            Purpose.OTHER, True),
        ([run(SLEW), FRAMES], Purpose.OTHER, True),
        # The parts of a target that only together slew and expose.
        ([container("M 31", "RUNNING", container("Set-up", "RUNNING", SLEW, BARE),
            container("LRGB", "CREATED", FRAMES))], Purpose.BARE, True),
        # What a plugin has to wait for before it begins.
        (
            [container("Once safe", "RUNNING", {**SLEW, "Status": "CREATED"}, FRAMES)],
            Purpose.BARE,
            True,
        ),
        # Between two instructions of a target.
        ([container("M 31", "RUNNING", SLEW, FRAMES)], Purpose.OTHER, True),
        # What comes before targets, in a set of its own or among others.
        ([container("Template", "RUNNING", BARE), M31], Purpose.BARE, False),
        ([container("Night", "RUNNING", container("Template", "RUNNING", COOL), M31)],
            Purpose.OTHER, False),
        ([BARE, M31], Purpose.BARE, False),
        ([container("If", "RUNNING", container("Then", "RUNNING", COOL))], Purpose.OTHER, False),
        # Nobody knows how long a script takes, or a wait, or a person.
        ([container("M 31", "RUNNING", SLEW, SCRIPT, FRAMES)], Purpose.SCRIPT, False),
        ([container("M 31", "RUNNING", SLEW, WAIT, FRAMES)], Purpose.WAIT, False),
        ([container("M 31", "RUNNING", SLEW, step("?", "RUNNING", Text="?"), FRAMES)],
            Purpose.PERSON, False),
        # Exposures of nothing.
        ([container("M 31", "RUNNING", SLEW, FRAMES, FLATS)], Purpose.CALIBRATION, False),
        # Those that are disabled are none.
        ([container("M 31", "RUNNING", SLEW, BARE, {**FRAMES, "Status": "DISABLED"})],
            Purpose.BARE, False),
        # A plugin's container does not show what it does.
        ([container("Once safe", "RUNNING"), M31], Purpose.HIDDEN, False),
    ],
)  # fmt: skip
def test_purposes(items: list[Any], purpose: Purpose, images: bool) -> None:
    (part,) = running_parts(running(*items))

    assert (part.purpose, part.images) == (purpose, images)


def test_several_at_the_same_time() -> None:
    """Each has its place, and that of its container."""
    target = container("M 31", "RUNNING", SLEW, run(FRAMES))
    both = container("Both", "RUNNING", WAIT, target, step("Done", "FINISHED"))

    parts = running_parts(running(step("Before", "FINISHED"), both))

    assert [(part.purpose, part.place, part.container) for part in parts] == [
        (Purpose.WAIT, (1, 1, 0), (1, 1)),
        (Purpose.IMAGING, (1, 1, 1, 1), (1, 1, 1)),
    ]


def test_nothing_runs() -> None:
    """Statuses below the roots come from the file, or an earlier run."""
    stopped = Sequence.from_wire([{"GlobalTriggers": []}, container("T", "CREATED", run(FRAMES))])

    assert running_parts(Sequence()) == running_parts(stopped) == ()


@pytest.mark.parametrize("name", ["Message Box", "Nachrichtenfeld", "", "Cap?"])
@pytest.mark.parametrize("said", ["Take off the cap", "", None, 7])
def test_message_boxes(name: str, said: Any) -> None:
    """An instruction with a text, that runs; its name, and what is written in it, are its user's."""
    box = step(name, "RUNNING", Text=said)
    text = said if isinstance(said, str) and said else None
    trigger = step("Plugin_Trigger", "RUNNING", Items=[box])
    for sequence in (
        running(box),
        running(container("Both", "RUNNING", run(FRAMES), box)),
        running(container("M 31", "RUNNING", FRAMES, Triggers=[trigger])),
        running(container("M 31", "RUNNING", FRAMES), triggers=(trigger,)),
    ):
        assert [each.details.text for each in message_boxes(sequence)] == [text]


def test_what_is_no_message_box() -> None:
    """Notes end at once, and those of a sequence that does not run are of an earlier run."""
    box = step("Message Box", "RUNNING", Text="?")
    stopped = Sequence.from_wire([{"GlobalTriggers": []}, container("T", "CREATED", box)])
    noted = running(step("Note", "FINISHED", Text="?"), step("Later", Text="?"), BARE)
    titled = running(container("Set", "RUNNING", BARE, Text="?"))
    told = running(container("M 31", "RUNNING", BARE, Triggers=[step("T", "RUNNING", Text="?")]))

    for sequence in (stopped, noted, titled, told):
        assert message_boxes(sequence) == ()


def test_twenty_thousand_parts_that_run() -> None:
    """What is around all of them is looked at once."""
    shot = [container(f"{number}", "RUNNING", run(FRAMES)) for number in range(20_000)]
    sequence = running(container("Night", "RUNNING", *shot))
    began = perf_counter()
    parts = running_parts(sequence)
    assert perf_counter() - began < 15
    assert len(parts) == 20_000
    assert all(part.images for part in parts)

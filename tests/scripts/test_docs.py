"""The documents made from the code: up to date, and what they say of commands holds."""

import inspect
from pathlib import Path

import pytest

from custom_components.nina_observatory.api import Camera, Dome, Guider
from custom_components.nina_observatory.control.command import Command
from scripts._docs.__main__ import DOCUMENTS, outdated
from scripts._docs.commands import CLIENT, every_command
from scripts._docs.entities import rows
from scripts._docs.tracing import condition, reads

COMMANDS = every_command()
ROWS = {(row.platform, f"{row.role}_{row.key}"): row for row in rows()}
# What may be sent twice: it ends movement, or does nothing where it was done already.
REPEATABLE = ("close", "park", "stop", "abort", "light_panel")


def test_documents_are_up_to_date() -> None:
    """Otherwise run scripts/make_docs."""
    assert outdated() == []


def test_an_outdated_document_is_found(tmp_path: Path) -> None:
    assert outdated(tmp_path) == list(DOCUMENTS)


def test_commands_are_found() -> None:
    """The other tests would pass with nothing to look at."""
    assert {"close_shutter", "park_mount", "change_filter", "start_sequence"} <= set(COMMANDS)
    assert len(COMMANDS) > 60


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_says_what_proves_it_and_ends(command: Command[object]) -> None:
    assert command.proof_text.endswith("no reading shows it") is not command.readable
    assert inspect.iscoroutinefunction(inspect.unwrap(command.method(CLIENT)))
    assert command.timeout > 0
    assert not command.retries or command.can_stall
    assert not command.retries or command.key.startswith(REPEATABLE)


def test_the_words_of_commands_are_those_of_others() -> None:
    """A misspelt name would make a command yield to nothing, or end nothing."""
    named = {
        name for command in COMMANDS.values() for name in (*command.preempts, *command.blocked_by)
    }
    assert named <= set(COMMANDS)


def test_nothing_disturbs_what_closes() -> None:
    """Every command of the dome gives way to a close but a person's stop, and a close to none."""
    dome = [each for each in COMMANDS.values() if each.subject == "dome"]
    others = {each.key for each in dome} - {"close_shutter"}
    yielding = others - {"stop_dome"}
    assert all("close_shutter" in each.blocked_by for each in dome if each.key in yielding)
    assert COMMANDS["stop_dome"].immediate
    movements = others - {"set_dome_park_position"}
    assert movements <= set(COMMANDS["close_shutter"].preempts)
    assert COMMANDS["close_shutter"].blocked_by == ()


def test_every_entity_says_what_it_is_made_of() -> None:
    """One that cannot be traced is described in scripts/_docs/places.py."""
    assert len(ROWS) > 150
    assert [key for key, row in ROWS.items() if row.source == "–"] == []


def test_what_an_entity_is_made_of_is_traced() -> None:
    """By letting the code look at a device, properties and nested values included."""
    assert reads(lambda camera: camera.at_set_point, Camera) == [
        "CoolerOn",
        "Temperature",
        "TemperatureSetPoint",
    ]
    assert reads(lambda guider: guider.rms.total.arcseconds, Guider) == [
        "RMSError.Total.Arcseconds"
    ]


def test_when_an_entity_exists_is_tried_out() -> None:
    assert condition(Dome, lambda _: True) == ""
    assert condition(Dome, lambda dome: dome.can_park) == "`CanPark`"
    both = condition(Dome, lambda dome: dome.can_park and dome.azimuth is not None)
    assert both == "`CanPark`, `Azimuth` known"
    either = condition(Dome, lambda dome: dome.can_set_azimuth or dome.azimuth is not None)
    assert either == "`CanSetAzimuth` or `Azimuth` known"
    assert condition(Camera, lambda camera: bool(camera.gains)) == "`Gains` not empty"
    with pytest.raises(LookupError):
        condition(Dome, lambda dome: not dome.can_park)


@pytest.mark.parametrize(
    ("platform", "key", "source", "exists"),
    [
        (
            "sensor",
            "camera_cooler_power",
            "`CoolerPower`",
            "`CanSetTemperature`, `CoolerPower` known",
        ),
        ("sensor", "hub_target", "newest light frame: `TargetName`", "plugin 2.2.11"),
        ("switch", "mount_tracking", "`TrackingEnabled`; `track`, `stop_tracking`", None),
        ("binary_sensor", "hub_not_safe", None, "a safety monitor was seen"),
    ],
)
def test_what_the_document_says(
    platform: str, key: str, source: str | None, exists: str | None
) -> None:
    row = ROWS[platform, key]
    assert source is None or row.source == source
    assert exists is None or row.exists == exists

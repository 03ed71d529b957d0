"""The documents made from the code: up to date, and what they say of commands holds."""

import inspect
from pathlib import Path

import pytest

from custom_components.nina_observatory.api import NinaClient
from custom_components.nina_observatory.command import Command
from scripts._docs.__main__ import DOCUMENTS, outdated
from scripts._docs.commands import every_command

COMMANDS = every_command()
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
    assert command.evidence
    assert command.method
    assert inspect.iscoroutinefunction(inspect.unwrap(getattr(NinaClient, command.method)))
    assert (command.limit > 0) is command.readable
    assert not command.repeats or command.gives_up_early
    assert not command.repeats or command.key.startswith(REPEATABLE)


def test_the_words_of_commands_are_those_of_others() -> None:
    """A misspelt name would make a command yield to nothing, or end nothing."""
    named = {
        name for command in COMMANDS.values() for name in (*command.overtakes, *command.yields_to)
    }
    assert named <= set(COMMANDS)


def test_nothing_disturbs_what_closes() -> None:
    """Every command of the dome gives way to a close, and a close to none."""
    dome = [each for each in COMMANDS.values() if each.subject == "dome"]
    others = {each.key for each in dome} - {"close_shutter"}
    assert all("close_shutter" in each.yields_to for each in dome if each.key in others)
    movements = others - {"set_dome_park_position"}
    assert movements <= set(COMMANDS["close_shutter"].overtakes)
    assert COMMANDS["close_shutter"].yields_to == ()

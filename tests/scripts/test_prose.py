"""The page of texts: every one is on it, once, with its key."""

from pathlib import Path

import pytest

from scripts._checks.__main__ import ROOT
from scripts._checks.wording import banned_in, check_wording, of_automations, translated
from scripts._prose.page import lines, page

from .conftest import Checkout


def test_every_text_is_on_the_page_once() -> None:
    parts = dict(page(ROOT))
    shown = [line.split()[-1] for of_part in parts.values() for line in of_part if line]
    for key, _ in (*translated(ROOT), *of_automations(ROOT)):
        assert shown.count(key.split()[-1]) >= 1, key
    keys = [key for key, _ in translated(ROOT)]
    assert sorted(key for key in shown if key in set(keys)) == sorted(keys)
    assert parts["Others"] == []
    assert parts["Banned words"] == []
    assert all(parts[title] for title in ("Set-up", "Options", "Logbook", "Night report"))


def test_choices_stand_with_their_field() -> None:
    parts = dict(page(ROOT))
    assert any("selector.image_type" in line for line in parts["Action: capture"])
    assert any("selector.roof_guard" in line for line in parts["Options"])


def test_long_texts_are_wrapped() -> None:
    long = " ".join(["word"] * 60)
    *wrapped, key = lines([("a.b", long)])
    assert " ".join(wrapped) == long
    assert max(map(len, wrapped)) <= 100
    assert key.strip() == "a.b"
    assert [line.split() for line in lines([("a.b", "short")])] == [["short", "a.b"]]


@pytest.mark.parametrize(
    "text",
    [
        "The mount reads parked.",
        "N.I.N.A. does not answer.",
        "It was Told to close.",
        "Try anew",
        "nobody is rung up",
        "A run is under way.",
        "Look at the roof.",
        "RMS in arc seconds",
        "Mount centring",
        "The roof closes by itself.",
        "Its state is kept over restarts.",
        "Closing takes too long",
        "Update it in the plugin manager of N.I.N.A.",
        "Check the options of the plugin.",
    ],
)
def test_banned_words_are_found(checkout: Checkout, text: str) -> None:
    """In translations, in blueprints, and in the code, but not in a docstring."""
    assert list(banned_in(text))
    assert list(check_wording(checkout.root)) == []
    checkout.change("translations/en.json", "Takes a frame.", text)
    (fault,) = check_wording(checkout.root)
    assert fault.startswith("services.capture.description: say ")


@pytest.mark.parametrize(
    "text",
    [
        "The roof is ready.",
        "9 more",
        "The shutter is read-only.",
        "Enter the address of N.I.N.A.",
        "Moves over the roof",
    ],
)
def test_other_words_are_not(text: str) -> None:
    assert list(banned_in(text)) == []


def test_banned_words_of_blueprints_and_code_are_found(checkout: Checkout) -> None:
    blueprint = checkout.root / "blueprints/automation/close.yaml"
    blueprint.parent.mkdir(parents=True)
    blueprint.write_text(
        "blueprint:\n  name: Close\n  input:\n    roof:\n      description: It reads open\n"
        "actions:\n  - action: x\n    target: !input roof\n"
    )
    checkout.write("motor.py", '"""Nobody knows."""\n\nERROR = f"nobody told {__name__} so"\n')
    places = [fault.partition(": say ")[0] for fault in check_wording(checkout.root)]
    assert places == [
        "blueprints/automation/close.yaml: blueprint.input.roof.description",
        f"{Path('custom_components/nina_observatory/motor.py')}:3",
        f"{Path('custom_components/nina_observatory/motor.py')}:3",
    ]


def test_banned_words_of_documents_are_found(checkout: Checkout) -> None:
    """In paragraphs and tables, but not in code; there, software may read something."""
    (checkout.root / "README.md").write_text(
        "# Roof\n\nIt reads all values\nby itself.\n\n```sh\nanswers\n\nanswers\n```\n\n"
        "| `answers` | N.I.N.A. answers |\n"
    )
    assert list(check_wording(checkout.root)) == [
        "README.md:3: say 'automatically, or on its own' instead of 'by itself'",
        "README.md:12: say 'respond' instead of 'answers'",
    ]

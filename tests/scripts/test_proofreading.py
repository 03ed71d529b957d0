"""Finding what is not in its language among the texts of a page."""

import pytest

from scripts._browser.proofreading import Texts

ENGLISH = {
    "name": "Imaging",
    "camera": "Camera",
    "title": "{rig}: the roof may still be open",
    "long": "Check the **roof** now.\n\nSee [the documentation](https://example.org) for `{key}`.",
    "placeholder": "{name}",
    "device": "{rig} scheduler",
    "port": "The port",
}
GERMAN = {
    "name": "Imaging",
    "camera": "Kamera",
    "title": "{rig}: Das Dach ist vielleicht noch offen",
    "long": "Prüfe jetzt das **Dach**.\n\nSiehe [die Dokumentation](https://example.org) zu `{key}`.",
    "placeholder": "{name}",
    "device": "Scheduler {rig}",
    "port": "Port of scheduler",
}


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ("Camera", "English: Camera"),
        ("Imaging", None),
        ("Kamera", None),
        ("Home: the roof may still be open", "English: Home: the roof may still be open"),
        ("Home: Das Dach ist vielleicht noch offen", None),
        ("Check the roof now.", "English: Check the roof now."),
        ("See the documentation for x.", "English: See the documentation for x."),
        ("Anything else", None),
        ("Home scheduler", "English: Home scheduler"),
        ("Port of scheduler", None),
        ("Noch {count} Aufnahmen", "raw: Noch {count} Aufnahmen"),
        ("component.nina_observatory.common.x", "raw: component.nina_observatory.common.x"),
        ("Letzter Zustand: undefined", "raw: Letzter Zustand: undefined"),
    ],
)
def test_what_is_not_in_its_language_is_found(shown: str, fault: str | None) -> None:
    found = list(Texts.of(ENGLISH, GERMAN).faults([shown]))
    assert found == ([] if fault is None else [fault])

"""Translations: what the checks find in them, and how they are taken over."""

import json
from pathlib import Path
import sys

import pytest

from scripts._checks.__main__ import ROOT
from scripts._checks.files import read_json
from scripts._checks.glossary import GLOSSARY, Glossary, check_glossary, read_glossary
from scripts._checks.languages import (
    RECORDS,
    check_languages,
    fingerprint,
    languages,
    read_texts,
    wanted,
)
from scripts._checks.typography import QUOTES, faults_of
from scripts._translate.__main__ import main
from scripts._translate.work import Work

from .conftest import Checkout

TABLE = """\
| language | address |
|---|---|
| German | du |

| term | de | fr | pl | source |
|---|---|---|---|---|
| flat panel* | Flat-Panel* | panneau* à flats, panneaux à flats | flatownic* | N |
| flat, flats | *Flat* | flat* | flat* | N |
| HFR | = | = | = | N |
| light frame* | Light* | brute* | klat* light | N |
| mount, mounts | *Montierung* | monture* | montaż* | N |
| imaging | – | – | – | N |
| roof* | *Dach*, *Dächer* | toit* | dach* | I |
| safety monitor* | *Sicherheitsmonitor* | moniteur* de sécurité | monitor* bezpieczeństwa | N |
"""
ENGLISH = {
    "common": {
        "frames_one": "{count} light frame",
        "frames_other": "{count} light frames",
        "voice_safe": "Is the roof closed? Yes.",
    },
    "entity": {"sensor": {"hfr": {"name": "HFR"}, "mount": {"name": "Mount state"}}},
    "options": {"step": {"init": {"data": {"shared": "Mounts under the roof"}}}},
    "services": {
        "park": {"name": "Park mount", "description": "Parks the mount {rig}."},
        "twice": {"description": "Parks the mount {rig}."},
        "save": {"fields": {"path": {"example": "/media/mount.jpg"}}},
    },
    "exceptions": {
        "not_parked": {"message": "Park it, or change Mounts under the roof in the `options`."},
        "unsafe": {"message": "Check the [safety monitor](/safety) of *this* observatory now."},
    },
}
GERMAN = {
    "common": {
        "frames_one": "{count} Light",
        "frames_other": "{count} Lights",
        "voice_safe": "Ist das Dach geschlossen? Ja.",
    },
    "entity": {"sensor": {"hfr": {"name": "HFR"}, "mount": {"name": "Montierungszustand"}}},
    "options": {"step": {"init": {"data": {"shared": "Montierungen unter dem Dach"}}}},
    "services": {
        "park": {"name": "Montierung parken", "description": "Parkt die Montierung {rig}."},
        "twice": {"description": "Parkt die Montierung {rig}."},
        "save": {"fields": {"path": {"example": "/media/mount.jpg"}}},
    },
    "exceptions": {
        "not_parked": {
            "message": "Parke sie, oder ändere „Montierungen unter dem Dach“ in den `options`."
        },
        "unsafe": {"message": "Prüfe jetzt den [Sicherheitsmonitor](/safety) *dieser* Sternwarte."},
    },
}


@pytest.fixture
def translated(checkout: Checkout) -> Checkout:
    """Return a checkout with a glossary and a German translation without faults."""
    (checkout.root / "docs").mkdir()
    (checkout.root / GLOSSARY).write_text(TABLE, encoding="utf-8")
    checkout.write_json("translations/en.json", ENGLISH)
    checkout.write("translations/de.json", _json(GERMAN))
    return checkout


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def _faults(checkout: Checkout) -> list[str]:
    return list(check_languages(checkout.root))


def _record(checkout: Checkout, name: str, text: str) -> None:
    (checkout.root / RECORDS).mkdir(parents=True, exist_ok=True)
    (checkout.root / RECORDS / name).write_text(text, encoding="utf-8")


def test_a_translation_without_faults(translated: Checkout) -> None:
    assert _faults(translated) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('"Montierungszustand"', '"Mount state"', "is left in English: Mount state"),
        ('"Montierungszustand"', '"Stativzustand"', "has no translation of mount (*Montierung*)"),
        ('"Montierungszustand"', '"Zustand der Montierung in der Sternwarte"', "at most 32 fit"),
        ("/media/mount.jpg", "/media/Montierung.jpg", "is an identifier"),
        ('"{count} Lights"', '"{count} Bilder"', "common.frames_other has no translation of light"),
        ('"{count} Lights"', '"{number} Lights"', "has other placeholders"),
        ("(/safety)", "(/sicherheit)", "has other links"),
        ("`options`", "`Optionen`", "has other code"),
        ("*dieser*", "dieser", "has another Markdown"),
        ("Parkt die Montierung {rig}.", "Parkt die Montierung {rig}", "ends with 'a word', and not"),
        ("Parkt die Montierung {rig}.", "Parkt die Montierung '{rig}'.", "quotes around a placeholder"),
        ("Parkt die Montierung {rig}.", "Parkt d'{rig} Montierung.", "apostrophe before a placeholder"),
        ("Parkt die Montierung {rig}.", "<b>Montierung</b> {rig} parken.", "contains HTML"),
        ("Parkt die Montierung {rig}.", " Parkt die Montierung {rig}.", "blanks at its ends"),
        ("Parkt die Montierung {rig}.", "Parkt  die Montierung {rig}.", "blanks in a row"),
        ("Parkt die Montierung {rig}.", "Die Montierung {rig} parkt...", "instead of an ellipsis"),
        ("Parkt die Montierung {rig}.", "Parken Sie die Montierung {rig}.", "says 'Parken Sie'"),
        ("„Montierungen unter dem Dach“", "“Montierungen unter dem Dach”", "has ” instead of „“"),
        ("„Montierungen unter dem Dach“", "„Andere Montierungen am Dach“", "'Mounts under the roof', which is called"),
        ('"Ist das Dach geschlossen? Ja."', '"Dach?"', "ends with '?', and not with '.'"),
        (' den [Sicherheitsmonitor](/safety) *dieser* Sternwarte."', ' [](/safety) *x*."', "and its English text 62"),
    ],
)  # fmt: skip
def test_a_fault_of_a_translation_is_found(
    translated: Checkout, old: str, new: str, found: str
) -> None:
    translated.change("translations/de.json", old, new)
    assert any(found in fault for fault in _faults(translated)), _faults(translated)


def test_exceptions_of_a_language(translated: Checkout) -> None:
    """They are there for texts that need them, and for no others."""
    translated.change("translations/de.json", '"Montierungszustand"', '"Mount state"')
    translated.change(
        "translations/de.json",
        "{count} Lights",
        "{count} Aufnahmen des Typs Hell, also keine anderen, und alle",
    )
    assert len(_faults(translated)) == 4
    needed = "same: [Mount state]\nterms: {common.frames_other: [light frame*], entity.sensor.mount.name: [mount]}\nlong: [common.frames_other]\n"
    _record(translated, "de.yaml", needed)
    assert _faults(translated) == []
    translated.write("translations/de.json", _json(GERMAN))
    assert len(_faults(translated)) == 4
    assert all("need" in fault for fault in _faults(translated))


def test_a_changed_english_text_is_found(translated: Checkout) -> None:
    work = Work(translated.root, "de")
    work.accept(work.there())
    work.write()
    assert _faults(translated) == []
    assert read_json(translated.integration / "translations/de.json") == GERMAN
    translated.change("translations/en.json", "Mount state", "Mount status")
    expected = (
        "entity.sensor.mount.name was made from another English text. Now it is: Mount status"
    )
    assert _faults(translated) == [f"de.json: {expected}"]
    assert Work(translated.root, "de").to_do() == ["entity.sensor.mount.name"]


def test_other_plural_forms(translated: Checkout) -> None:
    """Polish has two more, and texts that only count several have no form for one."""
    english = {"common.frames_one": "", "common.frames_other": "", "common.targets_other": ""}
    forms = ["frames_one", "frames_few", "frames_many", "frames_other"]
    targets = ["targets_few", "targets_many", "targets_other"]
    assert wanted("pl", english) == [f"common.{form}" for form in (*forms, *targets)]
    assert wanted("de", english) == list(english)
    polish = {"frames_one": "{count} klatka light", "frames_few": "{count} klatki light"}
    translated.write("translations/pl.json", _json({"common": polish}))
    faults = [fault for fault in _faults(translated) if "frames" in fault]
    assert faults == [f"pl.json: common.frames_{form} is missing" for form in ("many", "other")]


def test_a_language_that_only_answers_by_voice(translated: Checkout) -> None:
    answer = {"common": {"voice_safe": "Le toit est fermé ? Oui, tu peux dormir."}}
    translated.write("translations/fr.json", _json(answer))
    assert _faults(translated) == []
    answer["common"]["frames_one"] = "{count} brute"
    translated.write("translations/fr.json", _json(answer))
    assert "fr.json: common.frames_other is missing" in _faults(translated)


@pytest.mark.parametrize(
    ("language", "text", "faults"),
    [
        ("fr", "Le toit\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}ouvert\N{NO-BREAK SPACE}» à 21:30", 0),
        ("fr", "Le toit : ouvert", 1),
        ("fr", "«ouvert»", 1),
        ("fr", "media-source://toit/1", 0),
        ("fr", "Vérifie ton toit", 1),
        ("es", "Comprueba el «techo» en `la opción` y [aquí](/a?b)", 0),
        ("es", "Compruebe usted el techo", 1),
        ("nl", "{hours} u {minutes} min", 0),
        ("nl", "Wat wilt u doen?", 1),
        ("pl", "Sprawdź „dach”", 0),
        ("pt", "Verifica se você fechou", 1),
        ("it", 'Controlla il "tetto"', 1),
    ],
)  # fmt: skip
def test_typography(language: str, text: str, faults: int) -> None:
    assert len(list(faults_of(language, text, spoken=False))) == faults


def test_the_longest_term_counts_and_inflections_are_found(translated: Checkout) -> None:
    glossary = read_glossary(translated.root)
    assert glossary.languages == ("de", "fr", "pl")
    english = "The flat panel is under the roofs of {mount}, `mount` and [it](/mount)."
    assert [term.name for term, _ in glossary.found(english)] == ["flat panel*", "roof*"]
    assert glossary.untranslated("de", english, "Das Flat-Panel unter den Sternwartendächern") == []
    missing = glossary.untranslated("fr", english, "Le panneau à flats et la toiture")
    assert [term.name for term in missing] == []
    assert [term.name for term in glossary.untranslated("pl", english, "Flatownice {roof}")] == [
        "roof*"
    ]
    assert glossary.hints("pl", "Mount, imaging") == {"mount": "montaż*"}
    assert list(Glossary((), ()).found("mount")) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("| montaż* |", "| |", "mount has an empty cell"),
        ("| HFR |", "| roof* |", "roof* is there twice"),
    ],
)
def test_faults_of_the_glossary(translated: Checkout, old: str, new: str, found: str) -> None:
    assert list(check_glossary(translated.root)) == []
    path = translated.root / GLOSSARY
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert list(check_glossary(translated.root)) == [f"{GLOSSARY}: {found}"]


def test_the_glossary_has_the_languages_whose_typography_is_known() -> None:
    glossary = read_glossary(ROOT)
    assert set(glossary.languages) == set(QUOTES)
    assert {language.name for language in languages(ROOT)} <= set(QUOTES)


def _run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], root: Path, *given: str
) -> tuple[int, list[str]]:
    monkeypatch.setattr(sys, "argv", ["translate", *given])
    code = main(root)
    return code, capsys.readouterr().out.splitlines()


def test_translating_in_parts(
    translated: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = translated.root
    code, lines = _run(monkeypatch, capsys, root, "pl", "--part", "services")
    assert code == 0
    start = lines.index("services.park.description")
    assert lines[start : start + 5] == [
        "services.park.description",
        "services.twice.description",
        "  en: Parks the mount {rig}.",
        "  terms: mount = montaż*",
        "  at most 51 characters",
    ]
    file = tmp_path / "part.tsv"
    file.write_text(
        "# comment\n=Parks the mount {rig}.\tParkuje montaż {rig}.\n"
        "common.frames_*\t{count} klatek light\nservices.none.name\tNic\n*\tWszystko\n"
        "entity.sensor.mount.name\tMontaż\\nStan\n",
        encoding="utf-8",
    )
    code, lines = _run(monkeypatch, capsys, root, "pl", "--merge", str(file))
    assert code == 1
    assert lines[0] == "3 texts taken over"
    assert [line.split(":")[0] for line in lines[1:4]] == [
        "common.frames_*",
        "services.none.name",
        "*",
    ]
    assert lines[4] == "entity.sensor.mount.name has another Markdown than en.json"
    texts = read_texts(root, "pl")
    assert list(texts) == [
        "entity.sensor.mount.name",
        "services.park.description",
        "services.twice.description",
    ]
    made_from = (root / RECORDS / "pl.txt").read_text(encoding="utf-8").split()
    assert fingerprint("services.twice.description", "Parks the mount {rig}.") in made_from
    code, lines = _run(monkeypatch, capsys, root, "pl", "--check", "--part", "services")
    assert (code, lines) == (0, ["pl: 2 texts to translate, 0 faults"])
    (tmp_path / "part.json").write_text('{"services": {"park": {"name": "Zaparkuj montaż"}}}')
    code, lines = _run(monkeypatch, capsys, root, "pl", "--merge", str(tmp_path / "part.json"))
    assert (code, lines[0]) == (0, "1 texts taken over")
    file.write_text("without a tab")
    code, lines = _run(monkeypatch, capsys, root, "pl", "--merge", str(file))
    assert code == 1
    assert lines[0].endswith("part.tsv:1: no tab between a key and a text")
    code, lines = _run(monkeypatch, capsys, root, "de", "--accept")
    assert (code, lines) == (0, ["de: 0 texts to translate, 0 faults"])

"""The parts of the page: each text with its key beside it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
import textwrap
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from custom_components.nina_observatory.api import EventType, Frame, Role
from custom_components.nina_observatory.night.report import make_report
from custom_components.nina_observatory.night.report_text import ReportTexts
from custom_components.nina_observatory.readings.night_marks import SAFE, UNSAFE, Mark
from custom_components.nina_observatory.roof.detector import RoofMovement
from scripts._checks.entities import kind_of
from scripts._checks.files import integration
from scripts._checks.wording import banned_in, of_automations, of_code, translated
from scripts._docs.entities import placed

WIDTH = 100
# Columns of a text that fits on one line with its key.
COLUMN = 56
BEGAN = datetime(2026, 11, 21, 21, 0, tzinfo=ZoneInfo("America/Phoenix"))

type Part = tuple[str, list[str]]


def page(root: Path) -> Iterator[Part]:
    """Yield the parts of the page with their titles."""
    texts = Texts(root)
    actions = yaml.safe_load((integration(root) / "services.yaml").read_text(encoding="utf-8"))
    choices = _choices(actions)
    options = [key for key in texts.below("selector") if key.split(".")[1] not in choices]
    yield "Set-up", texts.take(texts.below("config"))
    yield "Options", texts.take([*texts.below("options"), *options])
    moments = [key for key in texts.below("entity.event") if ".state_attributes." in key]
    logbook = texts.take(moments)
    for role in Role:
        yield f"Entities: {role.replace('_', ' ')}", _entities(texts, role)
    yield "Entities: others", texts.take([*texts.below("device"), *texts.below("entity")])
    for action in actions:
        keys = texts.below(f"services.{action}")
        used = (texts.below(f"selector.{choice}") for choice in _choices({0: actions[action]}))
        yield f"Action: {action}", texts.take([*keys, *(key for found in used for key in found)])
    dashboard = [key for key in texts.below("common") if key.startswith("common.dashboard_")]
    yield "Dashboard", texts.take(dashboard)
    yield "Triggers", texts.take(texts.below("triggers"))
    yield "Conditions", texts.take(texts.below("conditions"))
    yield "Errors", texts.take(texts.below("exceptions"))
    yield "Repairs", texts.take(texts.below("issues"))
    yield "Blueprint and examples", lines(of_automations(root))
    yield "Logbook", logbook
    yield "Night report", _report(texts.report())
    yield "Night report and plots: their parts", texts.take(texts.below("common"))
    yield "System health", texts.take(texts.below("system_health"))
    yield "Others", texts.take(texts.below(""))
    yield "Code: errors, log and proofs", lines(of_code(root))
    yield "Banned words", list(_banned(root))


class Texts:
    """The translations, each of which is taken once."""

    def __init__(self, root: Path) -> None:
        """Read the English texts."""
        self._left = dict(translated(root))

    def below(self, prefix: str) -> list[str]:
        """Return the keys below another one that nobody took yet."""
        begin = f"{prefix}." if prefix else ""
        return [key for key in self._left if key.startswith(begin)]

    def report(self) -> ReportTexts:
        """Return those of the night report, which stay."""
        prefix = "common.report_"
        return ReportTexts(
            {
                key.removeprefix(prefix): text
                for key, text in self._left.items()
                if key.startswith(prefix)
            }
        )

    def take(self, keys: Iterable[str]) -> list[str]:
        """Return the lines of texts; each is taken once."""
        taken = [key for key in keys if key in self._left]
        return lines((key, self._left.pop(key)) for key in dict.fromkeys(taken))


def lines(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines of texts with their keys, long ones above their key."""
    found: list[str] = []
    for key, text in texts:
        if len(text) <= COLUMN and "\n" not in text:
            found.append(f"{text:{COLUMN}}  {key}")
            continue
        for paragraph in text.splitlines():
            found += textwrap.wrap(paragraph, WIDTH) or [""]
        found.append(f"{'':{COLUMN}}  {key}")
    return found


def _choices(actions: dict[Any, Any]) -> list[str]:
    """Return the translation keys of the choices in the forms of actions, or of fields."""
    found: list[str] = []
    for part in actions.values():
        # A section has fields of its own.
        found += _choices((part or {}).get("fields") or {})
        select = ((part or {}).get("selector") or {}).get("select") or {}
        found += [select["translation_key"]] if "translation_key" in select else []
    return found


def _entities(texts: Texts, role: Role) -> list[str]:
    """Return the lines of a device and its entities."""
    keys = [
        f"entity.{kind_of(each)}.{each.translation_key}" for _, of, each in placed() if of is role
    ]
    found = [key for prefix in keys for key in texts.below(prefix)]
    return texts.take([*texts.below(f"device.{role}"), *found])


def _report(written: ReportTexts) -> list[str]:
    """Return a report as users get it."""
    frames = [
        Frame(
            date=BEGAN + timedelta(minutes=5 * count),
            exposure_time=300.0,
            filter="Ha" if count % 2 else "OIII",
            target_name="M 31",
            hfr=2.0 + count / 20,
        )
        for count in range(1, 9)
    ]
    happened = {
        RoofMovement.OPENED: -30,
        EventType.AUTOFOCUS_STARTED: 1,
        EventType.AUTOFOCUS_FINISHED: 3,
        EventType.MERIDIAN_FLIP_STARTED: 11,
        EventType.MERIDIAN_FLIP_FINISHED: 14,
        UNSAFE: 21,
        SAFE: 24,
        RoofMovement.CLOSE_FAILED: 50,
        RoofMovement.CLOSED: 55,
    }
    marks = [
        Mark(kind=kind, at=BEGAN + timedelta(minutes=minutes)) for kind, minutes in happened.items()
    ]
    report = make_report(frames, marks, texts=written)
    return [report.summary, "", *report.markdown.splitlines(), "", *report.text.splitlines()]


def _banned(root: Path) -> Iterator[str]:
    """Yield the texts with words that nobody would say."""
    for key, text in (*translated(root), *of_automations(root), *of_code(root)):
        for instead, word in banned_in(text):
            yield f"{word!r}, better {instead!r}: {text}  {key}"

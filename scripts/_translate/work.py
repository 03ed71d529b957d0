"""A language that is being translated: its texts, what is to be done, and its files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
import json
from pathlib import Path
from typing import Any, Final

from scripts._checks.files import integration, paths, read_json
from scripts._checks.glossary import read_glossary
from scripts._checks.languages import (
    ENGLISH,
    RECORDS,
    Language,
    faults_in,
    fingerprint,
    longest,
    origin,
    read_record,
    read_texts,
    wanted,
)

# In files of translations: instead of a key, an English text.
OF_TEXT: Final = "="
TAB: Final = "\t"
# Languages with a similar one, whose texts are shown as well.
SIMILAR: Final = {"pt-BR": "pt"}
FAULT: Final = "is missing"


@dataclass(frozen=True, slots=True)
class Entry:
    """A text to translate: its paths, the English text, and what is there now."""

    paths: tuple[str, ...]
    english: str
    now: str | None


class Work:
    """A language that is being translated."""

    def __init__(self, root: Path, language: str) -> None:
        """Read its files."""
        self.root = root
        self.language = language
        self.english = read_texts(root, ENGLISH)
        self.texts = read_texts(root, language)
        self.glossary = read_glossary(root)
        self.similar = read_texts(root, SIMILAR[language]) if language in SIMILAR else {}
        self._record = read_record(root, language)
        self._made_from = set(self._record.made_from)
        self._wanted = wanted(language, self.english)

    def of(self, path: str) -> str:
        """Return the English text of a path."""
        return self.english[origin(path, self.english)]

    def to_do(self, part: str = "") -> list[str]:
        """Return the paths of texts that are missing, or whose English text has changed."""
        return [
            path
            for path in self._wanted
            if path.startswith(part)
            and (path not in self.texts or fingerprint(path, self.of(path)) not in self._made_from)
        ]

    def entries(self, part: str = "") -> Iterator[Entry]:
        """Yield what is to be done, each English text once in a part of the texts."""
        grouped: dict[tuple[str, str, str | None], list[str]] = {}
        for path in self.to_do(part):
            key = (path.partition(".")[0], self.of(path), self.texts.get(path))
            grouped.setdefault(key, []).append(path)
        for (_, english, now), found in grouped.items():
            yield Entry(tuple(found), english, now)

    def show(self, entry: Entry) -> Iterator[str]:
        """Yield the lines that show a text to translate."""
        yield from entry.paths
        yield f"  {ENGLISH}: {_line(entry.english)}"
        if entry.now is not None:
            yield f"  {self.language}: {_line(entry.now)}"
        elsewhere = {
            text
            for path, text in self.texts.items()
            if path not in entry.paths and self.english.get(path) == entry.english
        }
        for text in sorted(elsewhere):
            yield f"  elsewhere: {_line(text)}"
        if similar := self.similar.get(entry.paths[0]):
            yield f"  {SIMILAR[self.language]}: {_line(similar)}"
        if self.language in self.glossary.languages:
            hints = self.glossary.hints(self.language, entry.english)
            if hints:
                yield "  terms: " + "; ".join(f"{name} = {forms}" for name, forms in hints.items())
        yield f"  at most {min(longest(path, entry.english) for path in entry.paths)} characters"

    def paths_for(self, key: str) -> list[str]:
        """Return the paths that a key of a file of translations stands for.

        Raises ValueError if there are none, or if their English texts differ.
        """
        if key.startswith(OF_TEXT):
            found = [path for path in self.to_do() if self.of(path) == _text(key[len(OF_TEXT) :])]
        elif "*" in key:
            found = [path for path in self.to_do() if fnmatchcase(path, key)]
        else:
            found = [path for path in self._wanted if path == key]
        if not found:
            raise ValueError(f"{key}: no text to translate")
        if len({self.of(path) for path in found}) > 1:
            raise ValueError(f"{key}: these have different English texts: {', '.join(found)}")
        return found

    def take(self, translations: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
        """Take translations over and return their paths, and what could not be taken over."""
        taken: list[str] = []
        refused: list[str] = []
        for key, text in translations:
            try:
                found = self.paths_for(key)
            except ValueError as err:
                refused.append(str(err))
                continue
            for path in found:
                self.texts[path] = text
            self.accept(found)
            taken += found
        return taken, refused

    def accept(self, accepted: Iterable[str]) -> None:
        """Record that texts fit their English ones."""
        self._made_from.update(fingerprint(path, self.of(path)) for path in accepted)

    def there(self, part: str = "") -> list[str]:
        """Return the paths of the texts that are there."""
        return [path for path in self._wanted if path in self.texts and path.startswith(part)]

    def faults(self, part: str = "", only: Iterable[str] | None = None) -> list[str]:
        """Return the faults of the texts that are there."""
        language = Language(
            self.language, self.english, self.texts, self.glossary, self._record_now()
        )
        found = None if only is None else set(only)
        return [
            f"{path} {fault}"
            for path, fault in faults_in(language)
            if fault != FAULT and path.startswith(part) and (found is None or path in found)
        ]

    def _record_now(self) -> Any:
        """Return the record with what has been accepted."""
        record = self._record
        return type(record)(frozenset(self._made_from), record.same, record.terms, record.long)

    def write(self) -> None:
        """Write texts and record, in the order of the English texts."""
        nested: dict[str, Any] = {}
        for path in self.there():
            *above, name = path.split(".")
            inside = nested
            for each in above:
                inside = inside.setdefault(each, {})
            inside[name] = self.texts[path]
        text = json.dumps(nested, ensure_ascii=False, indent=2) + "\n"
        file = integration(self.root) / f"translations/{self.language}.json"
        file.write_text(text, encoding="utf-8")
        current = {fingerprint(path, self.of(path)) for path in self.there()}
        lines = sorted(self._made_from & current)
        record = self.root / RECORDS / f"{self.language}.txt"
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_translations(file: Path) -> list[tuple[str, str]]:
    """Return the keys and texts in a file of translations; ValueError if it cannot be read."""
    content = file.read_text(encoding="utf-8")
    if content.lstrip().startswith("{"):
        return list(paths(read_json(file)))
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            key, tab, text = line.partition(TAB)
            if not tab or not text.strip():
                raise ValueError(f"{file}:{number}: no tab between a key and a text")
            found.append((key.strip(), _text(text.strip())))
    return found


def _line(text: str) -> str:
    """Return a text on one line."""
    return text.replace("\n", "\\n")


def _text(line: str) -> str:
    """Return the text that a line stands for."""
    return line.replace("\\n", "\n")

"""Reading a page as somebody does who understands only one language."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
import re
from typing import Final, Self

from playwright.async_api import Locator, Page

from scripts._checks.languages import ENGLISH, read_texts
from scripts._demo.target import ROOT

# All texts that are visible, those of one line or paragraph in one piece, and those that are cut.
READ: Final = """part => {
  const shown = [], cut = [];
  const WHOLE = new Set(["P", "LI", "TD", "TH", "H1", "H2", "H3", "H4", "BUTTON", "LABEL"]);
  const SKIPPED = new Set(["STYLE", "SCRIPT", "TEMPLATE", "SVG", "HA-SVG-ICON", "HA-ICON", "IMG"]);
  const isSkipped = node => SKIPPED.has(node.tagName.toUpperCase());
  const parts = node => node.tagName === "SLOT" && node.assignedNodes().length
    ? node.assignedNodes() : (node.shadowRoot ?? node).childNodes;
  const flat = node => node.nodeType === Node.TEXT_NODE ? node.data
    : node.nodeType !== Node.ELEMENT_NODE || isSkipped(node) ? ""
    : [...parts(node)].map(flat).join("");
  const tidy = text => text.replace(/\\s+/g, " ").trim();
  const note = (list, text) => { const found = tidy(text); if (found) list.push(found); };
  const visit = node => {
    if (isSkipped(node)) return;
    if (!node.checkVisibility({ visibilityProperty: true }) && node.tagName !== "SLOT") {
      if (getComputedStyle(node).display !== "contents") return;
    }
    const own = [...node.childNodes].filter(each => each.nodeType === Node.TEXT_NODE);
    note(shown, own.map(each => each.data).join(""));
    if (node.tagName === "INPUT" && /text|number|search/.test(node.type)) note(shown, node.value);
    if (WHOLE.has(node.tagName)) note(shown, flat(node));
    const style = getComputedStyle(node);
    const hides = style.overflowX !== "visible" || style.overflowY !== "visible";
    const clamped = style.webkitLineClamp !== "none" && style.webkitLineClamp !== "";
    const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY);
    const wide = node.scrollWidth > node.clientWidth + 1;
    const high = clamped && node.scrollHeight > node.clientHeight + 2;
    if (hides && !scrolls && node.clientWidth > 1 && (wide && style.textOverflow === "ellipsis" || high))
      note(cut, flat(node));
    for (const part of (node.shadowRoot ?? node).children) visit(part);
    if (node.shadowRoot) for (const part of node.children) visit(part);
  };
  visit(part ?? document.body);
  return { shown: [...new Set(shown)], cut: [...new Set(cut)] };
}"""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKUP: Final = re.compile(r"[*`]+")
# What is left of a text where its key is shown, a placeholder has no value, or nothing was found.
_RAW: Final = re.compile(
    r"\{\w+\}|component\.\w+\.|\bui\.\w+\.|Translation error|\b(undefined|None|null|NaN)\b"
)
# Before the names of actions.
_PREFIX: Final = "N.I.N.A. Observatory: "
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")
_WORD: Final = re.compile(r"[^\W\d_]{4}")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a language, and the English ones that are others in it: plain, and patterns."""

    own: frozenset[str]
    plain: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, english: Mapping[str, str], own: Mapping[str, str]) -> Self:
        """Return those of a language, by the texts of both."""
        there = frozenset(part for text in own.values() for part in _paragraphs(text))
        left = {
            part for text in english.values() for part in _paragraphs(text) if part not in there
        }
        filled = {part for part in left if _PLACEHOLDER.search(part)}
        left = {part for part in left - filled if _LETTERS.search(part)}
        # Of those, units and abbreviations are too little to be recognized by.
        filled = {part for part in filled if _WORD.search(_PLACEHOLDER.sub("", part))}
        return cls(there, frozenset(left), tuple(map(_pattern, sorted(filled))))

    @classmethod
    def load(cls, language: str) -> Self:
        """Return those of a language."""
        return cls.of(read_texts(ROOT, ENGLISH), read_texts(ROOT, language))

    def faults(self, shown: Iterable[str]) -> Iterator[str]:
        """Yield what is wrong with texts on a page."""
        for text in (each.removeprefix(_PREFIX) for each in shown):
            if _RAW.search(text):
                yield f"raw: {text}"
            elif text in self.own:
                continue
            elif text in self.plain or any(each.fullmatch(text) for each in self.patterns):
                yield f"English: {text}"


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the lines of a text as they are shown, without their markup."""
    for line in text.splitlines():
        shown = _MARKUP.sub("", _LINK.sub(r"\1", line)).strip().removeprefix("- ")
        if shown:
            yield " ".join(shown.split())


def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of a text with placeholders."""
    parts = _PLACEHOLDER.split(text)[::2]
    return re.compile(".+".join(map(re.escape, parts)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read on a page, and what of it is cut off."""

    shown: tuple[str, ...]
    cut: tuple[str, ...]

    @classmethod
    async def of(cls, shown: Page | Locator) -> Self:
        """Read a page, or a part of it."""
        found = await shown.evaluate(READ)
        return cls(tuple(found["shown"]), tuple(found["cut"]))

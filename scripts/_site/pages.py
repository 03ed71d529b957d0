"""The documents of the repository: their links and headings, on GitHub and on the site."""

from collections.abc import Callable, Iterator
from pathlib import Path
import posixpath
import re
from textwrap import dedent
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
FOLDER: Final = "docs/"
SOURCES: Final = "https://github.com/nina-observatory/nina-observatory/blob/main/"
# Pages of the site whose place in the repository is elsewhere, because GitHub looks for them there.
ELSEWHERE: Final = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "simulator.md": "simulator/README.md",
}
# The front page on GitHub, and that of the site.
README: Final = "README.md"
FRONT: Final = "index.md"
# Files that only the site has, or that are elsewhere in the repository.
FILES: Final = {
    "images/icon.png": "custom_components/nina_observatory/brand/icon.png",
    "stylesheets/site.css": "scripts/_site/site.css",
}

BLOCK: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# The target of a link or a picture, also of a picture within a link.
TARGET: Final = re.compile(r"(?<=\]\()[^)\s]+(?=\))")
CODE: Final = re.compile(r"^( *)```.*?^\1```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING: Final = re.compile(r"^#+ (.+?)#*$", re.MULTILINE)


def documents(root: Path) -> list[Path]:
    """Return the documents that people read."""
    outside = [each for each in ELSEWHERE.values() if "/" in each]
    found = [*root.glob("*.md"), *(root / FOLDER).rglob("*.md"), *(root / each for each in outside)]
    return sorted(path for path in found if path.is_file())


def without_code(text: str) -> str:
    """Return a document with blanks in place of its code, so that lines and columns stay."""
    return CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)


def links(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and target of each link of a document."""
    plain = without_code(text)
    for found in TARGET.finditer(plain):
        yield plain.count("\n", 0, found.start()) + 1, found[0]


def blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, language, and code of each block of code of a document."""
    for found in BLOCK.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[2], dedent(found[3])


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a document, which GitHub and the site make alike."""
    return {anchor(heading) for heading in HEADING.findall(BLOCK.sub("", text))}


def anchor(heading: str) -> str:
    """Return the anchor of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def for_site(text: str, document: str) -> str:
    """Return a document with links that work on the site.

    A link to another page leads to it there. One to any other file of the repository leads to
    GitHub.
    """

    def change(part: str) -> str:
        """Change the links of a part."""
        return TARGET.sub(lambda found: target_on_site(found[0], document), part)

    return _outside_code(text, change)


def target_on_site(link: str, document: str) -> str:
    """Return where a link of a document leads on the site."""
    target, mark, section = link.partition("#")
    if not target or "://" in target or target.startswith("mailto:"):
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(document), target))
    pages = {source: page for page, source in ELSEWHERE.items()}
    if path in pages:
        return f"{pages[path]}{mark}{section}"
    if path == README and not section:
        return FRONT
    if path.startswith(FOLDER):
        return f"{path.removeprefix(FOLDER)}{mark}{section}"
    return f"{SOURCES}{path}{mark}{section}"


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return a text with its parts outside of blocks of code changed."""
    changed: list[str] = []
    end = 0
    for block in BLOCK.finditer(text):
        changed += [change(text[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*changed, change(text[end:])])

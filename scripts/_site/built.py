"""The site as it was built: every link leads somewhere, and nothing comes from another server."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
import re
from typing import Final, override
from urllib.parse import unquote, urlsplit

# Attributes that make a browser fetch something.
FETCHED: Final = {
    "audio": "src",
    "iframe": "src",
    "img": "src",
    "script": "src",
    "source": "src",
    "video": "src",
}
# Relations of a link that make a browser fetch its target.
FETCHED_LINKS: Final = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "manifest"}
FOREIGN_STYLE: Final = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//")


class Page(HTMLParser):
    """What a page refers to, and what can be referred to on it."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.ids |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.targets.append(given["href"])
        if tag in FETCHED and FETCHED[tag] in given:
            self.fetched.append(given[FETCHED[tag]])
        if tag == "link" and FETCHED_LINKS & set(given.get("rel", "").split()):
            self.fetched.append(given.get("href", ""))


def faults(folder: Path, url: str) -> Iterator[str]:
    """Yield what is wrong with a site that was built into a folder, for an address."""
    pages = {
        path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))
    }
    base = urlsplit(url).path
    for path, page in pages.items():
        name = path.relative_to(folder)
        for link in (*page.targets, *page.fetched):
            if (fault := _fault_of(link, path, folder, base, pages)) is not None:
                yield f"{name}: {link} {fault}"
        for link in page.fetched:
            if urlsplit(link).netloc:
                yield f"{name}: {link} comes from another server"
    for path in sorted(folder.rglob("*.css")):
        if FOREIGN_STYLE.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(folder)}: something comes from another server"


def _fault_of(
    link: str, path: Path, folder: Path, base: str, pages: dict[Path, Page]
) -> str | None:
    """Return what is wrong with a link of a page; those to other servers are not followed."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    found = path
    if parts.path:
        name = unquote(parts.path)
        inside = name.removeprefix(base) if name.startswith("/") else name
        found = ((folder if name.startswith("/") else path.parent) / inside).resolve()
    if found.is_dir():
        found /= "index.html"
    if not found.is_file():
        return "leads nowhere"
    anchor = unquote(parts.fragment)
    if anchor and found in pages and anchor not in pages[found].ids:
        return "leads to a section that does not exist"
    return None

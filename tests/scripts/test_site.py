"""The site of the documentation: its links, and what a browser fetches for it."""

from pathlib import Path

import pytest

from scripts._site.built import faults
from scripts._site.pages import SOURCES, for_site

ADDRESS = "https://example.github.io/project/"


@pytest.mark.parametrize(
    ("document", "link", "there"),
    [
        ("docs/a.md", "b.md#c", "b.md#c"),
        ("docs/a.md", "#c", "#c"),
        ("docs/a.md", "images/b.webp", "images/b.webp"),
        ("docs/a.md", "https://example.org/b.md", "https://example.org/b.md"),
        ("docs/a.md", "../SECURITY.md#c", "security.md#c"),
        ("docs/a.md", "../README.md", "index.md"),
        ("docs/a.md", "../README.md#by-voice", f"{SOURCES}README.md#by-voice"),
        ("docs/a.md", "../simulator/README.md", "simulator.md"),
        ("docs/a.md", "../blueprints/b.yaml", f"{SOURCES}blueprints/b.yaml"),
        ("SECURITY.md", "docs/a.md#b", "a.md#b"),
        ("SECURITY.md", "LICENSE", f"{SOURCES}LICENSE"),
        ("simulator/README.md", "../docs/a.md", "a.md"),
        ("simulator/README.md", "scenarios.py", f"{SOURCES}simulator/scenarios.py"),
    ],
)
def test_links_lead_to_the_same_on_the_site(document: str, link: str, there: str) -> None:
    code = f"```md\n[a]({link})\n```\n"
    text = f"[a]({link}), ![b [c]]({link})\n\n{code}\n[d\ne]({link})"
    shown = f"[a]({there}), ![b [c]]({there})\n\n{code}\n[d\ne]({there})"
    assert for_site(text, document) == shown


def test_a_site_is_checked_as_it_was_built(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/index.html").write_text('<h1 id="c"></h1><img src="../a.png">')
    (tmp_path / "a.png").touch()
    (tmp_path / "a.css").write_text("a { background: url(data:image/png;base64,a) }")
    page = tmp_path / "index.html"
    good = '<a href="b/#c"> <a href="/project/b/"> <a href="https://example.org"> <a href=".">'
    page.write_text(f'{good}<link rel="canonical" href="{ADDRESS}"><script src="a.css"></script>')
    assert list(faults(tmp_path, ADDRESS)) == []
    page.write_text('<a href="b/#d"> <a href="c/"> <script src="//example.org/a.js"></script>')
    (tmp_path / "a.css").write_text('@import "https://example.org/a.css";')
    assert list(faults(tmp_path, ADDRESS)) == [
        "index.html: b/#d leads to a section that does not exist",
        "index.html: c/ leads nowhere",
        "index.html: //example.org/a.js comes from another server",
        "a.css: something comes from another server",
    ]

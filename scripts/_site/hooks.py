"""Hooks of MkDocs: pages and files from elsewhere in the repository, and links between them."""

from typing import Any

from mkdocs.structure.files import File

from scripts._site.pages import ELSEWHERE, FILES, FOLDER, ROOT, for_site


def on_files(files: Any, *, config: Any) -> Any:
    """Add what is not in the folder of the documents."""
    for name, source in {**ELSEWHERE, **FILES}.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Make the links of a page lead to pages of the site."""
    name = page.file.src_uri
    return for_site(markdown, ELSEWHERE.get(name, f"{FOLDER}{name}"))

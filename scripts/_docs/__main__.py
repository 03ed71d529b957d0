"""Write the documents, or check that they are up to date."""

from collections.abc import Callable
from pathlib import Path
import sys

from scripts._usage.docs import parser

from .actions import actions
from .coverage import coverage
from .entities import entities
from .events import events
from .undecoded import PATH, undecoded_keys
from .voice import voice

ROOT = Path(__file__).resolve().parent.parent.parent

DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/actions.md": actions,
    "docs/coverage.md": coverage,
    "docs/entities.md": entities,
    "docs/events.md": events,
    PATH: undecoded_keys,
    "docs/voice.md": voice,
}


def outdated(root: Path = ROOT) -> list[str]:
    """Return the documents that do not match the code."""
    return [
        path
        for path, make in DOCUMENTS.items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != make()
    ]


def main() -> int:
    """Write what is outdated; with --check only name it, and return 1."""
    check = parser().parse_args().check
    stale = outdated()
    for path in stale:
        if check:
            print(f"{path} is out of date. Run scripts/make_docs.")
        else:
            (ROOT / path).write_text(DOCUMENTS[path](), encoding="utf-8")
            print(f"Wrote {path}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

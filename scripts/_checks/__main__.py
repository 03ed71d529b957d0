"""Run all checks on this checkout and print the faults."""

from collections.abc import Callable, Iterable
import gc
import logging
from pathlib import Path
import sys

from .code import check_decisions, check_exceptions, check_layers, check_reasons, check_sizes
from .dashboard import check_dashboard
from .documents import (
    check_addresses,
    check_blocks,
    check_citations,
    check_example,
    check_generated,
    check_links,
    check_site,
)
from .entities import check_entities, check_entity_texts
from .glossary import check_glossary
from .icons import check_brand, check_icons
from .languages import check_languages
from .layers import check_rooms
from .manifest import (
    check_categories,
    check_dependencies,
    check_hacs,
    check_manifest,
    check_requirements,
    check_versions,
)
from .performance import check_performance
from .prose import check_prose
from .scale import check_parallel_updates, check_quality_scale
from .spelling import check_spelling
from .translations import check_actions, check_selectors, check_texts
from .unused import check_unused
from .wording import check_wording
from .workflows import check_forms, check_workflows

ROOT = Path(__file__).resolve().parent.parent.parent

CHECKS: tuple[Callable[[Path], Iterable[str]], ...] = (
    check_manifest,
    check_categories,
    check_requirements,
    check_dependencies,
    check_versions,
    check_hacs,
    check_texts,
    check_languages,
    check_glossary,
    check_actions,
    check_selectors,
    check_icons,
    check_brand,
    check_layers,
    check_rooms,
    check_sizes,
    check_prose,
    check_spelling,
    check_wording,
    check_exceptions,
    check_reasons,
    check_decisions,
    check_entities,
    check_entity_texts,
    check_unused,
    check_quality_scale,
    check_parallel_updates,
    check_dashboard,
    check_links,
    check_addresses,
    check_site,
    check_blocks,
    check_citations,
    check_example,
    check_generated,
    check_performance,
    check_workflows,
    check_forms,
)


def run_check(check: Callable[[Path], Iterable[str]], root: Path) -> list[str]:
    """Return the faults that a check finds; a file that cannot be read is one."""
    try:
        return list(check(root))
    except (ImportError, OSError, SyntaxError, ValueError) as err:
        return [f"{check.__name__}: {err}"]


def main() -> int:
    """Run all checks and return 1 when one found a fault."""
    # Importing platforms misses optional libraries aloud.
    logging.disable(logging.ERROR)
    # Syntax trees stay to the end, and looking for garbage among them takes long.
    gc.disable()
    faults = [fault for check in CHECKS for fault in run_check(check, ROOT)]
    for fault in faults:
        print(fault)
    print(f"{len(CHECKS)} checks, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

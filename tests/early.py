"""Loaded before any plugin (`-p tests.early`): repeatable examples, and the harness on newer releases.

Importing Home Assistant makes `httpx` an alias of `httpx2`, which has to happen before the harness
imports respx; and the harness resets a logger table that newer releases no longer have. The clock
comes before everything that takes its time functions by name.
"""

from collections.abc import Generator
from functools import _lru_cache_wrapper, cache
import gc
import os
from pathlib import Path
import sys
from typing import Any

from . import clock

clock.install()

# Looking for garbage after every two thousand objects, as is usual, takes a twelfth of the time of all
# tests; it is looked for after every file, too.
gc.set_threshold(50_000)

import homeassistant  # noqa: E402, F401  # imported for its side effect, see above
from homeassistant.components import logger  # noqa: E402
from hypothesis import settings  # noqa: E402
from hypothesis.internal import constants_ast  # noqa: E402
from hypothesis.internal.conjecture import providers  # noqa: E402
import pytest  # noqa: E402

# Every run tries the same examples, so that a change is to blame for what fails; with a number in
# EXAMPLES new ones are searched. A slow machine is no failure of a test.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize="EXAMPLES" not in os.environ,
    max_examples=int(os.environ.get("EXAMPLES", "100")),
)
settings.load_profile("repeatable")

_ROOT = Path(__file__).resolve().parent.parent


@cache
def _constants() -> constants_ast.Constants:
    """Return the constants in what is tested, of which examples are made as well.

    Hypothesis takes those of the modules that happen to be loaded, and has no setting for that: a
    test would get other examples alone than among all tests, or after a test that sets up more.
    """
    found = constants_ast.Constants()
    for folder in ("custom_components", "simulator"):
        for path in (_ROOT / folder).rglob("*.py"):
            found |= constants_ast._constants_from_source(path.read_bytes(), limit=True)
    # Those are sorted, and empty at first.
    return providers._local_constants | found


providers._get_local_constants = _constants

_LONGEST_ID = 200


def _nothing_to_clear(_hass: Any) -> None:
    """Stand in for the harness's reset of a table that is gone."""


if not hasattr(logger, "_clear_logger_overwrites"):
    logger._clear_logger_overwrites = _nothing_to_clear  # type: ignore[attr-defined]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to leave out what is the same on any Home Assistant."""
    text = "leave out tests that start no Home Assistant, and rows that are the same on any"
    parser.addoption("--only-with-home-assistant", action="store_true", help=text)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name what is long by its length: every worker tells the names of all tests, several times."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST_ID:
        return f"{argname} of {len(val)}"
    return None


# Before xdist looks for the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is to be left out, and say what stays together."""
    if config.getoption("--only-with-home-assistant"):
        kept = [
            item
            for item in items
            if "hass" in getattr(item, "fixturenames", ())
            and item.get_closest_marker("newest") is None
        ]
        left_out = {*items}.difference(kept)
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = kept
    for item in items:
        # A worker runs a file as a whole: some share a fixture that is dear. All tests with a browser
        # are one group, since their demonstrations want the same ports.
        file = str(item.path.relative_to(config.rootpath))
        group = "browser" if item.get_closest_marker("browser") else file
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """After each file collect all garbage, and set everything else aside from later collections.

    The harness does that while the first test of a file is set up. Garbage of that test, with its
    whole Home Assistant, would be set aside for good.
    """
    result = yield
    if nextitem is None or nextitem.path != item.path:
        _forget_answers()
        gc.collect()
        gc.freeze()
    return result


def _forget_answers() -> None:
    """Clear the functions that remember their answers: some keep the last Home Assistants."""
    for name, module in [*sys.modules.items()]:
        if name.startswith(("homeassistant.", "aiohttp.web_app")):
            for value in [*vars(module).values()]:
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()

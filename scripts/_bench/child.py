"""Measure subjects in this process; print the figures of each as a line of JSON.

Usage: python -m scripts._bench.child [--turned] SUBJECT...
"""

import asyncio
import importlib
import json
import logging
import sys
from time import perf_counter
from typing import Any

from tests.clock import TurningLoop, install

TURNED = "--turned"


async def _measure(subjects: list[str]) -> None:
    """Measure one subject after the other."""
    for subject in subjects:
        began = perf_counter()
        said: dict[str, Any] = {"subject": subject}
        module_name, _, argument = subject.partition(":")
        try:
            module = importlib.import_module(f"scripts._bench.{module_name}")
            said["values"] = await module.measure(*([argument] if argument else []))
        except Exception as err:
            logging.getLogger(__name__).debug("%s failed", subject, exc_info=True)
            kind = "" if type(err).__name__ == "NotMeasurableError" else f"{type(err).__name__}: "
            said["error"] = f"{kind}{err}"
        print(json.dumps(said | {"seconds": perf_counter() - began}), flush=True)


def main(arguments: list[str]) -> None:
    """Measure; with the clock turned, before anything is imported that takes the time from it."""
    # What Home Assistant says of a machine without this or that concerns nobody here.
    logging.getLogger().setLevel(logging.CRITICAL)
    subjects = [each for each in arguments if each != TURNED]
    if TURNED not in arguments:
        asyncio.run(_measure(subjects))
        return
    install()
    importlib.import_module("tests.home_clock").follow_clock()
    with asyncio.Runner(loop_factory=TurningLoop) as runner:
        runner.run(_measure(subjects))


if __name__ == "__main__":
    main(sys.argv[1:])

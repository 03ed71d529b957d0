"""Set-up of an entry in a fresh process, and the import of the package."""

import asyncio
import sys
from time import monotonic
from typing import Final

from .house import house, observatory
from .loop import watched

_RUNS: Final = 5
# Prints the modules that are not of the package.
_LIST: Final = """\
import homeassistant, json, sys
import scripts._bench.package as package
package.load()
print(json.dumps([each for each in sys.modules if not each.startswith("custom_components.")]))
"""
# Prints the seconds that the package takes where all others are there.
_TIME: Final = """\
import homeassistant
import contextlib, importlib, json, sys, time
import scripts._bench.package as package
for each in json.load(sys.stdin):
    with contextlib.suppress(Exception):
        importlib.import_module(each)
began = time.process_time()
package.load()
print(time.process_time() - began)
"""


async def measure(what: str) -> dict[str, float]:
    """Return the seconds of the import or of a set-up, or how long that holds the loop."""
    if what == "import":
        others = await _python(_LIST, "")
        seconds = [float(await _python(_TIME, others)) for _ in range(_RUNS)]
        return {"import": min(seconds)}
    async with observatory("clear_night") as site, house(site) as made:
        if what == "hold":
            async with watched() as watch:
                await made.set_up()
                await made.settled()
            return {"hold-cold": 1000 * watch.longest}
        await made.set_up()
        ready = monotonic()
        requests = (await site.ask("requests"))["requests"]
    answered = min(end for _, _, end in requests if end is not None)
    return {"set-up": ready - answered}


async def _python(code: str, given: str) -> str:
    """Run code in a process of its own and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    printed, _ = await process.communicate(given.encode())
    if process.returncode:
        raise RuntimeError(f"Python ended with {process.returncode}")
    return printed.decode()

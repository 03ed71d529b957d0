"""What Home Assistant holds by day: memory, objects, tasks, sockets, timers, listeners, threads."""

import asyncio
from collections import Counter
from contextlib import suppress
import ctypes
from dataclasses import dataclass
import gc
import os
from pathlib import Path
import stat
import subprocess
import threading
from typing import Final

from homeassistant.core import HomeAssistant

# How often it is counted, and the seconds between: what comes and goes is not held.
_SAMPLES: Final = 10
_PAUSE: Final = 0.3
_STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True)
class Held:
    """What is held while N.I.N.A. is closed; memory is in megabytes."""

    memory: float
    objects: int
    tasks: int
    sockets: int
    timers: int
    listeners: int
    threads: int


async def measure(hass: HomeAssistant) -> tuple[Held, Counter[str]]:
    """Return the least of some samples, and what the last one consists of."""
    samples: list[Held] = []
    for _ in range(_SAMPLES):
        await asyncio.sleep(_PAUSE)
        gc.collect()
        samples.append(_sample(hass))
    least = Held(*(min(values) for values in zip(*map(_values, samples), strict=True)))
    return least, _contents(hass)


def _contents(hass: HomeAssistant) -> Counter[str]:
    """Return what is held by name: objects by type, tasks, timers, listeners."""
    found = Counter(f"object {type(each).__qualname__}" for each in gc.get_objects())
    found.update(f"task {_name(each.get_coro())}" for each in asyncio.all_tasks())
    callbacks = (each._callback for each in _timers(hass))  # type: ignore[attr-defined]  # noqa: SLF001
    found.update(f"timer {_name(each)}" for each in callbacks)
    for name, number in hass.bus.async_listeners().items():
        found[f"listener {name}"] = number
    return found


def _name(runs: object) -> str:
    """Return the name of what is run, or of its kind."""
    return str(getattr(runs, "__qualname__", type(runs).__qualname__))


def _timers(hass: HomeAssistant) -> list[asyncio.TimerHandle]:
    """Return the timers that wait; one that was canceled stays in the loop until its time."""
    timers: list[asyncio.TimerHandle] = hass.loop._scheduled  # type: ignore[attr-defined]  # noqa: SLF001
    return [each for each in timers if not each.cancelled()]


def _values(held: Held) -> tuple[float, ...]:
    """Return the figures in order."""
    return tuple(vars(held).values())


def _sample(hass: HomeAssistant) -> Held:
    """Count once."""
    return Held(
        memory=resident_memory(),
        objects=len(gc.get_objects()),
        tasks=len(asyncio.all_tasks()),
        sockets=_sockets(),
        timers=len(_timers(hass)),
        listeners=sum(hass.bus.async_listeners().values()),
        threads=threading.active_count(),
    )


def resident_memory() -> float:
    """Return the megabytes of memory that this process has."""
    with suppress(OSError, AttributeError):
        # Memory that is free already is no memory that grows.
        ctypes.CDLL(None).malloc_trim(0)
    if _STATM.exists():
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    done = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(os.getpid())],
        capture_output=True,
        encoding="ascii",
        check=True,
    )
    return int(done.stdout) * 1024 / 1e6


def _sockets() -> int:
    """Return how many sockets this process has open."""
    found = 0
    for each in Path("/dev/fd").iterdir():
        with suppress(OSError):
            found += stat.S_ISSOCK(os.fstat(int(each.name)).st_mode)
    return found

"""Where the demonstration runs, and which N.I.N.A. it is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import fcntl
import json
from pathlib import Path
import shutil
from typing import Any, override

from scripts._usage import demo

from .errors import DemoError

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = "nina_observatory"
USER = "demo"
PASSWORD = "demo"
LOOPBACK = demo.LOOPBACK
CONTROL_PORT = 1890


@dataclass(frozen=True, slots=True)
class Site:
    """A place on Earth, in degrees and meters."""

    latitude: float
    longitude: float
    elevation: float


SOMEWHERE = Site(47.2, 8.5, 500)


@dataclass(frozen=True, slots=True)
class Household:
    """What the owner of a Home Assistant has chosen, and what else of Home Assistant is set up."""

    language: str = "en"
    country: str = "GB"
    also: tuple[str, ...] = ()


BRITISH = Household()


@dataclass(frozen=True, slots=True)
class Target:
    """The N.I.N.A. that the integration is set up with."""

    host: str
    port: int
    scheduler_port: int | None

    @override
    def __str__(self) -> str:
        """Name the address."""
        return f"{self.host}:{self.port}"


class Store:
    """The folder in which a demonstration keeps everything between two starts."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, making it where it does not exist."""
        self.folder = folder
        self.config = folder / "config"
        self.logs = folder / "logs"
        self.database = folder / "postgresql"
        self._file = folder / "demo.json"
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the folder to ourselves; DemoError when another demonstration uses it."""
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise DemoError(f"Another demo is using {self.folder}.") from None
            yield

    def clear(self) -> None:
        """Forget everything."""
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self.config, ignore_errors=True)
        shutil.rmtree(self.logs, ignore_errors=True)
        shutil.rmtree(self.database, ignore_errors=True)

    def read(self) -> dict[str, Any]:
        """Return what was remembered, nothing where that is not readable."""
        try:
            remembered = json.loads(self._file.read_text(encoding="utf-8"))
        except OSError, ValueError:
            return {}
        return remembered if isinstance(remembered, dict) else {}

    def remember(self, **values: Any) -> None:
        """Remember values beside those from earlier."""
        partial = self._file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps({**self.read(), **values}, indent=2), encoding="utf-8")
        partial.replace(self._file)

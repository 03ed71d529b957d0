"""Where the demonstration runs, and which N.I.N.A. it is about."""

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any, override

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = "nina_observatory"
USER = "demo"
PASSWORD = "demo"

HOME_ASSISTANT_PORT = 8123
NINA_PORT = 1888
SCHEDULER_PORT = 8188


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
        self._file = folder / "demo.json"
        folder.mkdir(parents=True, exist_ok=True)

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
        partial.write_text(json.dumps({**self.read(), **values}, indent=2), encoding="utf-8")
        partial.replace(self._file)

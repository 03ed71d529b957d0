"""The locked environments."""

from __future__ import annotations

from contextlib import contextmanager
import fcntl
import hashlib
import shutil
from typing import TYPE_CHECKING

from .python import find_python, suitable
from .shell import CACHE, ROOT, clean_environment, run, say, step
from .tools import find_uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = {
    "newest": ROOT / ".venv",
    "floor": ROOT / ".venv-floor",
    "site": ROOT / ".venv-site",
}
GROUPS = {"newest": ("dev", "ha-newest"), "floor": ("dev", "ha-floor"), "site": ("site",)}
CONTENTS = {"site": "what builds the site"}
TESTS = "Home Assistant and the tools, which takes a minute once,"


def prepare(name: str) -> Path:
    """Bring an environment (`newest`, `floor`, or `site`) to what the lock says; return its Python."""
    CACHE.mkdir(exist_ok=True)
    folder, wanted = FOLDERS[name], _fingerprint(name)
    # One that is ready can be used while another one is made.
    if not _is_ready(folder, wanted):
        with _alone():
            if not _is_ready(folder, wanted):
                _sync(name, folder)
                (folder / "stamp").write_text(wanted, encoding="utf-8")
    return folder / "bin/python"


def _is_ready(folder: Path, wanted: str) -> bool:
    """Return whether an environment is complete and made from what is wanted."""
    return _stamp(folder) == wanted and suitable(folder / "bin/python")


@contextmanager
def _alone() -> Iterator[None]:
    """Keep two set-ups in one checkout from working at the same time."""
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another setup in this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint(name: str) -> str:
    """Return what an environment was made from, and where: it cannot be moved."""
    digest = hashlib.sha256(" ".join(GROUPS[name]).encode())
    for part in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / part).read_bytes())
    return f"{digest.hexdigest()}\n{FOLDERS[name]}\n"


def _stamp(folder: Path) -> str:
    """Return what an environment says it was made from, nothing when it is not complete."""
    stamp = folder / "stamp"
    return stamp.read_text(encoding="utf-8") if stamp.exists() else ""


def _sync(name: str, folder: Path) -> None:
    """Install what the lock says, from scratch where the environment is not usable here."""
    uv = find_uv()
    found = find_python(uv)
    if not _stamp(folder).endswith(f"\n{folder}\n") or not suitable(folder / "bin/python"):
        shutil.rmtree(folder, ignore_errors=True)
    (folder / "stamp").unlink(missing_ok=True)
    command = [str(uv), "sync", "--frozen", "--python", str(found), "--no-default-groups"]
    environment = {**clean_environment(), "UV_PROJECT_ENVIRONMENT": str(folder)}
    groups = [word for group in GROUPS[name] for word in ("--group", group)]
    with step(f"Installing {CONTENTS.get(name, TESTS)} in {folder.name}"):
        run([*command, *groups], env=environment, cwd=ROOT)

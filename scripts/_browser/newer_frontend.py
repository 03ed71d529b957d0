"""The frontend of the next Home Assistant, in a place of its own."""

from pathlib import Path
import shutil
import sys

from scripts._bootstrap.shell import CACHE, alone, run, step
from scripts._bootstrap.tools import find_uv

# That of Home Assistant 2026.12; its pages of integrations show whether an entry is healthy.
VERSION = "20261125.1"
FOLDER = CACHE / f"frontend-{VERSION}"


def install_frontend() -> Path:
    """Return the folder with the frontend, which is fetched once; raises BootstrapError."""
    with alone("frontend"):
        if not FOLDER.is_dir():
            partial = FOLDER.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            flags = ["--quiet", "--no-deps", "--python", sys.executable, "--target", str(partial)]
            with step("Fetching the frontend of Home Assistant 2026.12 (once)"):
                package = f"home-assistant-frontend=={VERSION}"
                run([str(find_uv()), "pip", "install", *flags, package])
            partial.rename(FOLDER)
    return FOLDER


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which Home Assistant uses it instead of its own."""
    return {"PYTHONPATH": str(folder)}

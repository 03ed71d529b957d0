"""Finding, or making, a Python that Home Assistant accepts."""

from __future__ import annotations

from pathlib import Path
import shutil

from . import debian
from .shell import CACHE, BootstrapError, clean_environment, run, step, succeeds
from .tools import patchelf

PRIVATE = CACHE / "python"
REQUEST = ">=3.14.2,<3.15"
SUITE = "forky"
# The libraries follow as dependencies: naming them by hand breaks with the next rename.
PACKAGES = ["python3.14-minimal", "libpython3.14-stdlib", "libstdc++6"]
HEADERS = "libpython3.14-dev"
PROBE = (
    "import sys, ssl, sqlite3, ctypes, lzma; "
    "sys.exit(0 if (3, 14, 2) <= sys.version_info[:3] < (3, 15) else 1)"
)


def suitable(python: str | Path) -> bool:
    """Return whether this is a complete Python of a version that Home Assistant accepts."""
    return succeeds([str(python), "-c", PROBE])


def find_python(uv: Path) -> Path:
    """Return a Python 3.14: on PATH, managed by uv, or from Debian packages."""
    for name in ("python3.14", "python3", "python"):
        found = shutil.which(name)
        if found and suitable(found):
            return Path(found)
    private = PRIVATE / "usr/bin/python3.14"
    if debian.is_complete(PRIVATE) and suitable(private):
        return private
    return _managed_python(uv) or _debian_python()


def _managed_python(uv: Path) -> Path | None:
    """Return a Python that uv manages, downloading it where that is possible."""
    found = _find_managed(uv)
    if found:
        return found
    try:
        with step("Asking uv for a Python 3.14"):
            environment = {**clean_environment(), "UV_HTTP_RETRIES": "1"}
            run([str(uv), "python", "install", "--no-bin", REQUEST], env=environment, cwd=Path("/"))
    except BootstrapError:
        return None
    return _find_managed(uv)


def _find_managed(uv: Path) -> Path | None:
    """Return the Python that uv manages already, if it works."""
    command = [str(uv), "python", "find", "--managed-python", "--no-project", REQUEST]
    try:
        python = run(command, cwd=Path("/")).strip()
    except BootstrapError:
        return None
    return Path(python) if suitable(python) else None


def _debian_python() -> Path:
    """Unpack Python 3.14 from Debian packages into the checkout."""
    if not debian.is_debian():
        raise BootstrapError(
            "Python 3.14.2 or newer was not found and could not be downloaded. "
            "Install it (or uv with access to its downloads) and try again."
        )
    with step(f"Unpacking Python 3.14 from Debian {SUITE} (33 MB, once)"):
        tool = patchelf()
        debian.make_root(PRIVATE)
        apt = debian.PrivateApt(CACHE / "apt-python", SUITE)
        for package in apt.download_closure(PACKAGES) + apt.download(HEADERS):
            debian.unpack(package, PRIVATE)
        python = PRIVATE / "usr/bin/python3.14"
        libraries = debian.bind(tool, PRIVATE, python)
    _mend_headers(libraries.name)
    if not suitable(python):
        raise BootstrapError("The Python from Debian packages does not start on this machine.")
    debian.mark_complete(PRIVATE)
    shutil.rmtree(apt.folder)
    return python


def _mend_headers(triplet: str) -> None:
    """Replace the pyconfig.h that only includes another one from /usr/include, not ours."""
    include = PRIVATE / "usr/include"
    real = include / triplet / "python3.14/pyconfig.h"
    shutil.copyfile(real, include / "python3.14/pyconfig.h")

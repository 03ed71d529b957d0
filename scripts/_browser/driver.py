"""Playwright's driver, a program of its own that needs a library which a bare Debian lacks."""

import inspect
import os
from pathlib import Path
import shlex
import shutil
import subprocess

import playwright

from scripts._bootstrap import debian
from scripts._bootstrap.shell import CACHE, BootstrapError, alone, say

FOLDER = CACHE / "node"
PACKAGE = "libatomic1"
VARIABLE = "PLAYWRIGHT_NODEJS_PATH"


def prepare_driver() -> None:
    """Make sure that the driver starts; raises BootstrapError where it cannot."""
    if os.environ.get(VARIABLE):
        return
    bundled = Path(inspect.getfile(playwright)).parent / "driver/node"
    if _starts(bundled):
        return
    wrapper = FOLDER / "node"
    with alone("node"):
        if not _starts(wrapper):
            _wrap(bundled, wrapper)
    if not _starts(wrapper):
        raise BootstrapError("The Playwright driver does not start on this machine.")
    os.environ[VARIABLE] = str(wrapper)


def _starts(program: Path) -> bool:
    """Return whether the driver starts."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def _wrap(bundled: Path, wrapper: Path) -> None:
    """Give the driver the one library that it misses, and nothing else of its release."""
    if not debian.is_debian():
        raise BootstrapError("Install libatomic, which the Playwright driver needs.")
    say("Downloading libatomic, which Playwright needs")
    root = FOLDER / "root"
    apt = debian.PrivateApt(CACHE / "apt-node", debian.own_suite())
    for package in apt.download(PACKAGE):
        debian.unpack(package, root)
    shutil.rmtree(apt.folder)
    libraries = sorted({path.parent for path in root.rglob("libatomic.so.1")})
    if not libraries:
        raise BootstrapError(f"{PACKAGE} contains no libatomic.")
    line = f'LD_LIBRARY_PATH={shlex.quote(str(libraries[0]))} exec {shlex.quote(str(bundled))} "$@"'
    wrapper.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    wrapper.chmod(0o755)

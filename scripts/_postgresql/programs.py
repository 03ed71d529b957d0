"""Finding the programs of PostgreSQL, or fetching them privately; nothing is installed."""

from pathlib import Path
import re
import shutil

from scripts._bootstrap import debian
from scripts._bootstrap.shell import CACHE, BootstrapError, alone, run, step, succeeds
from scripts._bootstrap.tools import patchelf

ROOT = CACHE / "postgresql"
# The package that depends on the server of the release.
PACKAGE = "postgresql"
NAMES = ("postgres", "initdb")
# Where packages keep the programs of each version, which are on nobody's PATH.
FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
# The oldest version that Home Assistant has announced to support in the coming releases.
OLDEST = 15

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find_programs() -> Path:
    """Return the folder with the server and `initdb` of this machine, or of a private copy.

    The copy is fetched once. Raises BootstrapError where there is none and none can be fetched.
    """
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    for folder in FOLDERS:
        found += sorted(Path("/").glob(folder), key=_version, reverse=True)
    for programs in found:
        if _version(programs) >= OLDEST and _is_usable(programs):
            return programs
    with alone(PACKAGE):
        return _private() or _unpack()


def _is_usable(programs: Path) -> bool:
    """Return whether all programs are there and start."""
    return all(succeeds([str(programs / name), "--version"]) for name in NAMES)


def _version(programs: Path) -> int:
    """Return the version of the server in a folder, 0 where there is none."""
    try:
        found = _VERSION.search(run([str(programs / "postgres"), "--version"]))
    except BootstrapError:
        return 0
    return int(found[1]) if found else 0


def _private() -> Path | None:
    """Return the programs of the private copy where it was unpacked completely."""
    if not debian.is_complete(ROOT):
        return None
    return next(filter(_is_usable, ROOT.glob("usr/lib/postgresql/*/bin")), None)


def _unpack() -> Path:
    """Unpack PostgreSQL from Debian packages of the release that this machine runs."""
    if not debian.is_debian():
        raise BootstrapError("No PostgreSQL was found. Install it and try again.")
    with step("Unpacking PostgreSQL from Debian (60 MB, once)"):
        tool = patchelf()
        apt = debian.PrivateApt(CACHE / "apt-postgresql", debian.own_suite())
        (named,) = apt.download(PACKAGE)
        name = _dependencies(named)[0]
        server = next(each for each in apt.download(name) if each.name.startswith(f"{name}_"))
        # Not what sets up a service, with an interpreter of its own.
        libraries = [each for each in _dependencies(server) if each.startswith("lib")]
        debian.make_root(ROOT)
        for package in (*apt.download_closure(libraries), server):
            debian.unpack(package, ROOT)
        for folder in ROOT.glob("usr/lib/postgresql/*/bin"):
            for program in NAMES:
                debian.bind(tool, ROOT, folder / program)
        debian.mark_complete(ROOT)
        shutil.rmtree(apt.folder)
    if (programs := _private()) is None:
        raise BootstrapError("The PostgreSQL from Debian packages does not start on this machine.")
    return programs


def _dependencies(package: Path) -> list[str]:
    """Return the names of the packages that a Debian package depends on, the first of each choice."""
    told = run(["dpkg-deb", "--field", str(package), "Depends"])
    return [re.split(r"[\s:|(]", each.strip())[0] for each in told.split(",")]

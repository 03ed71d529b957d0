"""Debian packages, downloaded and unpacked privately: nothing is installed, no root is needed."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess

from .shell import BootstrapError, run

DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRINGS = tuple(
    Path(f"/usr/share/keyrings/debian-archive-keyring.{ending}") for ending in ("gpg", "pgp")
)


def is_debian() -> bool:
    """Return whether packages of Debian can be fetched and verified on this machine."""
    tools = all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb", "tar"))
    return tools and any(keyring.exists() for keyring in KEYRINGS)


def own_suite() -> str:
    """Return the code name of the Debian release that this machine runs."""
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip('"')
    return "stable"


def mirror() -> str:
    """Return the Debian mirror that apt uses here already, lists fetched or not."""
    try:
        uris = run(["apt-get", "indextargets", "--format", "$(REPO_URI)"]).split()
    except BootstrapError:
        uris = []
    usual = [uri for uri in uris if uri.rstrip("/").endswith("/debian")]
    return usual[0] if usual else DEFAULT_MIRROR


class PrivateApt:
    """An apt with a state of its own, which leaves that of the machine alone."""

    def __init__(self, folder: Path, suite: str) -> None:
        """Start with an empty state for one suite on the mirror of the machine."""
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("lists/partial", "cache/archives/partial", "parts", "single"):
            (folder / part).mkdir(parents=True)
        keyring = next(keyring for keyring in KEYRINGS if keyring.exists())
        source = f"deb [signed-by={keyring}] {mirror()} {suite} main\n"
        (folder / "sources.list").write_text(source, encoding="utf-8")
        self._run("update")

    def _run(self, *arguments: str, cwd: Path | None = None) -> None:
        """Run apt-get on the private state."""
        options = {
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": self.folder / "parts",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": self.folder / "parts",
            "Dir::State": self.folder,
            "Dir::State::Lists": self.folder / "lists",
            "Dir::State::Status": "/dev/null",
            "Dir::Cache": self.folder / "cache",
            "Debug::NoLocking": "1",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::http::Timeout": "30",
            "Acquire::https::Timeout": "30",
            "APT::Update::Error-Mode": "any",
            # A mirror that lags behind is good enough; the signatures still count.
            "Acquire::Check-Valid-Until": "false",
        }
        if os.geteuid() == 0:
            # The unprivileged user apt would change to may not read a private folder.
            options["APT::Sandbox::User"] = "root"
        flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        run(["apt-get", "-qq", *flags, *arguments], cwd=cwd)

    def download_closure(self, names: list[str]) -> list[Path]:
        """Download packages with all they depend on and return their files."""
        self._run("-y", "--no-install-recommends", "--download-only", "install", *names)
        return sorted((self.folder / "cache/archives").glob("*.deb"))

    def download(self, *names: str) -> list[Path]:
        """Download packages without what they depend on and return their files."""
        target = self.folder / "single"
        self._run("download", *names, cwd=target)
        return sorted(target.glob("*.deb"))


def unpack(package: Path, root: Path) -> None:
    """Unpack a Debian package into a folder, following the links that are already there."""
    root.mkdir(parents=True, exist_ok=True)
    flags = ["-x", "--keep-directory-symlink", "--no-same-owner", "-C", str(root)]
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE
    ) as archive:
        unpacked = subprocess.run(["tar", *flags], stdin=archive.stdout, check=False)
    if archive.returncode or unpacked.returncode:
        raise BootstrapError(f"{package.name} could not be unpacked.")


def make_root(root: Path) -> None:
    """Make an empty root with the merged-usr links that Debian packages expect."""
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("lib", "lib64", "bin", "sbin"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")


def bind(patchelf: Path, root: Path, program: Path) -> Path:
    """Tie a program in an unpacked root to the libraries there; return their folder.

    DT_RPATH rather than LD_LIBRARY_PATH: it also reaches the libraries that are loaded
    later, and the programs that this one starts keep the C library of the machine. The
    root cannot be moved afterward.
    """
    loaders = sorted(root.glob("usr/lib/*/ld-linux-*.so.*"))
    if not loaders:
        raise BootstrapError("The Debian packages contain no C library.")
    libraries = loaders[0].parent
    paths = ":".join([str(libraries), str(root / "usr/lib")])
    flags = ["--set-interpreter", str(loaders[0]), "--force-rpath", "--set-rpath", paths]
    run([str(patchelf), *flags, str(program)])
    return libraries


def is_complete(root: Path) -> bool:
    """Return whether an unpacked root was finished, and at the place where it is now."""
    marker = root / ".complete"
    return marker.exists() and marker.read_text(encoding="utf-8") == str(root)


def mark_complete(root: Path) -> None:
    """Remember that an unpacked root is finished."""
    (root / ".complete").write_text(str(root), encoding="utf-8")

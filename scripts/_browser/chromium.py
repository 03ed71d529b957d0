"""Finding a Chromium, or fetching one privately; nothing is installed on the machine."""

from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import subprocess
import sys

from scripts._bootstrap import debian
from scripts._bootstrap.shell import CACHE, BootstrapError, alone, clean_environment, run, step
from scripts._bootstrap.tools import patchelf

ROOT = CACHE / "chromium"
PLAYWRIGHT = CACHE / "playwright"
PACKAGES = ["chromium-headless-shell", "fonts-dejavu-core"]
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{root}/usr/share/fonts</dir><cachedir>{root}/font-cache</cachedir></fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser that starts, and the environment it needs."""

    program: Path
    environment: dict[str, str]

    def starts(self) -> bool:
        """Return whether the browser starts."""
        try:
            answer = subprocess.run(
                [self.program, "--version"],
                env={**os.environ, **self.environment},
                capture_output=True,
                check=False,
                timeout=60,
            )
        except OSError, subprocess.TimeoutExpired:
            return False
        return answer.returncode == 0


def find_chromium() -> Chromium:
    """Return the Chromium of this machine, or a private one, which is fetched once.

    Raises BootstrapError where there is none and none can be fetched.
    """
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        found = shutil.which(name) if name else None
        if found and (chromium := Chromium(Path(found), {})).starts():
            return chromium
    with alone("chromium"):
        if debian.is_debian():
            return _private() or _unpack()
        return _playwright()


def _private() -> Chromium | None:
    """Return the private Chromium where it was unpacked completely."""
    if not debian.is_complete(ROOT):
        return None
    chromium = _in_root()
    return chromium if chromium.starts() else None


def _in_root() -> Chromium:
    """Return the unpacked Chromium with the libraries and fonts it came with."""
    programs = sorted(ROOT.glob("usr/lib/chromium/chromium-headless-shell"))
    libraries = sorted(ROOT.glob("usr/lib/*-linux-gnu*"))
    if not programs or not libraries:
        raise BootstrapError("The Debian packages contain no Chromium.")
    environment = {
        "FONTCONFIG_FILE": str(ROOT / "fonts.conf"),
        # Some of its libraries look for theirs in places of their own, which excludes DT_RPATH.
        "LD_LIBRARY_PATH": f"{libraries[0]}:{libraries[0]}/pulseaudio",
    }
    return Chromium(programs[0], environment)


def _unpack() -> Chromium:
    """Unpack Chromium from Debian packages of the release that this machine runs."""
    with step("Unpacking Chromium from Debian (160 MB, once)"):
        tool = patchelf()
        apt = debian.PrivateApt(CACHE / "apt-chromium", debian.own_suite())
        packages = apt.download_closure(PACKAGES)
        debian.make_root(ROOT)
        for package in packages:
            debian.unpack(package, ROOT)
        (ROOT / "fonts.conf").write_text(FONTS.format(root=ROOT), encoding="utf-8")
        chromium = _in_root()
        debian.bind(tool, ROOT, chromium.program)
        shutil.rmtree(apt.folder)
    if not chromium.starts():
        raise BootstrapError("The Chromium from Debian packages does not start on this machine.")
    debian.mark_complete(ROOT)
    return chromium


def _playwright() -> Chromium:
    """Let playwright download its own Chromium."""
    environment = {**clean_environment(), "PLAYWRIGHT_BROWSERS_PATH": str(PLAYWRIGHT)}
    with step("Fetching Chromium (once)"):
        command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
        run(command, env=environment)
    programs = [
        path
        for path in sorted(PLAYWRIGHT.glob("chromium*/**/*"))
        if path.name in {"headless_shell", "chrome-headless-shell", "chrome"} and path.is_file()
    ]
    for program in programs:
        if (chromium := Chromium(program, {})).starts():
            return chromium
    raise BootstrapError("The Chromium that playwright fetched does not start on this machine.")

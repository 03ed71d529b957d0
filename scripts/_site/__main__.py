"""Build the site and check it, or show it while it is written."""

import os
from pathlib import Path
import subprocess
import sys
from typing import Final

import yaml

from scripts._usage.site import parser

from .built import faults
from .pages import ROOT

CONFIGURATION: Final = ROOT / "mkdocs.yml"
SITE: Final = ROOT / ".cache/site"
# The theme announces changes of MkDocs, which is pinned.
ENVIRONMENT: Final = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


def main() -> int:
    """Build the site; return 1 if that fails, or if a link leads nowhere."""
    if parser().parse_args().serve:
        return _mkdocs("serve")
    if code := _mkdocs("build", "--strict", "--clean", "--site-dir", str(SITE)):
        return code
    found = list(faults(SITE, _address()))
    for fault in found:
        print(fault)
    pages = len(list(SITE.rglob("*.html")))
    print(f"{pages} pages in {_shown(SITE)}, {len(found)} faults")
    return 1 if found else 0


def _mkdocs(command: str, *options: str) -> int:
    """Run MkDocs and return its exit code."""
    # Not quiet: that would hide what the strict build fails for.
    words = [sys.executable, "-m", "mkdocs", command, *options]
    try:
        return subprocess.run(words, cwd=ROOT, env=ENVIRONMENT, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _address() -> str:
    """Return the address that the site is built for."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("site_url:"))
    return str(yaml.safe_load(line)["site_url"])


def _shown(folder: Path) -> str:
    """Return a folder as people read it."""
    return folder.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())

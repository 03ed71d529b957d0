"""Help: every script lists its options on a machine that has nothing but some Python."""

import os
from pathlib import Path
import shutil
import subprocess

import pytest

from scripts._bootstrap.shell import ROOT

SCRIPTS = sorted(
    each.name
    for each in (ROOT / "scripts").iterdir()
    if each.is_file() and os.access(each, os.X_OK) and not each.name.startswith("_")
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a fresh checkout of the scripts."""
    folder = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=ignored)
    return folder


def contents(folder: Path) -> set[Path]:
    """Return everything in a folder."""
    return set(folder.rglob("*"))


def test_help_installs_nothing(checkout: Path, subtests: pytest.Subtests) -> None:
    """Nothing is written either, and no server is looked for: no proxy leads anywhere."""
    before = contents(checkout)
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:1")
    started = {
        name: subprocess.Popen(
            [checkout / "scripts" / name, "--help"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **nowhere, "HOME": str(checkout / "none")},
        )
        for name in SCRIPTS
    }
    for name, process in started.items():
        with subtests.test(name):
            said, complained = process.communicate()
            assert (process.returncode, complained) == (0, "")
            assert said.startswith(f"usage: scripts/{name} ")
    assert contents(checkout) == before


def test_all_scripts_are_looked_at() -> None:
    """Nothing hides one of them."""
    assert {"bench", "demo", "lint", "setup", "soak", "test"} <= set(SCRIPTS)

"""Set-up: what is complete is kept, what is not is made again, and old Pythons can run it."""

import ast
from pathlib import Path
import sys

import pytest

from scripts._bootstrap import debian, environment, python, shell, tools

FOLDERS = ("_bootstrap", "_usage")
SOURCES = sorted(each for name in FOLDERS for each in (shell.ROOT / "scripts" / name).glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_any_python_runs_is_written_for_old_ones(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    others = {
        str(name) for name in imported if str(name).split(".")[0] not in sys.stdlib_module_names
    }
    assert others <= {"scripts._usage.bootstrap"}


def test_this_python_is_suitable_and_others_are_not(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert python.suitable(sys.executable)
    assert not python.suitable(old)
    assert not python.suitable(tmp_path / "absent")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout whose environment is made by a stand-in that counts."""
    (tmp_path / "uv.lock").write_text("one")
    (tmp_path / "pyproject.toml").write_text("two")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "CACHE", tmp_path / ".cache")
    monkeypatch.setattr(environment, "FOLDERS", {"newest": tmp_path / ".venv"})
    monkeypatch.setattr(environment, "suitable", Path.exists)
    monkeypatch.setattr(environment, "_sync", make_environment)
    return tmp_path


def make_environment(_name: str, folder: Path) -> None:
    """Stand in for uv: leave a Python and one mark for each time."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "bin/python").touch()
    with (folder / "made").open("a") as made:
        made.write("x")


def times_made(checkout: Path) -> int:
    """Return how often the environment was made."""
    return len((checkout / ".venv/made").read_text())


def test_an_environment_is_made_once(checkout: Path) -> None:
    assert environment.prepare("newest") == checkout / ".venv/bin/python"
    environment.prepare("newest")
    assert times_made(checkout) == 1


@pytest.mark.parametrize("changed", ["uv.lock", "pyproject.toml", ".venv/stamp"])
def test_an_environment_follows_the_lock(checkout: Path, changed: str) -> None:
    environment.prepare("newest")
    (checkout / changed).write_text("three")
    environment.prepare("newest")
    assert times_made(checkout) == 2


def test_an_environment_without_python_is_made_anew(checkout: Path) -> None:
    environment.prepare("newest")
    (checkout / ".venv/bin/python").unlink()
    environment.prepare("newest")
    assert times_made(checkout) == 2


def test_a_set_up_that_fails_leaves_no_stamp(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_name: str, _folder: Path) -> None:
        raise shell.BootstrapError("no network")

    environment.prepare("newest")
    (checkout / "uv.lock").write_text("three")
    monkeypatch.setattr(environment, "_sync", fail)
    with pytest.raises(shell.BootstrapError):
        environment.prepare("newest")
    monkeypatch.setattr(environment, "_sync", make_environment)
    environment.prepare("newest")
    assert times_made(checkout) == 2


def test_an_unpacked_root_counts_only_where_it_was_finished(tmp_path: Path) -> None:
    root = tmp_path / "root"
    debian.make_root(root)
    assert (root / "lib").readlink() == Path("usr/lib")
    assert not debian.is_complete(root)
    debian.mark_complete(root)
    assert debian.is_complete(root)
    moved = root.rename(tmp_path / "moved")
    assert not debian.is_complete(moved)


def test_tools_run_in_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in shell.DROPPED:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HOME", "/nonexistent")
    clean = shell.clean_environment()
    assert not set(shell.DROPPED) - {"PIP_USER"} & clean.keys()
    assert clean["PIP_USER"] == "0"
    assert clean["HOME"].startswith(str(shell.CACHE))


def test_a_failing_command_says_why() -> None:
    with pytest.raises(shell.BootstrapError, match="sh failed:\nthe reason"):
        shell.run(["/bin/sh", "-c", "echo the reason >&2; exit 3"])
    with pytest.raises(shell.BootstrapError, match="could not be started"):
        shell.run(["/nonexistent/tool"])
    assert shell.run(["/bin/echo", "text"]) == "text\n"


def test_an_old_uv_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = tmp_path / "uv"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "install_tool", lambda name, _version: Path("/private") / name)
    assert tools.find_uv() == Path("/private/uv")
    uv.write_text("#!/bin/sh\necho 'uv 0.4.30 (abc 2024-11-04)'\n")
    uv.chmod(0o755)
    assert tools.find_uv() == Path("/private/uv")
    uv.write_text("#!/bin/sh\necho 'uv 0.13.0'\n")
    assert tools.find_uv() == uv

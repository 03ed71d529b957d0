"""The library stands alone: it needs nothing of Home Assistant, nor of the package around it."""

from pathlib import Path
import subprocess
import sys

from custom_components.nina_observatory import api

PROGRAM = """
import importlib, pkgutil, sys, types

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"homeassistant", "simulator"}:
            raise ImportError(f"{name} must not be imported here")

sys.meta_path.insert(0, Forbidden())
parent = types.ModuleType("alone")
parent.__path__ = [sys.argv[1]]
sys.modules["alone"] = parent
api = importlib.import_module("alone.api")
modules = [each.name for each in pkgutil.walk_packages(api.__path__, "alone.api.")]
for name in modules:
    importlib.import_module(name)
missing = [name for name in api.__all__ if not hasattr(api, name)]
print(len(modules), missing, [name for name in sys.modules if "homeassistant" in name])
"""


def test_it_imports_nothing_of_home_assistant() -> None:
    parent = Path(api.__file__).parents[1]

    done = subprocess.run(  # our own interpreter and program
        [sys.executable, "-c", PROGRAM, str(parent)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    modules, rest = done.stdout.split(" ", 1)
    assert rest.strip() == "[] []"
    assert int(modules) == len(list(Path(api.__file__).parent.rglob("*.py"))) - 1

"""The archive and the notes of a release."""

from pathlib import Path
import zipfile

import pytest

from scripts._release import build_archive, notes, version_of

from .conftest import Checkout


def test_the_tag_has_to_be_the_version_of_the_manifest(checkout: Checkout) -> None:
    assert version_of("v1.2.3", checkout.root) == "1.2.3"
    with pytest.raises(ValueError, match="The tag is v1"):
        version_of("v1.2.4", checkout.root)


def test_notes_are_the_part_of_the_changelog(checkout: Checkout) -> None:
    assert notes("1.2.3", checkout.root) == "First.\n"
    assert notes("1.2.2", checkout.root) == "Old.\n"
    with pytest.raises(ValueError, match="has no entry for"):
        notes("1.2", checkout.root)


def test_the_archive_has_the_integration_at_its_top(checkout: Checkout, tmp_path: Path) -> None:
    checkout.write("__pycache__/cover.cpython-314.pyc", "")
    build_archive(checkout.root, tmp_path / "one.zip")
    build_archive(checkout.root, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == [
            "api/__init__.py",
            "cover.py",
            "errors.py",
            "frontend/dashboard.js",
            "icons.json",
            "manifest.json",
            "quality_scale.yaml",
            "services.yaml",
            "translations/en.json",
        ]

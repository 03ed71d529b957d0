"""The brand pictures."""

from PIL import Image, ImageChops
import pytest

from scripts._brand.__main__ import FOLDER, pictures


@pytest.mark.parametrize("name", list(pictures()))
def test_the_pictures_are_those_that_the_script_draws(name: str) -> None:
    with Image.open(FOLDER / name) as kept:
        drawn = pictures()[name]
        assert kept.size == drawn.size
        assert ImageChops.difference(kept.convert("RGBA"), drawn).getbbox() is None


@pytest.mark.parametrize("name", list(pictures()))
def test_the_pictures_are_trimmed(name: str) -> None:
    drawn = pictures()[name]
    left, top, right, bottom = drawn.getbbox() or (0, 0, 0, 0)
    assert top == 0
    assert bottom == drawn.height
    assert left <= drawn.width * 0.08
    assert right >= drawn.width * 0.92

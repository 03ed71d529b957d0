"""The brand pictures."""

from PIL import Image, ImageChops
import pytest

from scripts._brand.__main__ import FOLDER, pictures
from scripts._checks.icons import LOGOS, SQUARES


@pytest.fixture(scope="module")
def drawings() -> dict[str, Image.Image]:
    """Return all pictures as the script draws them."""
    return pictures()


def test_no_picture_is_missing(drawings: dict[str, Image.Image]) -> None:
    assert drawings.keys() == (SQUARES | LOGOS).keys()


@pytest.mark.parametrize("name", SQUARES | LOGOS)
def test_the_pictures_are_those_that_the_script_draws(
    name: str, drawings: dict[str, Image.Image]
) -> None:
    drawn = drawings[name]
    with Image.open(FOLDER / name) as kept:
        assert kept.size == drawn.size
        assert ImageChops.difference(kept.convert("RGBA"), drawn).getbbox() is None


@pytest.mark.parametrize("name", SQUARES | LOGOS)
def test_the_pictures_are_trimmed(name: str, drawings: dict[str, Image.Image]) -> None:
    drawn = drawings[name]
    left, top, right, bottom = drawn.getbbox() or (0, 0, 0, 0)
    assert top == 0
    assert bottom == drawn.height
    assert left <= drawn.width * 0.08
    assert right >= drawn.width * 0.92

"""Each plot looks as the stored picture of it does, which somebody has looked at."""

from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageStat
import pytest

from custom_components.nina_observatory.plots import style

from .samples import PICTURES, look

STORED: Final = Path(__file__).parent / "pictures"
WIDTH: Final = 400
# Out of 255: other versions of the typeface or of Pillow draw edges a little differently.
ALIKE: Final = 60
# Shares of the pixels that may differ by more, and the mean difference of all.
OTHERS: Final = 0.004
MEAN: Final = 1.2


def opened(data: bytes) -> Image.Image:
    """Return a picture in memory."""
    with Image.open(BytesIO(data)) as picture:
        return picture.convert("RGBA")


def differences(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return the share of pixels that differ, and the mean difference."""
    apart = ImageChops.difference(one, other).convert("RGBA")
    largest = apart.getchannel(0)
    for channel in (1, 2, 3):
        largest = ImageChops.lighter(largest, apart.getchannel(channel))
    far = sum(largest.histogram()[ALIKE:]) / (one.width * one.height)
    return far, float(ImageStat.Stat(largest).mean[0])


@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(name: str, request: pytest.FixtureRequest) -> None:
    """`--snapshot-update` stores what it looks like now."""
    drawn = opened(PICTURES[name](look(WIDTH)))
    path = STORED / f"{name}.png"
    if request.config.getoption("update_snapshots", default=False):
        drawn.quantize(128, Image.Quantize.FASTOCTREE).save(path, optimize=True)
    stored = opened(path.read_bytes())
    assert drawn.size == stored.size
    far, mean = differences(drawn, stored)
    assert (far <= OTHERS, mean <= MEAN) == (True, True), (far, mean)


def test_another_plot_is_not_taken_for_it() -> None:
    """The comparison notices what it is there for."""
    names = ("autofocus", "autofocus_trends", "autofocus_failed", "guiding", "guiding_steps")
    drawn = [opened(PICTURES[name](look(WIDTH))) for name in names]
    for number, one in enumerate(drawn):
        for other in drawn[number + 1 :]:
            far, mean = differences(one, other)
            assert far > OTHERS or mean > MEAN


@pytest.mark.parametrize("width", [400, 800, 1600])
@pytest.mark.parametrize("name", ["guiding", "autofocus"])
def test_it_is_drawn_in_any_width(name: str, width: int) -> None:
    """With round corners that let through what is behind, and the same proportions."""
    drawn = opened(PICTURES[name](look(width)))
    assert drawn.size == (width, width * 9 // 16)
    right, bottom = drawn.width - 1, drawn.height - 1
    corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    assert {drawn.getpixel(corner) for corner in corners} == {(0, 0, 0, 0)} or all(
        drawn.getpixel(corner)[3] == 0  # type: ignore[index]  # a picture with four channels
        for corner in corners
    )
    assert drawn.getpixel((right // 2, 1)) == (*style.GROUND, 255)


@pytest.mark.parametrize(("asked", "width"), [(1, 400), (399, 400), (1601, 1600), (10**9, 1600)])
def test_the_width_is_bounded(asked: int, width: int) -> None:
    """A picture of any size would cost all memory."""
    assert opened(PICTURES["autofocus_empty"](look(asked))).width == width


def test_it_can_be_drawn_without_the_frontend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow has a typeface, too."""
    style.font.cache_clear()
    monkeypatch.setattr(style, "find_spec", lambda _name: None)
    try:
        drawn = opened(PICTURES["autofocus"](look(WIDTH)))
    finally:
        style.font.cache_clear()
    stored = opened((STORED / "autofocus.png").read_bytes())
    assert 0 < differences(drawn, stored)[0] < 0.06


def test_it_can_be_drawn_with_a_broken_frontend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A frontend that has its typefaces elsewhere is no reason to fail."""
    style.font.cache_clear()
    monkeypatch.setattr(style, "_frontend", lambda: tmp_path)
    try:
        assert opened(PICTURES["guiding"](look(WIDTH))).width == WIDTH
    finally:
        style.font.cache_clear()


def test_the_observatory_is_named_if_there_are_several() -> None:
    """A name of any length is cut, and never runs over the title."""
    name = "An observatory <b>with</b> a name\nthat goes on and on " * 20
    one = opened(PICTURES["autofocus_empty"](look(WIDTH)))
    other = opened(PICTURES["autofocus_empty"](look(WIDTH, observatory=name)))
    box = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    assert box is not None
    left, _, right, bottom = box
    assert left > WIDTH * 0.3
    assert right < WIDTH
    assert bottom < 40

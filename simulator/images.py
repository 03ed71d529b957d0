"""The list of saved images, as the plugin keeps it in memory while N.I.N.A. runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .picture import render, render_color

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from .picture import Scene, Statistics

__all__ = ["Frame", "Images"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that was taken: its scene (its pixels follow from it), statistics and circumstances."""

    scene: Scene
    statistics: Statistics
    image_type: str
    target_name: str
    filter_name: str
    seconds: float
    gain: int
    offset: int
    temperature: float
    rms_text: str
    saved_at: datetime
    filename: str
    camera_name: str
    telescope_name: str
    focal_length: float
    bayered: bool = False

    def pixels(self) -> NDArray[np.uint16]:
        """Return the data of the frame: of a color camera the mosaic of its sensor (RGGB)."""
        if not self.bayered:
            return render(self.scene)
        colors = render_color(self.scene)
        mosaic = colors[..., 1].copy()
        mosaic[::2, ::2] = colors[::2, ::2, 0]
        mosaic[1::2, 1::2] = colors[1::2, 1::2, 2]
        return mosaic

    @property
    def hfr(self) -> float:
        """Return the half-flux radius in pixels, NaN without star detection."""
        return self.statistics.hfr

    def as_data(self) -> dict[str, Any]:
        """Return the item of the image history."""
        statistics = self.statistics
        return {
            "ExposureTime": float(self.seconds),
            "ImageType": self.image_type,
            "Filter": self.filter_name,
            "RmsText": self.rms_text,
            "Temperature": float(self.temperature),
            "CameraName": self.camera_name,
            "TargetName": self.target_name,
            "Gain": self.gain,
            "Offset": self.offset,
            "Date": self.saved_at,
            "TelescopeName": self.telescope_name,
            "FocalLength": float(self.focal_length),
            "StDev": float(statistics.st_dev),
            "Mean": float(statistics.mean),
            "Median": float(statistics.median),
            "Min": float(statistics.minimum),
            "Max": float(statistics.maximum),
            "Stars": int(statistics.stars),
            "HFR": float(statistics.hfr),
            "HFRStDev": float(statistics.hfr_st_dev),
            "IsBayered": self.bayered,
            "Filename": self.filename,
        }


class Images:
    """Saved frames, oldest first; `prepared` is the one shown in the imaging tab.

    `deleted` are names of files that are no longer where they were saved.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.frames: list[Frame] = []
        self.deleted: set[str] = set()
        self.renamed: set[str] = set()
        self.prepared: Frame | None = None

    def clear(self) -> None:
        """Forget everything, as a restart of N.I.N.A. does."""
        self.frames.clear()
        self.deleted.clear()
        self.renamed.clear()
        self.prepared = None

    def __len__(self) -> int:
        """Return the number of saved frames."""
        return len(self.frames)

    @property
    def latest(self) -> Frame | None:
        """Return the newest frame."""
        return self.frames[-1] if self.frames else None

    def of_type(self, image_type: str | None) -> Sequence[Frame]:
        """Return the frames of a type in exactly that spelling, or all."""
        if not image_type:
            return self.frames
        return [frame for frame in self.frames if frame.image_type == image_type]

"""Guiding that is lost while something is imaged: its star, or the guider itself."""

from custom_components.nina_observatory.api import Camera, GuiderState, Role, Unknown
from custom_components.nina_observatory.night.detectors import GuidingLost

from .test_problems import MINUTE, STOPPED, Night, guider


def test_a_lost_star_is_a_problem_when_it_stays_lost() -> None:
    """It comes back by itself within seconds most of the time."""
    night = Night(GuidingLost()).has(Role.GUIDER, guider(GuiderState.GUIDING))
    night.has(Role.GUIDER, guider(GuiderState.LOST_LOCK))
    assert night.after(29) is False
    assert night.after(1) is True
    assert night.reason == "star_lost"
    night.has(Role.GUIDER, guider(GuiderState.GUIDING))
    assert night.after(59) is True
    assert night.after(1) is False


def test_a_star_that_comes_and_goes_is_one_problem() -> None:
    """It is over only when it was found for a while."""
    night = Night(GuidingLost()).has(Role.GUIDER, guider(GuiderState.GUIDING))
    night.has(Role.GUIDER, guider(GuiderState.LOST_LOCK)).after(40)
    for _ in range(5):
        night.has(Role.GUIDER, guider(GuiderState.GUIDING))
        assert night.after(20) is True
        night.has(Role.GUIDER, guider(GuiderState.LOST_LOCK))
        assert night.after(35) is True


def test_a_lost_star_matters_while_something_is_imaged() -> None:
    """The state stays behind when guiding ends."""
    night = Night(GuidingLost(), STOPPED).has(Role.GUIDER, guider(GuiderState.LOST_LOCK))
    assert night.after(60 * MINUTE) is False
    night.has(Role.CAMERA, Camera(connected=True, exposing=True))
    assert night.after(MINUTE) is True


def test_a_guider_in_words_of_its_own_that_is_gone() -> None:
    """Its steps show that it guided."""
    night = Night(GuidingLost()).has(Role.GUIDER, guider(Unknown("Dithering")))
    night.has(Role.GUIDER, guider(Unknown("Dithering"), connected=False))
    assert night.after(60 * MINUTE) is False
    night.has(Role.GUIDER, guider(Unknown("Dithering"))).so(guiding=True)
    night.has(Role.GUIDER, guider(Unknown("Dithering"), connected=False))
    assert night.after(MINUTE) is True
    assert night.reason == "guider_disconnected"


def test_a_guider_that_is_gone() -> None:
    """Only where it guided before in the same run."""
    night = Night(GuidingLost()).has(Role.GUIDER, guider(GuiderState.STOPPED, connected=False))
    assert night.after(60 * MINUTE) is False
    night.has(Role.GUIDER, guider(GuiderState.GUIDING))
    night.has(Role.GUIDER, guider(GuiderState.STOPPED, connected=False))
    assert night.after(MINUTE) is True
    assert night.reason == "guider_disconnected"
    assert night.so(sequence=STOPPED).after(MINUTE) is False

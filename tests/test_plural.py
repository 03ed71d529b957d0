"""Plural forms as the CLDR has them."""

import pytest

from custom_components.nina_observatory.helpers.plural import Plural, counted, plural

ONE, FEW, MANY, OTHER = Plural


@pytest.mark.parametrize(
    ("languages", "forms"),
    [
        (("en", "en-GB", "de", "es", "it", "nl", "pt", "ja", ""), {ONE: {1}, OTHER: {0, 2, 5, 21}}),
        (("fr", "fr-CA", "pt-BR"), {ONE: {0, 1}, OTHER: {2, 5, 21, 101}}),
        (
            ("pl",),
            {
                ONE: {1},
                FEW: {2, 3, 4, 22, 34, 102, 1002},
                MANY: {0, 5, 11, 12, 13, 14, 21, 25, 100, 101, 111, 112, 1014},
            },
        ),
    ],
)
def test_forms(languages: tuple[str, ...], forms: dict[Plural, set[int]]) -> None:
    for language in languages:
        for form, counts in forms.items():
            assert {plural(language, count) for count in counts} == {form}, language


def test_the_text_for_a_count() -> None:
    polish = {"frames_one": "klatka", "frames_few": "klatki", "frames_many": "klatek"}
    assert [counted(polish, "frames", "pl", count) for count in (1, 2, 5)] == [*polish.values()]
    # English texts stand in for those that are missing, and have two forms.
    english = {"frames_one": "frame", "frames_other": "frames"}
    assert [counted(english, "frames", "pl", count) for count in (1, 2, 5)] == [
        "frame",
        "frames",
        "frames",
    ]
    assert counted({}, "frames", "pl", 2) == "frames"

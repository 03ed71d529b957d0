"""docs/voice.md: what can be asked in which language, in words that are understood."""

from collections.abc import Iterator
import re
from typing import Final

from hassil.expression import Alternative, Expression, Group, TextChunk
from hassil.parse_expression import parse_sentence

from custom_components.nina_observatory.voice.wordings import (
    LANGUAGES,
    Ask,
    Names,
    Wordings,
    expand,
    load_wordings,
)

NAMES: Final = Names(observatories=("Backyard",))
TARGET: Final = "M31"

# What may be left out at the beginning of a word.
ARTICLE: Final = re.compile(r"^\[([^\[\]|]+?)(?: \[[^\]]*\]|\|[^\]]*)?\]")

# In the order of their English names.
NAMES_OF_LANGUAGES: Final = {
    "nl": "Dutch",
    "en": "English",
    "fr": "French",
    "de": "German",
    "it": "Italian",
    "pl": "Polish",
    "pt": "Portuguese",
    "es": "Spanish",
}

ASKED: Final = {
    Ask.IS_SAFE: "Is it safe?",
    Ask.NOW_IMAGING: "What is being imaged?",
    Ask.NIGHT: "How is the night going?",
    Ask.CAMERA_TEMPERATURE: "How cold is the camera?",
    Ask.SEQUENCE_END: "When does the sequence end?",
    Ask.MOUNT_PARKED: "Is the mount parked?",
    Ask.CLOSE_ROOF: "Close the roof",
    Ask.OPEN_ROOF: "Open the roof",
    Ask.CONFIRM_OPEN: "Confirm that the roof is to open",
    Ask.PARK: "Park the mount",
    Ask.SECURE: "Secure the observatory",
    Ask.START_SEQUENCE: "Start the sequence",
    Ask.TAKE_PICTURE: "Take a picture of a planned target",
}

HEAD: Final = """# Voice

<!-- Generated from the code by scripts/make_docs. Change the code, not the file. -->

Ask Assist about your observatory, or give it a command, by a voice satellite, in the app, or by typing. There
is nothing to copy or to configure: the sentences are there as long as you have an observatory, in the languages
of Home Assistant and of your voice assistants. If you add an assistant in another language, restart Home
Assistant. An assistant with a [language model](language-models.md) understands the sentences as well, before the
model sees them.

> *Is it safe out there?* — Yes, it is safe.
>
> *What's my scope up to?* — Imaging NGC 7000 through Ha. Frame 12 of 40.
>
> *Open the roof.* — It is safe. To open the roof, say: yes, open the roof.

## What you get as an answer

- **It says what it knows.** *Not safe* and *unknown* are not the same: "I don't know: N.I.N.A. is not running."
- **A command has happened when you hear so.** A command does the same as its action or entity, and the answer says
  what a reading has confirmed. If it takes longer than 8 seconds, the answer says that it has not happened *yet*.
  The command continues. The voice satellite that heard you announces how it ended; if it fails, you also get a
  notification.
- **The roof opens only while it is known to be safe**, and only after you confirm it within a minute with a second
  sentence, on the same device. Without a safety monitor, it can't be opened by voice.
- **You need the same permissions** as for the entities, if Assist knows who you are: in the app and in the browser.
  A voice satellite does not know who speaks, as with everything else it does.
- **A picture** of a planned target slews to it, centers it, and takes one exposure as long as in its exposure plan
  (at most two minutes), which is not saved. *Latest image* shows it. While a sequence is running, no picture is taken.

Choose in the options of the observatory, under *General*, which commands can be given by voice: all, all except opening
the roof, or none. In *Read-only mode*, there are none. Questions can always be asked.

## Several observatories

Say the name of the observatory: "Is Backyard safe?", "Close the Backyard roof". Without a name, Assist asks which one
you mean.

## What is not understood

The sentences are narrow, so that nothing else in your home is affected. "Open the shutters" means those of the house.
If another cover is called "Roof", "close the roof" means that one: say "close the observatory roof" instead. The
same goes for scenes, scripts, and sensors.

Home Assistant's own sentences find entities by their names, if you expose them. Roof, power channels, and everything
else that sends commands are not exposed to Assist, Alexa, or Google Assistant unless you do so, under *Settings > Voice
assistants > Expose*. Give them aliases there. To have your own words for the sentences below, create an automation with a
sentence trigger, and call the action that you need.

## Sentences

These are examples. Articles and words such as *please* or *now* may be left out or added, and there are more words
for most things. "Backyard" is the name of an observatory, and M31 a target of the Target Scheduler.
"""


def said(sentence: str, words: Wordings) -> str:
    """Return an example of a sentence, with articles and without anything else that is optional."""
    with_articles = {word: tuple(map(_with_article, each)) for word, each in words.words.items()}
    full = expand(sentence.replace("{target}", TARGET), with_articles, NAMES)
    return " ".join(_first(parse_sentence(full).expression).split())


def _with_article(word: str) -> str:
    """Return a word with its first article, which may be followed by "my" or "our"."""
    return ARTICLE.sub(r"\1", word)


def _first(expression: Expression) -> str:
    """Return the first of all alternatives, without what may be left out."""
    if isinstance(expression, TextChunk):
        return expression.original_text
    assert isinstance(expression, Group)
    if not isinstance(expression, Alternative):
        return "".join(map(_first, expression.items))
    return "" if expression.is_optional else _first(expression.items[0])


def _of_language(language: str) -> Iterator[str]:
    words = load_wordings(language)
    yield f"### {NAMES_OF_LANGUAGES[language]}\n"
    for ask, heading in ASKED.items():
        examples = dict.fromkeys(said(sentence, words) for sentence in words.sentences[ask])
        yield f"- **{heading}** " + ", ".join(f"*{example}*" for example in examples)
    yield ""


def voice() -> str:
    """Return the document."""
    assert NAMES_OF_LANGUAGES.keys() == {*LANGUAGES}
    lines = [line for language in NAMES_OF_LANGUAGES for line in _of_language(language)]
    return "\n".join([HEAD, *lines]).rstrip() + "\n"

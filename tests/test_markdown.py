"""Texts where Home Assistant renders Markdown: nothing but text, and still readable."""

import pytest

from custom_components.nina_observatory.helpers.markdown import escape_markdown


@pytest.mark.parametrize(
    "text",
    [
        "The roof did not close within 300 s; it is still open. Check it now.",
        "M 31, NGC-7000 (Ha), 17.5 °C",
        "observatory-pc",
        "192.168.1.20:1888",
        "[fe80::1]:1888".replace("[", "").replace("]", ""),
        "It is 100% & more! #1, 2 + 3 = 5",
    ],
)
def test_what_means_nothing_stays_readable(text: str) -> None:
    assert escape_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("[Fix](http://evil)", r"\[Fix\](http\://evil)"),
        ("![](HTTPS://evil/x.png)", r"!\[\](HTTPS\://evil/x.png)"),
        ("see www.evil.com", r"see www\.evil.com"),
        ("see WWW.evil.com", r"see WWW\.evil.com"),
        ("mail me@evil.com", r"mail me\@evil.com"),
        ("<img src=x onerror=y>", r"\<img src=x onerror=y\>"),
        ("<ha-alert>", r"\<ha-alert\>"),
        ("**all** _is_ ~~well~~ `now`", r"\*\*all\*\* \_is\_ \~\~well\~\~ \`now\`"),
        ("a | b", r"a \| b"),
        ("&lt;b&#62;", r"\&lt;b\&#62;"),
        ("# Heading", r"\# Heading"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("=====", r"\====="),
        ("1. item", r"1\. item"),
        ("1) item", r"1\) item"),
        (r"C:\new\*", r"C:\\new\\\*"),
    ],
)
def test_what_would_be_rendered_is_text(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped

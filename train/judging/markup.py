"""Pieces of the report's HTML: tables, paragraphs, pictures; each escapes what it is given."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, css: str = "") -> str:
    """A table whose first column names its rows; a narrow screen scrolls it by itself."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>\n'
        for first, *rest in rows
    )
    return scroll(f"""<table class="{css}"><caption>{escape(caption)}</caption>
<thead><tr>{head}</tr></thead>
<tbody>{body}</tbody></table>""")


def scroll(content: str) -> str:
    """What may be wider than the screen; keys reach it, too."""
    return f'<div class="wide" tabindex="0">{content}</div>\n'


def paragraph(text: str, *, css: str = "") -> str:
    """One paragraph."""
    return f'<p class="{css}">{escape(text)}</p>\n' if css else f"<p>{escape(text)}</p>\n"


def explain(words: Mapping[str, str]) -> str:
    """A list of words with what they mean."""
    return f"<dl>{''.join(f'<dt>{escape(word)}</dt><dd>{escape(text)}</dd>' for word, text in words.items())}</dl>\n"


def image(png: bytes, alt: str, *, css: str = "glyph") -> str:
    """A picture, with its content."""
    content = base64.b64encode(png).decode("ascii")
    return f'<img class="{css}" alt="{escape(alt)}" src="data:image/png;base64,{content}">'

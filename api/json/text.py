"""Text that people and scripts send us."""

from typing import Annotated

from pydantic import AfterValidator


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL, and UTF-8 no half of a character: such a text is an answer to give, not a failure."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a character that can't be kept")
    return text


Text = Annotated[str, AfterValidator(_storable)]

"""Letters without what only some languages put on them."""

import unicodedata


def without_accents(text: str) -> str:
    """`Zoë` is `Zoe`; a ligature becomes its letters."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))

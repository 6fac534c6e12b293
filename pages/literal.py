"""What people wrote, where Streamlit expects Markdown."""

import re


def literal(text: str) -> str:
    """The text in one line, with nothing in it taken for markup."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))

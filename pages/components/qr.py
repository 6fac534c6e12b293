"""A web address as a QR code, drawn here: nothing is fetched, and no third party learns the address."""

from html import escape

import segno
import streamlit as st


def qr_image(url: str) -> str:
    """An `<img>` with the code inside it, dark on light in either theme, because scanners need it so."""
    # Streamlit takes `<svg>` out of what it shows, but leaves a picture that brings its own data.
    source = segno.make(url, error="m", micro=False).svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    label = escape(f"QR code for {url}")
    return f'<img src="{escape(source)}" alt="{label}" data-testid="qr-code" style="width: 100%">'


def qr_code(url: str, width: str = "14rem") -> None:
    """Draw the code for `url`, at most as wide as the page."""
    st.html(f'<div style="width: min({width}, 100%)">{qr_image(url)}</div>')

"""Calls in which something was found, with the lines it is in, each a link to that moment."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from html import escape
from urllib.parse import urlencode

import streamlit as st

from core.insights.listing import Row
from core.insights.search import Hit

STYLE = """<style>
ol.found, ol.found ul { list-style: none; margin: 0 !important; padding: 0 !important; }
ol.found > li { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); padding: .6rem 0; }
ol.found li { margin: 0; }
.found a { color: inherit; text-decoration: none; }
.found a:hover, .found a:focus-visible { text-decoration: underline; }
.found h3 { font-size: 1rem; font-weight: 600; margin: 0; padding: 0; }
.found .about { opacity: .75; font-size: .875rem; margin: 0 0 .25rem; }
.found ul li { margin: 0; padding: .1rem 0; }
.found time { font-variant-numeric: tabular-nums; opacity: .75; margin-right: .5em; }
.found mark { background: color-mix(in srgb, #f5b700 40%, transparent); color: inherit; border-radius: .2em; }
</style>"""


def show_hits(
    rows: Sequence[Row], hits: Mapping[str, Sequence[Hit]], address: Sequence[tuple[str, str]], zone: tzinfo
) -> None:
    """`address`: what links to a call keep of the address."""
    items = "".join(_call(row, hits.get(row["call_id"], ()), address, zone) for row in rows)
    st.html(f'{STYLE}<ol class="found" data-testid="found-calls">{items}</ol>')


def _call(row: Row, hits: Sequence[Hit], address: Sequence[tuple[str, str]], zone: tzinfo) -> str:
    call_id = row["call_id"]
    about = [
        f"{row['started_at'].astimezone(zone):%d %b %Y, %H:%M}",
        row["agent"] or "nobody answered",
        row["channel"],
        row["disposition"] or "",
    ]
    lines = "".join(f"<li>{_line(hit, address)}</li>" for hit in hits)
    opening = escape(f"calls?{urlencode([*address, ('call', call_id)])}")
    name = escape(row["customer_name"] or row["title"] or "Unknown customer")
    return (
        f'<li data-testid="found-call" data-call="{escape(call_id)}">'
        f'<h3><a href="{opening}">{name}</a></h3>'
        f'<p class="about">{escape(" · ".join(filter(None, about)))}</p><ul>{lines}</ul></li>'
    )


def _line(hit: Hit, address: Sequence[tuple[str, str]]) -> str:
    marked, end = "", 0
    for first, last in hit.spans:
        marked += f"{escape(hit.text[end:first])}<mark>{escape(hit.text[first:last])}</mark>"
        end = last
    who = [pair for pair in address if pair[0] == "as"]
    moment = escape(f"replay?{urlencode([('call', hit.call_id), ('at', f'{hit.start_s:.1f}'), *who])}")
    minutes, seconds = divmod(int(hit.start_s), 60)
    return (
        f'<a href="{moment}" data-testid="found-line"><time>{minutes:02}:{seconds:02}</time>'
        f"<b>{hit.speaker.capitalize()}{', translated' if hit.translated else ''}:</b> "
        f"{marked}{escape(hit.text[end:])}</a>"
    )

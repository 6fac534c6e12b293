"""Charts and tiles of the dashboard, and the way from a bar to the calls behind it."""

from collections.abc import Sequence

import streamlit as st

from core.insights.behind import Behind, address
from core.insights.board import Chart
from core.insights.kpi_tiles import Tile
from pages.literal import literal

CALLS_PAGE = "pages/calls.py"
MOST_LINKS = 40
STYLE = """<style>
.st-key-live-tiles, .st-key-headlines, .st-key-details, .st-key-agent-tiles, .st-key-customer-tiles,
.st-key-suggestion-tiles { display: grid; gap: .6rem; align-items: stretch; grid-template-columns: repeat(2, 1fr); }
@media (min-width: 640px) {
  .st-key-headlines, .st-key-details, .st-key-suggestion-tiles { grid-template-columns: repeat(4, 1fr); }
  .st-key-live-tiles, .st-key-agent-tiles, .st-key-customer-tiles { grid-template-columns: repeat(3, 1fr); } }
@media (min-width: 1100px) {
  .st-key-live-tiles, .st-key-agent-tiles, .st-key-customer-tiles, .st-key-details {
    grid-template-columns: repeat(6, 1fr); } }
.st-key-dashboard .stElementContainer:has(> [data-testid="stMetric"]) { display: flex; width: auto; }
.st-key-dashboard [data-testid="stMetric"] { flex: 1; padding: 0; min-width: 0; }
.st-key-dashboard [data-testid="stMetric"] > div { padding: .55rem .65rem; }
.st-key-dashboard [data-testid="stMetricLabel"] p { white-space: normal; font-size: .8rem; }
.st-key-dashboard [data-testid="stMetricValue"] { font-size: 1.35rem; }
</style>"""


def draw(chart: Chart, key: str, behind: Behind | None = None, groups: Sequence[str] = ()) -> None:
    """A chart under its title. With `behind`, a click on a mark opens the calls page with its calls; `groups` are also
    listed as links, for those who do not click."""
    with st.container(key=f"chart-{key}"):
        title, links = st.columns([5, 1], vertical_alignment="center") if groups else (st.container(), None)
        title.markdown(f"##### {chart.title}", help=chart.help)
        config = {"displayModeBar": False, "scrollZoom": False}
        if behind is None:
            st.plotly_chart(chart.figure, key=f"{key}-figure", config=config, alt=chart.words)
            return
        if links is not None:
            with links.popover("", icon=":material/list:", help="The calls behind it, as links", type="tertiary"):
                for group in groups[:MOST_LINKS]:
                    if (calls := behind(group)) is not None:
                        st.page_link(CALLS_PAGE, label=literal(group), query_params=address(calls))
        # A selection that has led away must not do so again when the page is come back to.
        turn = st.session_state.setdefault("dashboard-clicks", 0)
        picked = st.plotly_chart(
            chart.figure,
            key=f"{key}-figure-{turn}",
            config=config,
            alt=chart.words,
            on_select="rerun",
            selection_mode="points",
        )
        marks = [point.get("customdata") for point in picked["selection"]["points"]]
        named = next((mark for mark in marks if mark), None)
        if named is not None and (calls := behind(str(_first(named)))) is not None:
            st.session_state["dashboard-clicks"] = turn + 1
            st.switch_page(CALLS_PAGE, query_params=address(calls))


def show_tiles(tiles: Sequence[Tile], key: str, against: str) -> None:
    """KPI tiles in as many columns as there is room for. `against` says what the change is measured against."""
    with st.container(key=key):
        for tile in tiles:
            better = tile.change.better if tile.change else None
            falls = bool(tile.change and tile.change.text.startswith("-"))
            # Green for better: where it is better to fall, the colours are the other way round.
            colour = "off" if better is None else "normal" if better != falls else "inverse"
            st.metric(
                tile.label,
                tile.value,
                tile.change.text if tile.change else None,
                delta_color=colour,
                delta_arrow="off" if tile.change and not any(c in tile.change.text for c in "123456789") else "auto",
                help=f"{tile.formula}\n\n{_compared(tile, against)}",
                border=True,
            )


def _compared(tile: Tile, against: str) -> str:
    if tile.change is None:
        return f"There is nothing to compare with in {against}."
    return f"{tile.change.text} against {against}{f', which is {tile.verdict}' if tile.verdict else ''}."


def _first(mark: object) -> object:
    return mark[0] if isinstance(mark, list) else mark

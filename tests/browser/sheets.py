"""The style sheets of components, as `pages.components` puts them together, and Streamlit's colours for them."""

from starlette.requests import Request

from core.config import ROOT

COMPONENTS = ROOT / "pages" / "components"
THEMES = {
    "light": {
        "text-color": "#31333f",
        "background-color": "#ffffff",
        "secondary-background-color": "#f0f2f6",
        "primary-color": "#2563a8",
        "red-text-color": "#b3261e",
        "orange-text-color": "#b45309",
    },
    "dark": {
        "text-color": "#fafafa",
        "background-color": "#0e1117",
        "secondary-background-color": "#262730",
        "primary-color": "#7cb3f0",
        "red-text-color": "#ff8a80",
        "orange-text-color": "#ffbd45",
    },
}


def styles(*components: str) -> str:
    sheets = [sheet for component in components for sheet in sorted((COMPONENTS / component / "styles").glob("*.css"))]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in [COMPONENTS / "theme.css", *sheets])


def theme(request: Request) -> str:
    """The colours of the theme an address asks for, `?theme=dark` or light, as custom properties."""
    colours = THEMES[request.query_params.get("theme", "light")]
    return "".join(f"--st-{name}: {value};" for name, value in colours.items())

"""The style sheets of components, as `pages.components` puts them together."""

from core.config import ROOT

COMPONENTS = ROOT / "pages" / "components"


def styles(*components: str) -> str:
    sheets = [sheet for component in components for sheet in sorted((COMPONENTS / component / "styles").glob("*.css"))]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in [COMPONENTS / "theme.css", *sheets])

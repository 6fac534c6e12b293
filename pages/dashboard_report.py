"""The report of what the dashboard shows, as a file."""

from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from core.bootstrap import Services
from core.insights.report import Report, file_name, gather, render
from pages.dashboard_filters import Choice


def offer_report(services: Services, choice: Choice) -> None:
    """One click makes the report and hands it over; only then is it worked out."""
    first, last = choice.days
    # The page is no longer there when the file is made.
    app_url = _app_url()
    st.download_button(
        "Report",
        data=lambda: render(_gathered(services, choice, app_url)),
        file_name=file_name(first, last),
        mime="text/html",
        icon=":material/summarize:",
        on_click="ignore",
        help="One file with figures, charts, and the worst and best calls. Open it and print it for a PDF.",
    )


def _gathered(services: Services, choice: Choice, app_url: str) -> Report:
    days = (choice.basis.now - choice.now.since).days + 1 if choice.now.since else 1
    unusual = [one.anomaly for one in services.anomalies.recent(choice.basis, days)]
    return gather(services.database, choice.basis, choice.now, choice.before, unusual, app_url=app_url)


def _app_url() -> str:
    """Where this page came from, without its own name."""
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/").rpartition("/")[0], "", ""))

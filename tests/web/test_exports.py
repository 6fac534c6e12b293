"""The export routes: what comes as a file, and what is refused."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import pytest
from insights.stored import store
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from core.bootstrap import Services
from core.calls.log import EventLog
from core.clock import ManualClock
from core.errors import UnknownCall
from core.insights.call_files import events_of
from core.web.exports import export_call, export_calls, export_columns

HELLO = ("customer", "My last bill is wrong.")


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    log = EventLog(services.database, clock)
    store(log, clock, "first", HELLO, customer="Ann", topics=["billing"])
    store(log, clock, "second", ("customer", "A refund"), agent="Priya Nair", customer="=1+1")
    log.close()

    async def calls(request: Request) -> Response:
        return await export_calls(request, services)

    async def columns(request: Request) -> Response:
        return await export_columns(request, services)

    async def call(request: Request) -> Response:
        try:
            return await export_call(request, services)
        except UnknownCall as error:
            return JSONResponse({"error": str(error)}, status_code=404)

    routes = [
        Route("/api/export/columns", columns),
        Route("/api/export/calls.{format}", calls),
        Route("/api/calls/{call_id}/export.{format}", call),
    ]
    with TestClient(Starlette(routes=routes)) as made:
        yield made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["second", "first"]),
        ("?agent=Priya+Nair", ["second"]),
        ("?topic=billing&topic=refund", ["first"]),
        ("?words=%22last+bill%22", ["first"]),
        ("?since=2026-01-06", []),
        ("?until=2026-01-05&as=Robin", ["second", "first"]),
    ],
)
def test_the_calls_the_address_names_come_as_files(client: TestClient, query: str, expected: list[str]) -> None:
    answer = client.get(f"/api/export/calls.csv{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    assert list(pd.read_csv(io.BytesIO(answer.content))["call_id"]) == expected
    assert [row["call_id"] for row in client.get(f"/api/export/calls.json{query}").json()] == expected
    table = pd.read_parquet(io.BytesIO(client.get(f"/api/export/calls.parquet{query}").content))
    assert list(table["call_id"]) == expected


def test_one_call_comes_in_every_form(client: TestClient, services: Services) -> None:
    answer = client.get("/api/calls/first/export.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="first.json"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert events_of(answer.text) == services.log.events("first")
    assert "[00:01] Customer: My last bill is wrong." in client.get("/api/calls/first/export.txt").text
    assert client.get("/api/calls/first/export.srt").text.startswith("1\n00:00:01,000 -->")
    assert client.get("/api/calls/first/export.vtt").headers["content-type"] == "text/vtt; charset=utf-8"
    packed = zipfile.ZipFile(io.BytesIO(client.get("/api/calls/first/export.zip").content))
    assert json.loads(packed.read("first.json"))[0]["type"] == "CallStarted"


def test_what_cannot_be_given_is_said(client: TestClient) -> None:
    for path, status, words in (
        ("/api/export/calls.xls", 404, "csv, json, parquet"),
        ("/api/export/calls.csv?since=never", 400, "since=never in the address"),
        ("/api/export/calls.parquet?mood=odd", 400, "mood=odd"),
        ("/api/calls/first/export.doc", 404, "txt, srt, vtt, json, zip"),
        ("/api/calls/nobody/export.txt", 404, "nobody"),
    ):
        answer = client.get(path)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), path


def test_the_columns_are_explained(client: TestClient) -> None:
    columns = client.get("/api/export/columns").json()["columns"]
    assert columns[0] == {"name": "call_id", "type": "string", "meaning": "Id of the call"}
    names = [column["name"] for column in columns]
    assert names == list(pd.read_csv(io.BytesIO(client.get("/api/export/calls.csv").content)).columns)

"""Response templates say what is on file, and are not offered where it is not."""

from pathlib import Path

import pytest

from core.config import ROOT
from core.customers.store import CustomerStore
from core.customers.templates import Templates
from core.errors import RulesError

FILE = ROOT / "data" / "templates.yaml"


def written(folder: Path, text: str) -> Path:
    path = folder / "templates.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_customers_data_is_filled_in(store: CustomerStore) -> None:
    texts = {one["name"]: one["text"] for one in Templates(FILE)(store.profile("cus-24680"))}
    assert texts["Where the order is"] == (
        "Your order 78901 is on its way with FedEx, tracking number 794658123047; it should arrive on Jan 8."
    )
    assert texts["Greeting"].startswith("Hello Sarah,")


def test_what_is_not_on_file_is_not_offered(store: CustomerStore) -> None:
    sarah = {one["name"] for one in Templates(FILE)(store.profile("cus-24680"))}
    john = {one["name"] for one in Templates(FILE)(store.profile("cus-12345"))}
    assert "Explain a charge" in john - sarah
    assert "Ticket on file" in john - sarah
    assert "Where the order is" in sarah - john
    assert Templates(FILE)({}) == []


def test_nobody_is_ever_told_of_nothing(store: CustomerStore) -> None:
    templates = Templates(FILE)
    for person in store.directory().people:
        for one in templates(store.profile(person.customer_id)):
            assert one["text"]
            assert not {"None", "Undefined"} & set(one["text"].split())
            assert "{" not in one["text"]


def test_what_a_record_says_is_never_run(tmp_path: Path, store: CustomerStore) -> None:
    templates = Templates(written(tmp_path, "templates: [{name: a, text: 'Hello {{ first_name }}'}]"))
    profile = store.profile("cus-24680") | {"name": "{{7*7}} Johnson"}
    assert templates(profile) == [{"name": "a", "text": "Hello {{7*7}}"}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("templates: [{name: a, text: '{{ secrets }}'}]", "template 'a': names secrets"),
        ("templates: [{name: a, text: '{{ order'}]", "template 'a'"),
        ("templates: [{name: a}]", "text: Field required"),
        ("templates: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RulesError, match=told) as raised:
        Templates(written(tmp_path, text))
    assert "templates.yaml" in str(raised.value)

"""A customer is identified when certain, offered as a candidate when likely, and never silently mistaken."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.calls.events import EntityKind
from core.customers.matching import LIKELY, Ambiguous, Directory, Heard, Identified, Person, match, name_score


def person(number: int, name: str, *orders: str) -> Person:
    return Person(
        customer_id=f"cus-{number}",
        account_number=str(number),
        name=name,
        email=f"{name.lower().replace(' ', '.')}@example.com",
        phone=f"+1212555{number % 10_000:04d}",
        order_ids=orders,
    )


SARAH = person(24680, "Sarah Johnson", "78901")
MITCHELL = person(31337, "Sarah Mitchell", "55210")
JOHN = person(12345, "John Doe", "64318")
MICHAEL = person(40101, "Michael Turner", "81112")
MICHELLE = person(40777, "Michelle Turner", "81555")
OLDER, YOUNGER = person(50001, "Maria Lopez", "90001"), person(60002, "Maria Lopez", "90777")
PEOPLE = Directory([SARAH, MITCHELL, JOHN, MICHAEL, MICHELLE, OLDER, YOUNGER])


def heard(**said: str) -> list[Heard]:
    return [Heard(kind=kind, value=value) for kind, value in said.items()]  # type: ignore[arg-type]


def names(found: Identified | Ambiguous | None) -> list[str]:
    assert isinstance(found, Ambiguous)
    return [candidate.name for candidate in found.candidates]


@pytest.mark.parametrize("kind", ["order", "account", "email", "phone"])
def test_a_number_or_address_on_file_identifies(kind: EntityKind) -> None:
    value = SARAH.values(kind)[0]
    assert match([Heard(kind=kind, value=value)], PEOPLE) == Identified(SARAH, (f"{kind} {value}",))


def test_a_misheard_name_is_confirmed_by_the_order_number() -> None:
    found = match(heard(name="Sarah John Send", order="78901"), PEOPLE)
    assert found == Identified(SARAH, ('name "sarah john send"', "order 78901"))


@pytest.mark.parametrize("said", ["Sarah John Send", "Sara Jonson", "Sarah Johnston", "Sarah"])
def test_a_misheard_or_partial_name_alone_only_makes_candidates(said: str) -> None:
    assert names(match(heard(name=said), PEOPLE))[0] == "Sarah Johnson"


@pytest.mark.parametrize("said", ["John Doe", "john doe", "Sarah Johnson", "Sarah John Son"])
def test_a_full_name_that_is_on_file_once_identifies(said: str) -> None:
    found = match(heard(name=said), PEOPLE)
    assert isinstance(found, Identified)
    assert found.matched_on == (f'name "{said.lower()}"',)


@pytest.mark.parametrize(
    ("said", "fitting"),
    [
        ("Maria Lopez", {"Maria Lopez"}),
        ("Michael Turner", {"Michael Turner", "Michelle Turner"}),
        ("Sarah", {"Sarah Johnson", "Sarah Mitchell"}),
    ],
)
def test_a_name_that_fits_several_makes_candidates(said: str, fitting: set[str]) -> None:
    found = match(heard(name=said), PEOPLE)
    assert set(names(found)) == fitting
    assert len(names(found)) == 2


def test_the_number_decides_between_namesakes() -> None:
    assert match(heard(name="Maria Lopez", account="60002"), PEOPLE) == Identified(
        YOUNGER, ('name "maria lopez"', "account 60002")
    )


def test_a_clear_name_against_the_number_leaves_both_to_the_agent() -> None:
    assert set(names(match(heard(name="John Doe", order="78901"), PEOPLE))) == {"John Doe", "Sarah Johnson"}


def test_numbers_of_two_people_leave_both_to_the_agent() -> None:
    assert set(names(match(heard(account="12345", order="78901"), PEOPLE))) == {"John Doe", "Sarah Johnson"}


def test_a_garbled_name_does_not_stand_in_the_way_of_a_number() -> None:
    found = match(heard(name="There A Chance Son", order="78901"), PEOPLE)
    assert found == Identified(SARAH, ("order 78901",))


def test_one_digit_off_makes_candidates_that_a_name_puts_in_order() -> None:
    assert names(match(heard(order="78907"), PEOPLE)) == ["Sarah Johnson"]
    assert names(match(heard(order="78907", name="Sarah"), PEOPLE)) == ["Sarah Johnson", "Sarah Mitchell"]


def test_what_the_agent_read_back_says_so() -> None:
    found = match([Heard(kind="order", value="78901", read_back=True)], PEOPLE)
    assert found == Identified(SARAH, ("order 78901 (read back by agent)",))


@pytest.mark.parametrize("said", [{"name": "Peter Parker"}, {"order": "11111"}, {"email": "q@q.org"}, {}])
def test_what_fits_nobody_finds_nobody(said: dict[str, str]) -> None:
    assert match(heard(**said), PEOPLE) is None


@given(st.sampled_from(PEOPLE.people), st.sampled_from(["order", "account"]), st.integers(0, 4), st.integers(1, 9))
def test_a_wrong_digit_never_picks_anybody(one: Person, kind: EntityKind, place: int, shift: int) -> None:
    right = one.values(kind)[0]
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assume(not PEOPLE.exactly(kind, wrong))
    assert one.name in names(match([Heard(kind=kind, value=wrong)], PEOPLE))


@given(
    st.lists(
        st.sampled_from(
            [h for p in PEOPLE.people for k in ("order", "name", "account") for h in heard(**{k: p.values(k)[0]})]
        ),
        max_size=4,
    )
)  # type: ignore[arg-type]
def test_order_of_speaking_does_not_matter_and_two_peoples_numbers_never_identify(said: list[Heard]) -> None:
    results = [match(list(order), PEOPLE) for order in itertools.permutations(said)]
    people = {r.person if isinstance(r, Identified) else None for r in results}
    assert len(people) == 1
    owners = {p.customer_id for one in said if one.kind != "name" for p in PEOPLE.exactly(one.kind, one.value)}
    if len(owners) > 1:
        assert all(isinstance(result, Ambiguous) for result in results)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("sarah john send", "Sarah Johnson"),
        ("sara jonson", "Sarah Johnson"),
        ("sarah's johnson", "Sarah Johnson"),
        ("zero johnson", "Sarah Johnson"),
        ("jon doe", "John Doe"),
        ("john dough", "John Doe"),
        ("john door", "John Doe"),
        ("barbara sandra's", "Barbara Sanders"),
        ("tom beck", "Thomas Beck"),
        ("cathy barry", "Kathy Berry"),
        ("steven millar", "Stephen Miller"),
        ("i lisa golden", "Alicia Golden"),
        ("teresa williams", "Theresa Williams"),
        ("brian romeo", "Brian Romero"),
    ],
)
def test_misheard_names_are_likely(said: str, name: str) -> None:
    assert LIKELY <= name_score(said, name) < 1


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("john dawson", "Sarah Johnson"),
        ("sarah mitchell", "Sarah Johnson"),
        ("peter parker", "Peter Savage"),
        ("calling about", "Courtney Meza"),
        ("shawn evans", "John Evans"),
        ("gary wilson", "Drew Wilson"),
    ],
)
def test_other_peoples_names_are_not(said: str, name: str) -> None:
    assert name_score(said, name) < LIKELY

import pytest

from core.languages import ANY_LANGUAGE, NAMES, expected_of_agent, language_name, language_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Este mes es más alta de lo normal. No entiendo por qué.", "es"),
        ("quiero devolver mi pedido", "es"),
        ("Wo ist meine Bestellung?", "de"),
        ("Je voudrais annuler ma commande, s'il vous plaît", "fr"),
        ("Vorrei restituire il mio ordine", "it"),
        ("quero cancelar a minha conta", "pt"),
        ("注文をキャンセルしたいです", "ja"),
        ("my bill is wrong", "en"),
        ("order seven eight nine zero one", "en"),
    ],
)
def test_a_few_words_tell_the_language(text: str, code: str) -> None:
    assert language_of(text) == code
    assert language_of(text.lower()) == code


@pytest.mark.parametrize(
    "text", ["", "Hola", "Sí.", "Maria Alvarez", "Order #78901", "sarah.johnson@example.com 24680 78901", "no no no"]
)
def test_names_numbers_and_single_words_tell_nothing(text: str) -> None:
    assert language_of(text) == ""


def test_an_address_in_a_sentence_does_not_count() -> None:
    assert language_of("please write to maria.alvarez@ejemplo.es about 78901") == "en"


def test_codes_have_names() -> None:
    assert language_name("es") == "Spanish"
    assert language_name("qq") == "qq"
    assert all(len(code) == 2 for code in NAMES)


def test_an_agent_speaks_the_customers_language_where_they_know_it() -> None:
    assert expected_of_agent("es", ["en", "es"]) == "es"
    assert expected_of_agent("fr", ["en", "es"]) == "en"
    assert expected_of_agent(ANY_LANGUAGE, ["en"]) == ANY_LANGUAGE

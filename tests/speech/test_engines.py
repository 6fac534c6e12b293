import pytest

from core.calls.events import Party
from core.clock import ManualClock
from core.errors import ConfigurationError, SpeechError
from core.languages import ANY_LANGUAGE, NAMES
from core.speech import engines as module
from core.speech.base import READY, Capabilities, Known, OnFailure, OnHypothesis, Readiness, SpeechSession, SpeechToText
from core.speech.engines import AUTO, REST_S, Engines, only
from core.speech.registry import EngineSettings

NOT_READY = Readiness(state="unavailable", message="set THE_KEY")


class Engine(SpeechToText):
    def __init__(self, name: str, languages: tuple[str, ...] = ("en",), readiness: Readiness = READY) -> None:
        self._name = name
        self._readiness = readiness
        self.languages = languages
        self.known: list[Known] = []
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(partials=True, local=True, languages=self.languages)

    @property
    def readiness(self) -> Readiness:
        return self._readiness

    def learn(self, known: Known) -> None:
        self.known.append(known)

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SpeechSession:
        raise SpeechError("not in these tests")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> dict[str, Engine]:
    """A cloud's engine that knows every language, a local one that is not ready, and the one that always serves."""
    made = {
        "cloud": Engine("cloud", ("*",)),
        "local": Engine("local", readiness=NOT_READY),
        "embedded": Engine("embedded"),
    }
    monkeypatch.setattr(module, "BEST_FIRST", tuple(made))
    monkeypatch.setattr(module, "engine_from", lambda name, settings: made[name])
    return made


def engines(clock: ManualClock, configured: str = AUTO) -> Engines:
    return Engines(EngineSettings(), clock, configured)


@pytest.mark.usefixtures("three")
def test_auto_takes_the_best_that_is_ready_and_then_the_next(clock: ManualClock) -> None:
    choose = engines(clock).chooser()
    assert choose(()).name == "cloud"
    assert choose({"cloud"}).name == "embedded"
    with pytest.raises(SpeechError, match="no speech engine is ready for this call"):
        choose({"cloud", "embedded"})


@pytest.mark.usefixtures("three")
def test_auto_takes_one_that_knows_the_language(clock: ManualClock) -> None:
    choose = engines(clock).chooser(language="es")
    assert choose(()).name == "cloud"
    with pytest.raises(SpeechError, match="Spanish"):
        choose({"cloud"})


@pytest.mark.usefixtures("three")
def test_one_that_failed_begins_no_call_for_a_while(clock: ManualClock) -> None:
    some = engines(clock)
    some.chooser()({"cloud"})
    assert some.serving == "embedded"
    assert [round(listed.rests_s) for listed in some.listed()] == [REST_S, 0, 0]
    clock.advance(REST_S)
    assert some.chooser()(()).name == "cloud"


@pytest.mark.usefixtures("three")
def test_what_has_just_failed_is_better_than_nothing(clock: ManualClock) -> None:
    some = engines(clock)
    some.chooser()({"cloud", "embedded"} - {"embedded"})
    assert some.chooser(language="es")(()).name == "cloud"


@pytest.mark.usefixtures("three")
def test_a_call_may_ask_for_one_and_with_auto_another_goes_on(clock: ManualClock) -> None:
    choose = engines(clock).chooser("local")
    assert choose(()).name == "local"
    assert choose({"local"}).name == "cloud"


@pytest.mark.usefixtures("three")
def test_one_configured_by_name_stands_alone(clock: ManualClock) -> None:
    choose = engines(clock, "embedded").chooser()
    assert choose(()).name == "embedded"
    with pytest.raises(SpeechError, match="set STT=auto"):
        choose({"embedded"})


@pytest.mark.usefixtures("three")
def test_a_call_that_asks_for_one_that_fails_goes_on_with_the_one_configured(clock: ManualClock) -> None:
    choose = engines(clock, "embedded").chooser("cloud")
    assert choose(()).name == "cloud"
    assert choose({"cloud"}).name == "embedded"
    with pytest.raises(SpeechError, match="set STT=auto"):
        choose({"cloud", "embedded"})


@pytest.mark.parametrize("configured", ["local", "cloud"])
def test_while_one_gets_ready_the_embedded_one_serves_and_it_has_not_failed(
    three: dict[str, Engine], clock: ManualClock, configured: str
) -> None:
    three["local"]._readiness = Readiness(state="preparing", message="on its way")
    some = engines(clock, configured)
    choose = some.chooser("local")
    assert choose(()).name == "local"
    assert choose({"local"}).name == ("embedded" if configured == "local" else "cloud")
    assert choose({"local", "cloud"}).name == "embedded"
    assert {each.name: each.rests_s for each in some.listed()}["local"] == 0
    with pytest.raises(SpeechError):
        choose({"local", "cloud", "embedded"})


def test_who_serves_a_new_call_is_who_is_ready(three: dict[str, Engine], clock: ManualClock) -> None:
    some = engines(clock, "local")
    assert some.serving == ""
    three["local"]._readiness = Readiness(state="preparing", message="on its way")
    assert some.serving == "embedded"
    three["local"]._readiness = Readiness(state="unavailable", message="set THE_KEY", by_name=True)
    assert some.serving == "local"
    assert all(each.rests_s == 0 for each in some.listed()), "asking is not trying"


def test_the_languages_are_those_of_whoever_would_serve(three: dict[str, Engine], clock: ManualClock) -> None:
    assert engines(clock).languages() == list(NAMES)
    assert engines(clock, "embedded").languages() == ["en"]
    three["cloud"].languages = ("de", "xx")
    assert engines(clock).languages() == ["en", "de"]


def test_an_unknown_name_is_said_at_the_start_and_in_a_call(clock: ManualClock) -> None:
    with pytest.raises(ConfigurationError, match="nonsense"):
        engines(clock, "nonsense")
    with pytest.raises(SpeechError, match="nonsense"):
        engines(clock).chooser("nonsense")(())


def test_what_is_learnt_reaches_engines_made_later_and_only_once(three: dict[str, Engine], clock: ManualClock) -> None:
    some = engines(clock)
    some.engine("cloud")
    known = Known(names=("Sarah Johnson",))
    some.learn(known)
    some.learn(Known(names=("Sarah Johnson",)))
    some.engine("embedded")
    assert three["cloud"].known == three["embedded"].known == [known]
    some.learn(Known(names=("John Doe",)))
    assert three["embedded"].known[-1].names == ("John Doe",)


def test_closing_closes_what_was_made(three: dict[str, Engine], clock: ManualClock) -> None:
    some = engines(clock)
    some.engine("cloud")
    some.close()
    assert (three["cloud"].closed, three["embedded"].closed) == (True, False)


def test_the_real_ones_are_listed_without_a_key_or_a_network(clock: ManualClock) -> None:
    some = engines(clock)
    listed = {each.name: each.readiness for each in some.listed()}
    some.close()
    assert listed["pocketsphinx"].state == "ready"
    assert all(each.message for each in listed.values() if each.state != "ready")


@pytest.mark.usefixtures("three")
def test_only_one(clock: ManualClock) -> None:
    engine = Engine("mine")
    assert only(engine)(()) is engine
    with pytest.raises(SpeechError):
        only(engine)({"mine"})

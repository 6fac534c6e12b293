"""The one place where parts are put together: for the app, the command line, notebooks and tests."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_urlsafe
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Engine
from threadpoolctl import threadpool_limits

from core.access import Viewer
from core.assistant.alert_rules import ChecklistItem, load_alerts
from core.assistant.alerts import Alerts
from core.assistant.base import Assistant
from core.assistant.playbook import Playbook
from core.assistant.rules import load_rules
from core.assistant.summary import Extraction
from core.assistant.together import Together
from core.assistant.tools import Tools
from core.assistant.translation import Translates
from core.assistant.understanding import Understanding
from core.assistant.vocabulary import Vocabulary
from core.assistant.written import written
from core.audio.endpointing import Endpointer, EndpointerConfig
from core.audio.frames import AudioChunk
from core.calls.analysis import Analyses
from core.calls.assist import Assistance, AssistantWorker, Summarises
from core.calls.commands import obey
from core.calls.desk import Desk
from core.calls.earlier import earlier_in_profile
from core.calls.events import TWO_PARTIES, Event, Json, Party, ProviderFailed
from core.calls.hearing import Append, told_already
from core.calls.interpreting import Interpreter, Run
from core.calls.leg import Leg
from core.calls.line import Line
from core.calls.log import EventLog
from core.calls.recording import RecordedCall
from core.calls.spoken import IsEcho
from core.calls.transcribe import MakeLeg
from core.calls.voice_commands import VoiceCommands
from core.clock import Clock, SystemClock
from core.config import Settings
from core.customers.action_rules import load_action_rules
from core.customers.actions import Actions
from core.customers.store import CustomerStore
from core.customers.templates import Templates
from core.database import open_database
from core.errors import ConfigurationError
from core.insights.anomaly_watch import AnomalyWatch
from core.insights.scorecards.store import Scorecards
from core.languages import ANY_LANGUAGE, expected_of_agent, language_of
from core.routing.records import keep_in
from core.routing.roster import Agent, including, load_roster
from core.routing.rules import RoutingRules, check_roster, load_routing_rules
from core.routing.switchboard import Switchboard
from core.scenarios import Scenario, list_scenarios
from core.speech.base import Known, SpeechToText
from core.speech.deaf import Deaf
from core.speech.engines import AUTO, Choose, Engines
from core.speech.registry import EngineSettings
from core.speech.vocabulary import Vocabulary as SpeechVocabulary
from data.seed import refresh_relative_dates, seed_if_empty

TRANSLATIONS_AT_ONCE = 4


class MakeRecordedCall(Protocol):
    """How a recording's run is made, with an engine of its own and in a language that is known."""

    def __call__(self, engine: str = ..., language: str = ...) -> RecordedCall: ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a process needs to take calls. Close it when done."""

    settings: Settings
    clock: Clock
    database: Engine
    customers: CustomerStore
    tools: Tools
    understanding: Understanding
    assistant: Assistant
    close_assistant: Callable[[], None]
    checklist: Sequence[ChecklistItem]
    """What the agent has to say in every call."""
    actions: Actions
    templates: Templates
    speech: Engines
    vocabulary: SpeechVocabulary
    """Tells the engines what people will say, again when the data has changed."""
    log: EventLog
    desk: Desk
    switchboard: Switchboard
    roster: Sequence[Agent]
    """Who works here."""
    rules: RoutingRules
    """How calls find their agent, and what supervisors may do."""
    analyses: Analyses
    """Recordings from elsewhere, one after the other."""
    recorded_call: MakeRecordedCall
    """A recording about to be run through the whole pipeline, in lock-step, and stored."""
    scorecards: Scorecards
    anomalies: AnomalyWatch
    make_assistance: Callable[[str], Assistance]
    """Everything that helps in the call of that id."""
    new_id: Callable[[str], str]
    stopping: threading.Event
    """Set as soon as the process is asked to stop, so that open streams end."""

    def scenarios(self) -> list[Scenario]:
        """The scripted calls that can be played."""
        return list_scenarios(self.settings.scenarios_path)

    def close(self) -> None:
        """End live calls, commit everything, stop threads and worker processes."""
        self.stopping.set()
        self.switchboard.close()
        self.desk.close()
        self.analyses.close()
        self.log.close()
        self.close_assistant()
        self.vocabulary.close()
        self.speech.close()
        self.database.dispose()


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:16]}"


def engines_for(settings: Settings, clock: Clock | None = None) -> Engines:
    """The speech engines, of which the settings name one or leave it open. Raises ConfigurationError."""
    own = EngineSettings(
        workers=settings.stt_workers,
        timeline=settings.stt_timeline,
        cache=settings.speech_cache_path,
        openai_api_key=settings.openai_api_key,
        openai_base_url=settings.openai_base_url,
        openai_stt_model=settings.openai_stt_model,
        deepgram_api_key=settings.deepgram_api_key,
        deepgram_url=settings.deepgram_url,
        deepgram_model=settings.deepgram_model,
        whisper_model=settings.whisper_model,
    )
    return Engines(own, clock or SystemClock(), settings.stt)


def leg_maker(
    settings: Settings,
    choose: Choose,
    new_id: Callable[[str], str] = new_id,
    is_echo: IsEcho | None = None,
    language: str = ANY_LANGUAGE,
    *,
    live: bool = False,
    otherwise: SpeechToText | None = None,
) -> MakeLeg:
    """How a party's leg is made: endpointing as configured, words by the engine chosen (see `Leg`)."""
    config = EndpointerConfig(end_silence_s=settings.end_silence_ms / 1000)

    def make_leg(party: Party, append: Append) -> Leg:
        return Leg(
            party,
            choose,
            Endpointer(config),
            append,
            new_id,
            is_echo,
            language,
            written,
            live=live,
            detect=language_of,
            otherwise=otherwise,
        )

    return make_leg


@dataclass(frozen=True)
class _Helpers:
    assistant: Assistant
    summarist: Summarises = field(default_factory=Extraction)
    translator: Translates | None = None
    close: Callable[[], None] = lambda: None


def _with_model(
    settings: Settings,
    playbook: Playbook,
    tools: Tools,
    actions: Actions,
    clock: Clock,
    new_id: Callable[[str], str],
    agents_language: Callable[[str], str],
) -> _Helpers:
    """A language model, with the playbook behind it."""
    # The SDK takes longer to import than everything else together, and most who try Sidetone have no key.
    from core.assistant.fallback import WithFallback
    from core.assistant.model_summary import ModelSummarist
    from core.assistant.model_translation import ModelTranslator
    from core.assistant.openai import OpenAIAssistant, OpenAISettings, open_client

    model = OpenAISettings(
        # Servers of one's own need no key, but the SDK does.
        api_key=settings.openai_api_key or "none",
        model=settings.openai_model,
        base_url=settings.openai_base_url or None,
    )
    client = open_client(model)
    on_offer = [spec["action"] for spec in actions.specs()]
    assistant = OpenAIAssistant(client, model, tools, clock, new_id, actions=on_offer, agents_language=agents_language)
    return _Helpers(
        WithFallback(assistant, playbook, clock, new_id),
        ModelSummarist(client, model, clock, new_id),
        ModelTranslator(client, model, clock, new_id),
        assistant.close,
    )


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    speech: SpeechToText | None = None,
    new_id: Callable[[str], str] = new_id,
) -> Services:
    """Put the parts together. Raises ConfigurationError, DatabaseLocked or StorageError with one clear line."""
    # numpy's other threads wait for work in a loop: for arrays as small as a call's that costs more than it saves.
    threadpool_limits(1, user_api="blas")
    clock = clock or SystemClock()
    engines = engines_for(replace(settings, stt=AUTO) if speech else settings, clock)
    if speech:
        engines.use(speech)
    named = settings.openai_api_key or settings.openai_base_url
    rules = load_routing_rules(settings.routing_path)
    roster = including(load_roster(settings.agents_path), settings.agent)
    check_roster(rules, roster)
    known_languages = {agent.name: agent.languages for agent in roster}

    def speaks(agent: str) -> Sequence[str]:
        return known_languages.get(agent, ["en"])

    def agents_language(agent: str) -> str:
        return speaks(agent)[0]

    database = open_database(settings.database_url)
    today = clock.now().date()
    if not seed_if_empty(database, today, settings.seed):
        refresh_relative_dates(database, today)
    customers = CustomerStore(database)
    tools = Tools(customers)
    book = load_alerts(settings.alerts_path)
    vocabulary = Vocabulary(settings.vocabulary_path)
    understanding = Understanding(customers, vocabulary, book.checklist, earlier_in_profile(database))
    alerts = Alerts(book.rulebook, tools, clock, new_id)
    actions = Actions(database, clock, load_action_rules(settings.actions_path))
    rulebook = load_rules(settings.playbook_path)
    playbook = Playbook(rulebook, tools, clock, new_id)
    at_once: Assistant = alerts
    help_by = _Helpers(playbook)
    if settings.uses_model:
        # What the database knows is not held back until a model has found its words.
        at_once = Together([alerts, Playbook(rulebook.at_once(), tools, clock, new_id, answers=False)])
        help_by = _with_model(settings, playbook, tools, actions, clock, new_id, agents_language)
    event_log = EventLog(database, clock)
    no_engine = Deaf()
    telling = threading.Lock()
    translating = ThreadPoolExecutor(TRANSLATIONS_AT_ONCE, thread_name_prefix="translation")
    missing = f"translation needs a language model (set {'ASSISTANT=auto' if named else 'OPENAI_API_KEY'})"

    def make_line(
        call_id: str,
        party: Party,
        elapsed_s: Callable[[], float],
        on_sound: Callable[[AudioChunk], None],
        is_echo: IsEcho | None,
    ) -> Line:
        def append(event: Event, offset_s: float | None = None) -> None:
            if not isinstance(event, ProviderFailed):
                event_log.append(call_id, event, offset_s)
                return
            with telling:
                if not told_already(event, event_log.call(call_id).problems):
                    event_log.append(call_id, event, offset_s)

        call = event_log.call(call_id)
        language = call.language
        if party == "agent" and call.source in TWO_PARTIES:
            language = expected_of_agent(call.language, speaks(call.agent))
        choose = engines.chooser(call.engine, language)
        make_own = leg_maker(settings, choose, new_id, is_echo, language, live=True, otherwise=no_engine)
        return Line(party, lambda: make_own(party, append), append, elapsed_s, on_sound=on_sound)

    def make_assistance(call_id: str, run: Run = lambda work: work()) -> Assistance:
        interpreter = Interpreter(
            call_id, event_log, clock, agents_language, help_by.translator, missing, run, help_by.assistant.name
        )
        return Assistance(call_id, event_log, understanding, at_once, help_by.assistant, help_by.summarist, interpreter)

    def make_leg(engine: str = "", language: str = ANY_LANGUAGE) -> MakeLeg:
        return leg_maker(settings, engines.chooser(engine, language), new_id, language=language)

    def recorded_call(engine: str = "", language: str = ANY_LANGUAGE) -> RecordedCall:
        # Without an engine nothing is worth storing.
        engines.chooser(engine, language)(())
        own = make_leg(engine, language)
        return RecordedCall(new_id("call"), event_log, own, make_assistance, settings.agent, engine, language)

    def click(viewer: Viewer, call_id: str, command: Mapping[str, Json]) -> None:
        obey(desk, switchboard, viewer, call_id, command)

    def make_worker(call_id: str) -> AssistantWorker:
        told = VoiceCommands(call_id, event_log, click).take
        return AssistantWorker(call_id, event_log, make_assistance(call_id, translating.submit), clock, told)

    def close_assistant() -> None:
        translating.shutdown(wait=False, cancel_futures=True)
        help_by.close()

    desk = Desk(
        event_log,
        clock,
        understanding,
        make_line,
        make_worker,
        new_id,
        actions,
        settings.recordings_path,
        transcribe_on_hold=rules.hold.transcribed,
    )
    switchboard = Switchboard(
        desk, roster, rules, understanding, clock, new_id, lambda: token_urlsafe(18), keep_in(database)
    )
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        customers=customers,
        tools=tools,
        understanding=understanding,
        assistant=help_by.assistant,
        close_assistant=close_assistant,
        checklist=book.checklist,
        actions=actions,
        templates=Templates(settings.templates_path),
        speech=engines,
        vocabulary=SpeechVocabulary(customers.fingerprint, partial(_known_now, customers), engines.learn),
        log=event_log,
        desk=desk,
        switchboard=switchboard,
        roster=roster,
        rules=rules,
        analyses=Analyses(recorded_call, make_leg, event_log, clock, new_id, settings.recordings_path),
        recorded_call=recorded_call,
        scorecards=Scorecards(database, clock, new_id),
        anomalies=AnomalyWatch(database, clock, settings.anomalies_path),
        make_assistance=make_assistance,
        new_id=new_id,
        stopping=threading.Event(),
    )


def known_to(customers: CustomerStore) -> Known:
    """What an engine may expect to hear of the customers, the catalogue and the policies on file."""
    policies = customers.policies()
    return Known(
        names=tuple(person.name for person in customers.directory().people),
        products=tuple(str(product["name"]) for product in customers.products()),
        plans=tuple(customers.plans()),
        policies=tuple(str(policy["title"]) for policy in policies),
        sayings=tuple(str(policy["summary"]) for policy in policies),
        recent=tuple(customers.recent_names()),
    )


def _known_now(customers: CustomerStore) -> Known:
    customers.refresh()
    return known_to(customers)


_running: list[Services] = []


def start(settings: Settings) -> Services:
    """Build the services of this process, close calls a crash left open, and warm the speech engine up."""
    services = build(settings)
    services.desk.recover()
    services.switchboard.start()
    services.vocabulary.start()
    services.speech.warm_up()
    _running.append(services)
    return services


def running() -> Services:
    """The services of this process. Pages and routes share them."""
    if not _running:
        raise ConfigurationError("Sidetone's services are not running: start the app with `streamlit run app.py`")
    return _running[-1]


def stop() -> None:
    """Close the services of this process."""
    while _running:
        _running.pop().close()

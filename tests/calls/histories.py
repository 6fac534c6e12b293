"""Hypothesis strategies for the histories of calls."""

from hypothesis import strategies as st

from core.calls.events import (
    ActionItem,
    ActionProposed,
    ActionRefused,
    ActionTaken,
    ActionUndone,
    AudioDropped,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallQueued,
    CallRated,
    CallStarted,
    CallTransferred,
    Candidate,
    CandidatesFound,
    ChecklistItemMet,
    CommitmentMade,
    ConsentRecorded,
    CustomerIdentified,
    CustomerRecordChanged,
    EchoSuppressed,
    EntitySpotted,
    Event,
    Evidence,
    HelpEnded,
    HelpRequested,
    HoldEnded,
    HoldStarted,
    LanguageSpotted,
    MessageDelivered,
    MessageSent,
    MomentFlagged,
    OfferEnded,
    PartyJoined,
    PartyLeft,
    PartyMuted,
    PartyUnmuted,
    PromptSent,
    ProposedAction,
    ProviderFailed,
    QuestionAnswered,
    QuestionAsked,
    QuestionRaised,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    SentimentScored,
    SpeechEnded,
    SpeechEngineChanged,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionPinned,
    SuggestionRated,
    SuggestionStarted,
    SuggestionTranslated,
    SuggestionUsed,
    SummaryDelta,
    SummaryWritten,
    SupervisorJoined,
    SupervisorLeft,
    ToolCalled,
    ToolReturned,
    TopicsSpotted,
    TranscriptFinal,
    TranscriptPartial,
    TranslationWritten,
    VoiceCommandGiven,
    VoiceCommandsSwitched,
    VoiceMood,
)

parties = st.sampled_from(["customer", "agent"])
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
codes = st.sampled_from(["en", "es", "fr", ""])
seconds = st.floats(0, 7200, allow_nan=False)
# Few ids, so that histories hit the same utterance and card again and again, in orders no sane call has.
utterance_ids = st.sampled_from(["utt_1", "utt_2", "utt_3"])
numbered = st.integers(0, 10**6)
people = st.sampled_from(["Ann", "Bo", ""])
suggestion_ids = st.sampled_from(["sug_1", "sug_2"])
customer_ids = st.sampled_from(["cus-1", "cus-2"])
action_ids = st.sampled_from(["act_1", "act_2"])
kinds = st.sampled_from(["suggestion", "alert", "info"])
priorities = st.sampled_from(["urgent", "warning", "tip"])
evidence = st.builds(Evidence, kind=st.sampled_from(["row", "policy", "words"]), ref=words, text=words)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(words, plain_json, max_size=3)
scores = st.floats(-1, 1, allow_nan=False)

anything: st.SearchStrategy[Event] = st.one_of(
    st.builds(PartyJoined, party=parties, engine=words),
    st.builds(SpeechEngineChanged, party=parties, engine=words, reason=words),
    st.builds(PartyLeft, party=parties, reason=words),
    st.builds(PartyMuted, party=parties),
    st.builds(PartyUnmuted, party=parties),
    st.builds(SpeechStarted, party=parties, utterance_id=utterance_ids, start_s=seconds),
    st.builds(SpeechEnded, party=parties, utterance_id=utterance_ids, end_s=seconds),
    st.builds(TranscriptPartial, utterance_id=utterance_ids, speaker=parties, text=words, start_s=seconds),
    st.builds(LanguageSpotted, utterance_id=utterance_ids | st.sampled_from(["msg_1", "msg_2"]), language=codes),
    st.builds(TranslationWritten, utterance_id=utterance_ids, language=codes, text=words),
    st.builds(
        EntitySpotted,
        utterance_id=utterance_ids,
        kind=st.sampled_from(["name", "email", "phone", "order", "account"]),
        value=words,
        spoken=words,
        resolved=st.none() | words,
    ),
    st.builds(TopicsSpotted, utterance_id=utterance_ids, topics=st.lists(words, max_size=3)),
    st.builds(SentimentScored, utterance_id=utterance_ids, score=scores),
    st.builds(
        VoiceMood,
        party=parties,
        utterance_id=utterance_ids,
        arousal=scores,
        raised=st.booleans(),
        reasons=st.lists(words, max_size=2),
    ),
    st.builds(
        CustomerIdentified,
        customer_id=customer_ids,
        account_number=words,
        name=words,
        matched_on=st.lists(words, max_size=2),
        profile=objects,
    ),
    st.builds(CustomerRecordChanged, customer_id=customer_ids, profile=objects),
    st.builds(
        CandidatesFound,
        heard=words,
        candidates=st.lists(
            st.builds(Candidate, customer_id=words, account_number=words, name=words, score=st.floats(0, 1)), max_size=2
        ),
    ),
    st.builds(ToolCalled, tool_call_id=words, tool=words, arguments=objects),
    st.builds(
        ToolReturned,
        tool_call_id=words,
        tool=words,
        result=plain_json,
        duration_ms=st.floats(0, 1e4),
        error=st.none() | words,
    ),
    st.builds(SuggestionDelta, suggestion_id=suggestion_ids, text=words),
    st.builds(
        SuggestionCompleted,
        suggestion_id=suggestion_ids,
        kind=kinds,
        priority=priorities,
        message=words,
        evidence=st.lists(evidence, max_size=2),
        triggered_by=st.lists(utterance_ids, max_size=2),
        confidence=st.none() | st.floats(0, 1),
        unverified=st.lists(words, max_size=2),
        action=st.none() | st.builds(ProposedAction, action=words, arguments=objects),
    ),
    st.builds(SuggestionDiscarded, suggestion_id=suggestion_ids, reason=words),
    st.builds(
        SuggestionTranslated,
        suggestion_id=suggestion_ids,
        language=codes,
        text=words,
        unverified=st.lists(words, max_size=2),
    ),
    st.builds(SuggestionUsed, suggestion_id=suggestion_ids, text=st.none() | words),
    st.builds(SuggestionDismissed, suggestion_id=suggestion_ids, reason=words),
    st.builds(SuggestionRated, suggestion_id=suggestion_ids, helpful=st.booleans()),
    st.builds(SuggestionPinned, suggestion_id=suggestion_ids, pinned=st.booleans()),
    st.builds(QuestionAsked, question_id=words, text=words),
    st.builds(
        PromptSent,
        prompt_id=words,
        model=words,
        messages=st.lists(objects, max_size=2),
        tools=st.lists(words, max_size=2),
    ),
    st.builds(MomentFlagged, moment_id=words, at_s=seconds, note=words),
    st.builds(VoiceCommandsSwitched, on=st.booleans(), by=people),
    st.builds(
        VoiceCommandGiven,
        utterance_id=utterance_ids,
        command=st.sampled_from(["flag", "open", "unknown"]),
        message=words,
        done=st.booleans(),
        subject=words,
    ),
    st.builds(
        CommitmentMade,
        commitment_id=words,
        utterance_id=utterance_ids,
        party=parties,
        text=words,
        due=st.none() | words,
    ),
    st.builds(QuestionRaised, utterance_id=utterance_ids, text=words),
    st.builds(QuestionAnswered, utterance_id=utterance_ids, answered_by=utterance_ids),
    st.builds(ChecklistItemMet, item=words, utterance_id=utterance_ids),
    st.builds(
        ActionProposed,
        action_id=action_ids,
        action=words,
        customer_id=words,
        arguments=objects,
        preview=words,
        proposed_by=words,
        needs_supervisor=st.booleans(),
    ),
    st.builds(ActionTaken, action_id=action_ids, effect=words, taken_by=words),
    st.builds(ActionUndone, action_id=action_ids, undone_by=words),
    st.builds(ActionRefused, action_id=action_ids, reason=words),
    st.builds(SummaryDelta, text=words),
    st.builds(
        SummaryWritten,
        reason=words,
        done=words,
        outcome=words,
        action_items=st.lists(st.builds(ActionItem, text=words, owner=parties, due=st.none() | words), max_size=2),
        topics=st.lists(words, max_size=2),
        sentiment=words,
        written_by=words,
    ),
    st.builds(AudioDropped, party=parties, duration_s=seconds, reason=words),
    st.builds(ProviderFailed, provider=words, message=words, retryable=st.booleans()),
    st.builds(
        CallQueued,
        reason=words,
        name=words,
        account_number=words,
        tier=words,
        language=words,
        topic=words,
        note=words,
    ),
    st.builds(CallOffered, agent=people),
    st.builds(OfferEnded, agent=people, reason=st.sampled_from(["declined", "no answer", "withdrawn"])),
    st.builds(CallAnswered, agent=people, waited_s=seconds),
    st.builds(CallTransferred, from_agent=people, to_agent=people, note=words),
    st.builds(HoldStarted, by=people),
    st.builds(HoldEnded, by=people, held_s=seconds),
    st.builds(MessageDelivered, message_id=utterance_ids | st.sampled_from(["msg_1", "msg_2"])),
    st.builds(HelpRequested, reason=words),
    st.builds(HelpEnded, by=people),
    st.builds(
        SupervisorJoined,
        supervisor=people,
        mode=st.sampled_from(["listen", "whisper", "join"]),
        visible=st.booleans(),
    ),
    st.builds(SupervisorLeft, supervisor=people),
    st.builds(ConsentRecorded, notice=words, given=st.booleans()),
    st.builds(RecordingStarted, file=words),
    st.builds(RecordingPaused, by=people, reason=words),
    st.builds(RecordingResumed, by=people),
    st.builds(RecordingStopped, duration_s=seconds),
    st.builds(EchoSuppressed, party=parties, utterance_id=utterance_ids),
    st.builds(CallRated, score=st.integers(1, 5), comment=words),
)
started = st.builds(
    CallStarted,
    source=st.sampled_from(["microphone", "demo", "recording", "customer", "scripted"]),
    agent=words,
    title=words,
    channel=st.sampled_from(["voice", "chat"]),
    engine=words,
    language=codes | st.just("auto"),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A call's events from CallStarted on; finals and cards have ids of their own, as the tables demand."""
    events: list[Event] = [draw(started), *draw(st.lists(anything, max_size=25))]
    for suggestion_id in draw(st.lists(suggestion_ids, unique=True)):
        begun = SuggestionStarted(
            suggestion_id=suggestion_id,
            kind=draw(kinds),
            priority=draw(priorities),
            rule=draw(words),
            assistant=draw(words),
            triggered_by=draw(st.lists(utterance_ids, max_size=2)),
        )
        events.insert(draw(st.integers(1, len(events))), begun)
    for utterance_id in draw(st.lists(utterance_ids, unique=True)):
        final = TranscriptFinal(
            utterance_id=utterance_id,
            speaker=draw(parties),
            text=draw(words),
            start_s=draw(seconds),
            end_s=draw(seconds),
            confidence=draw(st.none() | st.floats(0, 1)),
            engine=draw(words),
            spoken=draw(words),
            language=draw(codes),
        )
        events.insert(draw(st.integers(1, len(events))), final)
    for message_id in draw(st.lists(st.sampled_from(["msg_1", "msg_2"]), unique=True)):
        sent = MessageSent(
            message_id=message_id,
            sender=draw(parties),
            text=draw(words),
            suggestion_id=draw(st.none() | suggestion_ids),
        )
        events.insert(draw(st.integers(1, len(events))), sent)
    if draw(st.booleans()):
        events.append(CallEnded(reason=draw(st.sampled_from(["completed", "abandoned", "disconnected", "failed"]))))
    return events

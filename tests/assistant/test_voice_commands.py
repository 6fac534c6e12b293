"""What an agent may say to Sidetone, and that nothing else is taken for it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.voice_commands import LIST, PARTS, VoiceCommand, voice_command
from core.config import ROOT
from core.speech.base import Known
from core.speech.domain import sentences
from core.speech.models import SPEECH_FOLDER
from core.speech.slots import classes

COMMANDS = {
    "sidetone flag this": VoiceCommand("flag"),
    "Sidetone, flag this.": VoiceCommand("flag"),
    "hey side tone please mark that": VoiceCommand("flag"),
    "sidetone flag this customer wants seventy nine dollars back": VoiceCommand("flag", "customer wants $79 back"),
    "sidetone use that": VoiceCommand("use"),
    "Okay Sidetone, use that one, please.": VoiceCommand("use"),
    "sidetone dismiss it": VoiceCommand("dismiss"),
    "sidetone pin this": VoiceCommand("pin"),
    "sidetone unpin that": VoiceCommand("unpin"),
    "sidetone open order seven eight nine zero one": VoiceCommand("open", "78901"),
    "sidetone open order number double seven oh one": VoiceCommand("open", "7701"),
    "Sidetone, open order #78901": VoiceCommand("open", "78901"),
    "sidetone could you show me the order": VoiceCommand("open", "order"),
    "sidetone open the tickets": VoiceCommand("open", "tickets"),
    "sidetone show her previous calls": VoiceCommand("open", "earlier calls"),
    "sidetone ask what the return period is": VoiceCommand("ask", "what the return period is"),
    "sidetone hold please": VoiceCommand("hold"),
    "sidetone put the customer on hold": VoiceCommand("hold"),
    "sidetone resume": VoiceCommand("resume"),
    "sidetone take them off hold": VoiceCommand("resume"),
    "sidetone call a supervisor": VoiceCommand("request_help"),
    "sidetone get help the refund is above my limit": VoiceCommand("request_help", "the refund is above my limit"),
    "sidetone no more help": VoiceCommand("end_help"),
    "sidetone pause the recording": VoiceCommand("pause_recording"),
    "sidetone resume recording": VoiceCommand("resume_recording"),
    "sidetone help": VoiceCommand("list"),
    "sidetone": VoiceCommand("wake"),
    "sidetone make me coffee": VoiceCommand("unknown", "make me coffee"),
    "sidetone open order": VoiceCommand("open", "order"),
    "sidetone help desk": VoiceCommand("unknown", "help desk"),
    "side town use that": VoiceCommand("use"),
    "sidestone use that": VoiceCommand("use"),
    "sidetone put the customer and how old": VoiceCommand("hold"),
    "sidetone billed please": VoiceCommand("hold"),
    "sidetone fly this": VoiceCommand("flag"),
}
SPEECH = [
    "",
    "flag this",
    "thank you for calling sidetone my name is alex",
    "sidetone how can i help you today",
    "Sidetone customer service, Alex speaking, good morning",
    "i told you sidetone use that",
    "please hold",
    "on the side tone down the volume",
    "side town is where i live",
    "sit down flag the problem with my order",
    "open order seven eight nine zero one",
]


@pytest.mark.parametrize(("said", "command"), COMMANDS.items())
def test_commands_are_read(said: str, command: VoiceCommand) -> None:
    assert voice_command(said) == command


@pytest.mark.parametrize("said", SPEECH)
def test_speech_is_no_command(said: str) -> None:
    assert voice_command(said) is None


def test_free_words_need_the_wake_word_itself() -> None:
    assert voice_command("side town flag this") == VoiceCommand("flag")
    assert voice_command("side town flag this angry customer") is None
    assert voice_command("side town ask anything") is None


@pytest.mark.parametrize("dangerous", ["end the call", "confirm", "confirm the refund", "hang up", "refund it", "undo"])
def test_what_cannot_be_taken_back_is_no_voice_command(dangerous: str) -> None:
    assert voice_command(f"sidetone {dangerous}") == VoiceCommand("unknown", dangerous)


def test_the_wake_word_may_come_alone_and_the_command_after_it() -> None:
    assert voice_command("use that") is None
    assert voice_command("use that", awake=True) == VoiceCommand("use")
    assert voice_command("how can i help you", awake=True) is None
    assert voice_command("sidetone use that", awake=True) == VoiceCommand("use")


@given(st.text(st.sampled_from("sidetone flagusthr '.,#7"), max_size=60))
def test_anything_can_be_read(said: str) -> None:
    voice_command(said)


def test_everything_listed_is_understood() -> None:
    listed = {alternative for say, _ in LIST for alternative in re.split(r" · |, ", say.replace("…", "what it costs"))}
    assert listed >= {"flag this", "use that", "open orders", *PARTS[1:], "ask what it costs", "no more help", "help"}
    for said in listed:
        command = voice_command(f"sidetone open {said}" if said in PARTS else f"sidetone {said}")
        assert command is not None, said
        assert command.name not in ("unknown", "wake"), said


def test_every_command_the_embedded_engine_expects_is_understood_and_nothing_else_is_one() -> None:
    members = {name: sorted(words) for name, words in classes(SPEECH_FOLDER, Known()).items()}
    said = {
        # One word of each class, not the same each time.
        " ".join(members[word][number % len(members[word])] if word in members else word for word in words)
        for number, words in enumerate(sentences(ROOT / "data" / "speech", Known(), 6_000))
    }
    commands = {each for each in said if re.match(r"((hey|okay) )?sidetone ", each)}
    assert len(commands) > 20
    assert [each for each in commands if (read := voice_command(each)) is None or read.name == "unknown"] == []
    assert [each for each in said - commands if voice_command(each)] == []


def test_the_scripted_calls_hold_no_command(scenario_lines: list[str]) -> None:
    assert len(scenario_lines) > 50
    assert [line for line in scenario_lines if voice_command(line)] == []


@pytest.fixture
def scenario_lines() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "data" / "scenarios").rglob("*.yaml")]
    return [line.strip(' "-') for text in texts for line in re.split(r"[\n.?!]", text)]

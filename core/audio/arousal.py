"""How aroused a voice is, beside how the same person has spoken in this call so far. Nobody is compared with others.

A raised voice gets louder, higher and brighter: more of it lies above 1 kHz. An amplifier, a hand on the volume
control or a microphone brought nearer change the first alone, and automatic gain takes it away again. So loudness
counts only as far as pitch or brightness agree with it, and not at all when the room got louder by the same; and a
voice that is not higher is never marked.
"""

from dataclasses import dataclass, replace
from itertools import accumulate

from core.audio.prosody import SILENT_DBFS, Prosody

LEAST_UTTERANCES = 2
LEAST_VOICED_S = 3.0
REMEMBERED_S = 60.0
"""Voiced sound the baseline is made of, the latest: it follows a voice that changes for good."""
RAISED_WEIGHT = 0.25
"""Of raised speech in the baseline: who keeps shouting is not usual to himself at once."""
CLEAR = 2.0
"""Spreads from which a change is one."""
STRONG = 4.0
"""Spreads of which more is not more."""
KNOWN_ROOM_DBFS = SILENT_DBFS + 5
SAME_GAIN_DB = 3.0
FAINT_DB = 15.0
"""So much quieter than the speaker is somebody else in the room, or the other party's voice come back."""
OTHER_VOICE_ST = 10.0
"""So far away is another person, or pitch misheard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    arousal: float
    """-1 (much calmer than this speaker's own usual) to 1 (much more aroused); 0 is as before."""
    raised: bool
    reasons: tuple[str, ...]
    """What changed clearly, each to be read before "than before": `louder by 8 dB`."""


@dataclass(frozen=True, slots=True)
class _Trait:
    weight: float
    """Its part in arousal."""
    least_spread: float
    """What anybody varies by from one utterance to the next."""
    up: str
    down: str


_TRAITS = {
    "loudness_dbfs": _Trait(0.3, 2.0, "louder by {:.0f} dB", "quieter by {:.0f} dB"),
    "pitch_st": _Trait(0.3, 1.25, "higher by {:.0f} semitones", "lower by {:.0f} semitones"),
    "brightness_db": _Trait(0.2, 2.5, "sharper by {:.0f} dB", "softer by {:.0f} dB"),
    "syllables_per_s": _Trait(0.1, 0.7, "faster by {:.0f} syllables a second", "slower by {:.0f} syllables a second"),
    "pitch_range_st": _Trait(0.05, 2.0, "livelier by {:.0f} semitones", "flatter by {:.0f} semitones"),
    "pause_share": _Trait(-0.05, 0.1, "with more pauses", "with fewer pauses"),
}


@dataclass(frozen=True, slots=True)
class _Heard:
    prosody: Prosody
    weight: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """How a speaker usually speaks: medians over the latest minute of their voice in this call."""

    heard: tuple[_Heard, ...] = ()

    @property
    def ready(self) -> bool:
        voiced_s = sum(heard.prosody.voiced_s for heard in self.heard)
        return len(self.heard) >= LEAST_UTTERANCES and voiced_s >= LEAST_VOICED_S

    def after(self, prosody: Prosody, raised: bool) -> "Baseline":
        """With one more utterance."""
        weight = prosody.voiced_s * (RAISED_WEIGHT if raised else 1.0)
        newest_first = (_Heard(prosody, weight), *reversed(self.heard))
        before = accumulate((heard.weight for heard in newest_first), initial=0.0)
        kept = [heard for heard, passed in zip(newest_first, before, strict=False) if passed < REMEMBERED_S]
        return replace(self, heard=tuple(reversed(kept)))

    def usual(self, trait: str) -> float:
        return _median([(getattr(heard.prosody, trait), heard.weight) for heard in self.heard])

    def spread(self, trait: str) -> float:
        """As large as a standard deviation, but deaf to outliers."""
        usual = self.usual(trait)
        return 1.4826 * _median([(abs(getattr(heard.prosody, trait) - usual), heard.weight) for heard in self.heard])


def mood_of(prosody: Prosody, baseline: Baseline) -> Mood | None:
    """None while the speaker is not known well enough, and for a voice that is not theirs."""
    if not baseline.ready:
        return None
    changes = {trait: getattr(prosody, trait) - baseline.usual(trait) for trait in _TRAITS}
    if changes["loudness_dbfs"] < -FAINT_DB or abs(changes["pitch_st"]) > OTHER_VOICE_ST:
        return None
    spreads = {trait: changes[trait] / max(of.least_spread, baseline.spread(trait)) for trait, of in _TRAITS.items()}
    if _amplified(prosody, baseline, changes["loudness_dbfs"]):
        spreads["loudness_dbfs"] = 0.0
    pitch, brightness = spreads["pitch_st"], spreads["brightness_db"]
    confirmed = _within(spreads["loudness_dbfs"], min(0.0, pitch, brightness), max(0.0, pitch, brightness))
    parts = {**spreads, "loudness_dbfs": confirmed}
    arousal = sum(of.weight * _within(parts[trait] / STRONG, -1.0, 1.0) for trait, of in _TRAITS.items())
    return Mood(
        arousal=round(arousal, 2),
        raised=pitch >= CLEAR and max(spreads["loudness_dbfs"], brightness) >= CLEAR,
        reasons=tuple(_said(trait, changes[trait]) for trait in _TRAITS if abs(spreads[trait]) >= CLEAR),
    )


def _amplified(prosody: Prosody, baseline: Baseline, louder_db: float) -> bool:
    """Whether the room changed as the voice did."""
    room_dbfs = baseline.usual("floor_dbfs")
    if min(room_dbfs, prosody.floor_dbfs) < KNOWN_ROOM_DBFS:
        return False
    return abs(prosody.floor_dbfs - room_dbfs - louder_db) <= SAME_GAIN_DB


def _said(trait: str, change: float) -> str:
    of = _TRAITS[trait]
    text = (of.up if change > 0 else of.down).format(abs(change))
    return text.replace(" 1 semitones", " 1 semitone").replace(" 1 syllables", " 1 syllable")


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _median(weighted: list[tuple[float, float]]) -> float:
    """The value with half of the weight on either side."""
    ordered = sorted(weighted)
    half = sum(weight for _, weight in ordered) / 2
    passed = accumulate(weight for _, weight in ordered)
    return next(value for (value, _), so_far in zip(ordered, passed, strict=True) if so_far >= half)

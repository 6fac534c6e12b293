"""The likeliest ways through a lattice, compared with all there are."""

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SpeechError
from core.speech.word_lattice import LANGUAGE_WEIGHT, LOG_BASE, Lattice, Penalties, Way, likeliest

PENALTIES = Penalties(-0.4, -5.0, -18.0)
WORDS = ("yes", "no", "now", "<sil>", "[NOISE]")
FILLERS = WORDS[3:]
WRITTEN = """# getcwd: /this/is/bogus
# -logbase 1.000100e+00
#
Frames 120
#
Nodes 5 (NODEID WORD STARTFRAME FIRST-ENDFRAME LAST-ENDFRAME)
0 </s> 110 119 119 ; 0
1 know(2) 40 109 109 ; 0
2 no 40 108 109 ; 0
3 <sil> 20 39 39 ; 0
4 <s> 0 19 19 ; 0
#
Initial 4
Final 0
#
BestSegAscr 0
#
Edges (FROM-NODEID TO-NODEID ASCORE)
1 0 -20000
2 0 -10000
3 1 -3000
3 2 -3000
4 3 -1000
End
"""


def language(words: tuple[str, ...]) -> float:
    """Any, as long as it depends on all of them."""
    return -1.0 - sum(len(word) * (place + 1) for place, word in enumerate(words)) % 7 / 3


def test_a_lattice_is_read_as_pocketsphinx_writes_it() -> None:
    lattice = Lattice.read(WRITTEN)
    assert lattice.words == ["</s>", "know", "no", "<sil>", "<s>"]
    assert lattice.begins == [110, 40, 40, 20, 0]
    assert lattice.following[3] == [(1, pytest.approx(-3000 * LOG_BASE)), (2, pytest.approx(-3000 * LOG_BASE))]
    assert (lattice.first, lattice.last) == (4, 0)
    first, second = likeliest(lattice, lambda words: -2.0, PENALTIES)
    assert (first.words, second.words) == (("no",), ("know",))
    assert first.acoustic == pytest.approx(-14000 * LOG_BASE - 5.0 - 2 * 0.4)
    assert first.language == (-2.0, -2.0)


@pytest.mark.parametrize("text", ["", "nothing of the kind", WRITTEN[:300], WRITTEN.replace("4 3 -1000", "4 3")])
def test_something_else_is_told(text: str) -> None:
    with pytest.raises(SpeechError, match="no word lattice"):
        Lattice.read(text)


@st.composite
def lattices(draw: st.DrawFn) -> Lattice:
    """Up to nine words one after the other, of which any may be left out."""
    inner = draw(st.lists(st.sampled_from(WORDS), max_size=7))
    words = ["<s>", *inner, "</s>"]
    following = {
        node: [
            (follower, draw(st.floats(-6, 0)))
            for follower in range(node + 1, len(words))
            if follower == node + 1 or draw(st.booleans())
        ]
        for node in range(len(words) - 1)
    }
    return Lattice(words, [10 * node for node in range(len(words))], following, 0, len(words) - 1)


def all_ways(lattice: Lattice) -> dict[tuple[str, ...], float]:
    """Every sequence of words there is a way for, and its best score."""
    found: dict[tuple[str, ...], float] = {}
    for nodes, sound in paths(lattice, (lattice.first,), 0.0):
        spoken = tuple(lattice.words[node] for node in nodes[1:] if lattice.words[node] not in FILLERS)
        silences = sum(lattice.words[node] == "<sil>" for node in nodes)
        noises = sum(lattice.words[node] == "[NOISE]" for node in nodes)
        before = ("<s>", *spoken)
        logs = [language((word, *before[max(0, at - 1) : at + 1][::-1])) for at, word in enumerate(spoken)]
        penalties = len(spoken) * PENALTIES.word + silences * PENALTIES.silence + noises * PENALTIES.noise
        score = sound + penalties + LANGUAGE_WEIGHT * sum(logs)
        found[spoken[:-1]] = max(score, found.get(spoken[:-1], -math.inf))
    return found


def paths(lattice: Lattice, nodes: tuple[int, ...], sound: float) -> Iterator[tuple[tuple[int, ...], float]]:
    if nodes[-1] == lattice.last:
        yield nodes, sound
    for follower, by in lattice.following.get(nodes[-1], ()):
        yield from paths(lattice, (*nodes, follower), sound + by)


def score(way: Way) -> float:
    return way.acoustic + LANGUAGE_WEIGHT * sum(way.language)


@given(lattices())
def test_the_likeliest_of_all_ways_is_found_first(lattice: Lattice) -> None:
    every = all_ways(lattice)
    found = likeliest(lattice, language, PENALTIES)
    best = max(every.values())
    assert score(found[0]) == pytest.approx(best)
    for way in found:
        assert score(way) <= every[way.words] + 1e-6
        assert len(way.language) == len(way.words) + 1
    assert len({way.words for way in found}) == len(found)
    assert all(score(one) >= score(other) - 1e-9 for one, other in pairwise(found))


def test_where_no_way_leads_to_the_end_there_is_none() -> None:
    assert likeliest(Lattice(["<s>", "yes", "</s>"], [0, 1, 2], {0: [(1, 0.0)]}, 0, 2), language, PENALTIES) == []

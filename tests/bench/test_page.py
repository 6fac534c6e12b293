"""Matching what was painted with what was appended."""

from core.bench.page import painted_after_s


def test_a_paint_shows_every_event_since_the_one_before() -> None:
    appended_s = {3: 10.0, 4: 10.01, 6: 11.0}
    paints = [(4, 10_050.0), (6, 11_020.0)]
    assert [round(wait_s, 3) for wait_s in painted_after_s(appended_s, paints, seen_seq=2)] == [0.05, 0.04, 0.02]


def test_what_was_there_before_or_never_painted_does_not_count() -> None:
    assert painted_after_s({1: 9.0, 9: 12.0}, [(2, 10_000.0)], seen_seq=1) == []

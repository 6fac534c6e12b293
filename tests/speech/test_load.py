from core.speech.load import Load


def worked(load: Load, share: float, from_s: float, until_s: float) -> None:
    """That share of every tenth of a second."""
    for tenth in range(round(from_s * 10), round(until_s * 10)):
        load.worked(tenth / 10, (tenth + share) / 10)


def test_it_is_heavy_after_seconds_of_much_work_and_until_there_is_little() -> None:
    load = Load()
    worked(load, 0.95, 0, 2)
    assert not load.heavy
    worked(load, 0.95, 2, 20)
    assert load.heavy
    worked(load, 0.6, 20, 60)
    assert load.heavy
    worked(load, 0.2, 60, 80)
    assert not load.heavy
    worked(load, 0.6, 80, 120)
    assert not load.heavy


def test_a_break_counts() -> None:
    load = Load()
    worked(load, 1.0, 0, 20)
    load.worked(50, 50.01)
    assert not load.heavy


def test_it_is_full_while_there_is_no_time_left() -> None:
    load = Load()
    worked(load, 1.0, 0, 20)
    assert load.full(1)
    worked(load, 0.8, 20, 40)
    assert load.heavy
    assert not load.full(1)


def test_it_will_be_full_with_more_who_speak_than_it_can_hear() -> None:
    load = Load()
    assert not load.full(10)
    load.heard(4.0, 1.0)
    assert not load.full(2)
    assert load.full(3)
    for _ in range(20):
        load.heard(4.0, 2.0)
    assert load.full(2)


def test_one_slow_utterance_does_not_spoil_the_care_for_whoever_speaks_alone() -> None:
    load = Load()
    load.heard(1.0, 5.0)
    assert load.full(2)
    assert not load.full(1)

"""`python -m core simulate`."""

import pytest

from core.__main__ import main

DAY = ["simulate", "--agents", "12", "--calls-per-hour", "120", "--hours", "2"]


def test_it_prints_the_figures_of_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(DAY) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("12 agents, 120 calls an hour for 2 h, handling time 240 s, patience 120 s, seed 7")
    assert lines[1].split() == ["calls", "answered", "within", "20", "s", "ASA", "abandoned"]
    assert [line.split()[0] for line in lines[2:-1]] == ["all", "platinum", "gold", "silver", "standard"]
    offered, answered, within, asa, unit, abandoned = lines[2].split()[1:]
    assert 0 < int(answered) <= int(offered)
    assert within.endswith("%")
    assert abandoned.endswith("%")
    assert float(asa) >= 0
    assert unit == "s"
    assert lines[-1].startswith("occupancy ")


def test_the_seed_decides_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    main([*DAY, "--seed", "1"])
    first = capsys.readouterr().out
    main([*DAY, "--seed", "1"])
    assert capsys.readouterr().out == first
    main([*DAY, "--seed", "2"])
    assert capsys.readouterr().out != first


@pytest.mark.parametrize("wrong", [["--agents", "0"], ["--agents", "x"], ["--hours", "-1"], ["--aht-s", "inf"]])
def test_impossible_days_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", *wrong])
    assert stopped.value.code == 2
    assert wrong[0] in capsys.readouterr().err

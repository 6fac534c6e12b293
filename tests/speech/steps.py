"""What is done in steps, done at once."""

from collections.abc import Generator
from typing import TypeVar

_Result = TypeVar("_Result")


def outcome(steps: Generator[None, None, _Result]) -> _Result:
    """What all steps come to."""
    while True:
        try:
            next(steps)
        except StopIteration as stopped:
            result: _Result = stopped.value
            return result

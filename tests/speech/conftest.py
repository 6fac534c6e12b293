import pytest
from speech.listener import Listener, MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def listener() -> Listener:
    return Listener()

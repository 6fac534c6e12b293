import threading

from core.errors import StorageError
from core.speech.base import Known
from core.speech.vocabulary import Vocabulary


class Data:
    def __init__(self) -> None:
        self.names: tuple[str, ...] = ("Sarah Johnson",)
        self.reads = 0
        self.broken = False
        self.learnt: list[Known] = []
        self.learned = threading.Event()

    def fingerprint(self) -> tuple[str, ...]:
        if self.broken:
            raise StorageError("the disk is full; make room")
        return self.names

    def read(self) -> Known:
        self.reads += 1
        return Known(names=self.names)

    def learn(self, known: Known) -> None:
        self.learnt.append(known)
        if len(self.learnt) > 1:
            self.learned.set()

    def vocabulary(self, every_s: float = 60.0) -> Vocabulary:
        return Vocabulary(self.fingerprint, self.read, self.learn, every_s)


def test_what_is_known_is_learnt_once_and_again_when_it_has_changed() -> None:
    data = Data()
    vocabulary = data.vocabulary()
    vocabulary.look()
    vocabulary.look()
    assert (data.reads, data.learnt) == (1, [Known(names=("Sarah Johnson",))])
    data.names = ("Sarah Johnson", "John Doe")
    vocabulary.look()
    assert data.learnt[-1].names == ("Sarah Johnson", "John Doe")


def test_a_database_that_cannot_be_read_is_looked_at_again() -> None:
    data = Data()
    data.broken = True
    vocabulary = data.vocabulary()
    vocabulary.look()
    assert data.learnt == []
    data.broken = False
    vocabulary.look()
    assert len(data.learnt) == 1


def test_it_looks_by_itself_until_it_is_closed() -> None:
    data = Data()
    vocabulary = data.vocabulary(every_s=0.001)
    vocabulary.start()
    data.names = ("John Doe",)
    assert data.learned.wait(10)
    vocabulary.close()
    vocabulary.close()
    assert data.learnt[-1].names == ("John Doe",)

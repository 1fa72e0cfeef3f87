import threading

from inspector.net.notices import _MOST_WAITING, Notices
from tests.support import LIMIT_S


def test_lines_are_told_in_their_order_and_all_of_them() -> None:
    heard: list[str] = []
    notices = Notices()
    one, other = notices.to(heard.append), notices.to(lambda line: heard.append(line.upper()))
    for number in range(100):
        (one if number % 2 else other)(f"line {number}")
    assert notices.close()
    assert heard == [f"line {number}" if number % 2 else f"LINE {number}" for number in range(100)]


def test_nothing_to_tell_is_all_told() -> None:
    assert Notices().close()


def test_whoever_is_gone_is_no_reason_to_stop() -> None:
    heard: list[str] = []

    def gone(line: str) -> None:
        raise BrokenPipeError

    notices = Notices()
    notices.to(gone)("a")
    notices.to(heard.append)("b")
    assert notices.close()
    assert heard == ["b"]


def test_whoever_does_not_read_is_not_waited_for_and_what_is_left_out_is_counted() -> None:
    heard: list[str] = []
    stuck, reads = threading.Event(), threading.Event()

    def tell(line: str) -> None:
        stuck.set()
        assert reads.wait(LIMIT_S)
        heard.append(line)

    notices = Notices()
    later = notices.to(tell)
    later("first")
    assert stuck.wait(LIMIT_S)
    for number in range(_MOST_WAITING + 7):
        later(f"line {number}")
    assert not notices.close()
    reads.set()
    while not notices.close():
        pass
    assert heard[:2] == ["first", "line 0"]
    assert heard[-2:] == [f"line {_MOST_WAITING - 1}", "7 lines are left out here: nobody read them"]

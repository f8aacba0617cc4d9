"""Scripts take turns, but none waits for long."""

import threading
import time

import pytest

from ui.state.script_turns import script_turn


def test_scripts_take_turns() -> None:
    drawing, most_at_once = 0, 0

    def draw() -> None:
        nonlocal drawing, most_at_once
        with script_turn(longest_wait=30):
            drawing += 1
            most_at_once = max(most_at_once, drawing)
            time.sleep(0.01)
            drawing -= 1

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most_at_once == 1


def test_a_script_does_not_wait_for_one_that_hangs() -> None:
    turn = threading.Lock()
    with turn:
        with script_turn(turn, 0.01):
            pass
        assert turn.locked(), "The script gave back another's turn."


def test_a_script_that_fails_gives_its_turn_back() -> None:
    turn = threading.Lock()
    with pytest.raises(ValueError, match="half drawn"), script_turn(turn):
        raise ValueError("half drawn")
    assert not turn.locked()

"""How far long work is, is told aside: one line that changes on a terminal, else a line now and then."""

import io

from app.commands.telling import LIVE_LINE_EVERY_SECONDS, PLAIN_LINE_EVERY_SECONDS, Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Watch:
    """A clock that somebody moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_into_a_file_a_line_is_written_now_and_then_only() -> None:
    file, watch = io.StringIO(), _Watch()

    with Progress(file, watch) as progress:
        for percent in range(101):
            watch.seconds = percent * PLAIN_LINE_EVERY_SECONDS / 40
            progress.at(f"{percent} %")

    assert file.getvalue() == "40 %\n80 %\n"


def test_work_that_is_done_at_once_tells_a_file_nothing() -> None:
    file = io.StringIO()

    with Progress(file, _Watch()) as progress:
        progress.at("1 %")
        progress.at("100 %")

    assert file.getvalue() == ""


def test_a_step_is_always_told() -> None:
    file = io.StringIO()

    with Progress(file, _Watch()) as progress:
        progress.step("Applying 0001_first")
        progress.step("Applying 0002_second")

    assert file.getvalue() == "Applying 0001_first\nApplying 0002_second\n"


def test_on_a_terminal_one_line_changes_and_is_gone_at_the_end() -> None:
    terminal, watch = _Terminal(), _Watch()

    with Progress(terminal, watch) as progress:
        progress.at("1 %")
        progress.at("2 %")
        watch.seconds = LIVE_LINE_EVERY_SECONDS
        progress.at("50 %")
        progress.step("half is done")
        watch.seconds *= 2
        progress.at("60 %")

    assert terminal.getvalue().split("\r\x1b[K") == ["", "1 % …", "50 % …", "half is done\n", "60 % …", ""]

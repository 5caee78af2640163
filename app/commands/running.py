"""What every command of the command line begins and ends with.

What a command needs of the product is imported once it runs: `--help` and the completion of a shell need none of it,
and answer in a quarter of the time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from app.commands.helping import Ends
from app.commands.telling import tell_aside

if TYPE_CHECKING:
    from app.errors import ProblemError
    from app.settings import Settings

T = TypeVar("T")


def read_settings(*, serves: bool = False) -> "Settings":
    """The settings; ends the command where they are not complete.

    What serves logs as they ask for. Any other command tells what it does itself, and logs nothing but mistakes.
    """
    from app import logs, settings
    from app.suites import registry

    try:
        chosen = settings.load(registry.SETTINGS)
    except settings.SettingsError as error:
        stop_with(f"The settings are not complete:\n{error}", Ends.SETTINGS)
    logs.configure(chosen.log_level if serves else "ERROR", chosen.log_format)
    return chosen


def run_to_end(
    work: Coroutine[Any, Any, T], broken_off: str, refused: "Callable[[ProblemError], str] | None" = None
) -> T:
    """What the work comes to. Broken off with Ctrl-C the command ends with 130 and says what that leaves behind.

    `refused` says why something was not done, where the problem's own message is not all that there is to say.
    """
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        stop_with(f"Broken off. {broken_off}", Ends.BROKEN_OFF)
    except Exception as error:
        _stop_if_expected(error, refused)
        raise


def serve_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Until it is told to stop: Ctrl-C is how a person does that, and everything was let go in order."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(Ends.DONE) from None
    except Exception as error:
        _stop_if_expected(error)
        raise


def stop_with(message: str, code: Ends = Ends.REFUSED) -> NoReturn:
    """End the command, saying why."""
    tell_aside(message)
    raise typer.Exit(code)


def refuse_to_ask_a_program(*, as_json: bool, yes: bool) -> None:
    """Ends the command where the answer would be read by a program and the question by nobody."""
    if as_json and not yes:
        raise typer.BadParameter("a program cannot be asked: give --yes with it.", param_hint="--json")


def ask(question: str, undone: str) -> None:
    """Ends the command unless the answer is yes; `undone` says that nothing has happened."""
    try:
        is_meant = typer.confirm(question, err=True)
    except typer.Abort as ended:
        tell_aside("")
        if isinstance(ended.__context__, KeyboardInterrupt):
            stop_with(f"Broken off. {undone}", Ends.BROKEN_OFF)
        stop_with(f"Nobody answered. {undone} With --yes nobody is asked.")
    if not is_meant:
        stop_with(undone)


def _stop_if_expected(error: Exception, refused: "Callable[[ProblemError], str] | None" = None) -> None:
    """End the command where this is no mistake of ours; a mistake of ours is shown whole by whoever asked."""
    from tortoise.exceptions import DBConnectionError

    from app.database.unavailable import DatabaseUnavailable
    from app.errors import ProblemError
    from app.keyring.proofs import KeysRefused
    from app.settings import SettingsError

    match error:
        case BrokenPipeError():
            return  # whoever read our output has gone, which typer knows how to end
        case ProblemError():
            stop_with(error.message if refused is None else refused(error))
        case KeysRefused() | SettingsError():
            stop_with(str(error), Ends.SETTINGS)
        case DatabaseUnavailable() | DBConnectionError():
            # The driver's own words may repeat the address, which may have a password in it.
            stop_with(
                f"The database cannot do its work now ({_reason(error)}). See whether it runs, and whether "
                "HYBRID_MEETINGS_DATABASE_URL has its address, user, password and name: `hybrid-meetings doctor` looks."
            )
        case OSError(filename=str(path)):
            stop_with(f"{path}: {error.strerror}. `hybrid-meetings doctor` looks at what the settings name.")


def _reason(error: BaseException) -> str:
    """What kind of trouble the driver met."""
    found = error.args[0] if error.args else error
    return found if isinstance(found, str) and found.isidentifier() else type(error.__cause__ or error).__name__

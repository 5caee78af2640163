"""What a shell is told when somebody presses Tab."""

import subprocess

import pytest

from tests.commands.typed import inherited, typed


def _offered(*words: str) -> list[str]:
    """As bash asks for the last of the words."""
    line = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    asked = typed(env=inherited() | line | {"_HYBRID_MEETINGS_COMPLETE": "complete_bash"})
    assert (asked.returncode, asked.stderr) == (0, "")
    return asked.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["hybrid-meetings", "mi"], ["migrate"]),
        (["hybrid-meetings", "keys", ""], ["generate", "rotate", "give-up"]),
        (["hybrid-meetings", "organisation", "l"], ["list"]),
        (["hybrid-meetings", "keys", "rotate", "--j"], ["--json"]),
        (["hybrid-meetings", "backup", "./"], []),
    ],
)
def test_commands_and_options_are_offered_without_any_settings(words: list[str], offered: list[str]) -> None:
    assert _offered(*words) == offered


def _script(shell: str) -> str:
    """What the shell is given to read at its start, whichever shell this is."""
    asked = typed(env=inherited() | {"_HYBRID_MEETINGS_COMPLETE": f"source_{shell}"})
    assert (asked.returncode, asked.stderr) == (0, "")
    return asked.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_asks_this_program(shell: str) -> None:
    assert f"_HYBRID_MEETINGS_COMPLETE=complete_{shell}" in _script(shell)
    assert "hybrid-meetings" in _script(shell)


def test_bash_takes_the_script() -> None:
    script = f"{_script('bash')}\ncomplete -p hybrid-meetings"

    taken = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)

    assert taken.stdout.split()[-1] == "hybrid-meetings"

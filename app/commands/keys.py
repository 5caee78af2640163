"""`hybrid-meetings keys generate | rotate | give-up`."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.helping import CODES, AsJson, Ends, Panel, add, group
from app.commands.running import read_settings, run_to_end
from app.commands.telling import Progress, tell_aside, tell_json, tell_result

if TYPE_CHECKING:
    from app.keyring.rotation import Progress as Rotating
    from app.keyring.rotation import Rotated

_GENERATED = '{"secretKey": …, "encryptionKeys": "k1:…"}'
_ROTATED = (
    '{"isComplete": true, "primary": "k2", "sealedAnew": 12, "unopened": 0,\n'
    '   "named": [{"column": …, "rowId": …, "fault": "KEY_MISSING" or "BROKEN"}],\n'
    '   "behind": 0, "unused": ["k1"]}'
)
_GIVEN_UP = '{"left": [{"column": …, "values": 3}], "toReconnect": 1}'


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    keys = group(
        cli,
        "keys",
        about="The server's keys: make them, replace one, or go on without one that is lost.",
        panel=Panel.SET_UP,
        examples=("keys generate >> settings.env", "keys rotate"),
    )
    add(keys, generate, examples=("keys generate >> settings.env", "keys generate --json"), json_shape=_GENERATED)
    add(
        keys,
        rotate,
        examples=("keys rotate", "keys rotate --json"),
        json_shape=_ROTATED,
        codes=CODES.replace("1 refused", "1 something is left under another key, or refused"),
    )
    add(keys, give_up, name="give-up", examples=("keys give-up k1",), json_shape=_GIVEN_UP)


def generate(as_json: AsJson = False) -> None:
    """Print fresh keys as settings; keep them safe, since nothing sealed opens without them.

    No settings are needed for it, and nothing is kept or changed.
    """
    from app.commands.doing.keys import fresh_key
    from app.settings import PREFIX

    secret, ring = fresh_key(), f"k1:{fresh_key()}"
    if as_json:
        tell_json({"secretKey": secret, "encryptionKeys": ring})
    else:
        tell_result(f"{PREFIX}SECRET_KEY={secret}")
        tell_result(f"{PREFIX}ENCRYPTION_KEYS={ring}")


def rotate(as_json: AsJson = False) -> None:
    """Seal everything anew under the first of the encryption keys, while servers run; safe to stop and to run again.

    Put the new key in front of the others first, and start every server and worker again. What is left under another
    key is named, and which keys may be removed is said.
    """
    chosen = read_settings()
    from app.commands.doing import keys

    with Progress() as progress:
        rotated = run_to_end(
            keys.rotate(chosen, lambda reached: _tell_progress(progress, reached)),
            "What was sealed anew stays so, and everything opens as before. It can be run again, and does the rest.",
        )
    primary = chosen.encryption_keyring[0][0]
    _tell_what_is_left(rotated, primary)
    if as_json:
        tell_json(_document(rotated, primary))
    else:
        _tell_rotated(rotated, primary)
    if not rotated.is_complete:
        raise typer.Exit(Ends.REFUSED)


def give_up(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The lost key's id, such as k1.")],
    as_json: AsJson = False,
) -> None:
    """Go on without a key that is lost for good: whose consent it sealed has to connect again.

    Servers then start without it. What it sealed stays as it is, in case the key turns up.
    """
    chosen = read_settings()
    from app.commands.doing import keys

    given_up = run_to_end(keys.give_up(chosen, key_id), "It can be run again, and does the rest.")
    if as_json:
        left = [{"column": str(column), "values": count} for column, count in given_up.left.items()]
        tell_json({"left": left, "toReconnect": given_up.to_reconnect})
        return
    for column, count in given_up.left.items():
        tell_result(f"{column}: {count} sealed under {key_id}, left as they are")
    tell_result(f"Servers start without {key_id} now. Asked to connect their calendar again: {given_up.to_reconnect}.")


def _tell_progress(progress: Progress, reached: "Rotating") -> None:
    if reached.is_last:
        progress.step(f"{reached.column}: {reached.sealed_anew} sealed anew")
    else:
        progress.at(f"{reached.column}: {reached.sealed_anew} of {reached.wanted} sealed anew")


def _tell_what_is_left(rotated: "Rotated", primary: str) -> None:
    from app.commands.doing.keys import FAULTS

    for row in rotated.named:
        tell_aside(f"{row.column}, row {row.row_id}: {FAULTS[row.fault]}")
    if rotated.unopened > len(rotated.named):
        tell_aside(f"… and {rotated.unopened - len(rotated.named)} more.")
    if rotated.unopened:
        tell_aside(f"{rotated.unopened} values do not open and were left as they are.")
    if rotated.behind:
        tell_aside(
            f"{rotated.behind} values were sealed under another key while this ran: a server that runs has that key in "
            f"front. Start every server and worker again with {primary} in front, then rotate again."
        )


def _tell_rotated(rotated: "Rotated", primary: str) -> None:
    tell_result(f"{rotated.sealed_anew} values were sealed anew under {primary}.")
    for key_id in rotated.unused:
        tell_result(
            f"Nothing is sealed under {key_id} any more: once every server and worker runs with {primary} in front, "
            f"{key_id} may be removed. Keep it for as long as there are backups from before."
        )


def _document(rotated: "Rotated", primary: str) -> dict[str, object]:
    return {
        "isComplete": rotated.is_complete,
        "primary": primary,
        "sealedAnew": rotated.sealed_anew,
        "unopened": rotated.unopened,
        "named": [
            {"column": str(row.column), "rowId": str(row.row_id), "fault": row.fault.value} for row in rotated.named
        ],
        "behind": rotated.behind,
        "unused": list(rotated.unused),
    }

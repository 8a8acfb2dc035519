"""The sub-commands that come in groups: people, keys, stores, the ledger, sealed items, Telegram's account, models."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from storage.domain.vocab import Role
from workers.commands.terminal import Vault, say, settings_of, tell

user = typer.Typer(help="The people of a vault.", no_args_is_help=True)
key = typer.Typer(help="The keys programs use.", no_args_is_help=True)
store = typer.Typer(help="The stores that keep the files.", no_args_is_help=True)
ledger = typer.Typer(help="The ledger and the keys that sign it.", no_args_is_help=True)
items = typer.Typer(help="The keys of sealed items.", no_args_is_help=True)
telegram = typer.Typer(help="The archive's own account at Telegram.", no_args_is_help=True)
models = typer.Typer(help="Optional models that an operator brings.", no_args_is_help=True)
GROUPS = {
    **{"user": user, "key": key, "store": store, "ledger": ledger, "items": items},
    **{"telegram": telegram, "models": models},
}


PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@user.command("add")
def user_add(
    email: str,
    role: Annotated[list[Role], typer.Option(help="What they may be; may be given again.")],
    password_stdin: PasswordStdin,
    name: Annotated[
        str, typer.Option(help="What others see beside what they do.", show_default="the address, up to its @")
    ] = "",
    vault: Vault = None,
) -> None:
    """Let a person in."""
    from workers.commands.people import archive_of, name_from

    settings, password = settings_of(vault), _password(is_piped=password_stdin)
    called = name_from(name, email)
    with archive_of(settings) as archive:
        archive.add_user(email, password, role, name=called)
    say(f"Others see them as {called}.")


@user.command("password")
def user_password(email: str, password_stdin: PasswordStdin, vault: Vault = None) -> None:
    """Give a person who has forgotten theirs another password; logs them out everywhere."""
    from workers.commands.people import archive_of

    settings, password = settings_of(vault), _password(is_piped=password_stdin)
    with archive_of(settings) as archive:
        user = archive.replace_password(email, password)
    say(f"{user.email} has another password and is logged out everywhere; they can change it under My account.")


@user.command("list")
def user_list(vault: Vault = None) -> None:
    """Everybody who was ever let in: address, name, roles."""
    from workers.commands.people import listed

    for line in listed(settings_of(vault)):
        tell(line)


def _password(*, is_piped: bool) -> str:
    if not is_piped:
        raise typer.BadParameter("the password comes on standard input: --password-stdin")
    return sys.stdin.readline().rstrip("\n")


@key.command("add")
def key_add(
    role: Annotated[list[Role], typer.Option(help="What it may do; may be given again.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    vault: Vault = None,
) -> None:
    """Make a key for a program; prints it once, alone on standard output."""
    from workers.commands.people import archive_of

    with archive_of(settings_of(vault)) as archive:
        _, secret = archive.add_key(name, role)
    tell(secret)


@store.command("renew")
def store_renew(
    name: Annotated[str, typer.Argument(help="Which store: first or second.")],
    vault: Vault = None,
) -> None:
    """Let an empty store take the place of one that was lost: every file is brought there again."""
    from workers.commands import renewing

    count = renewing.renew(settings_of(vault), name)
    say(f"{count} files are owed to the {name} store; the keeper brings them.")


@ledger.command("change-key")
def ledger_change_key(vault: Vault = None) -> None:
    """Let another key sign the ledger from now on; prints its public half, and says what to do with the old one."""
    from workers.commands import ledger

    tell(ledger.change_key(settings_of(vault), say=say))


@ledger.command("keys")
def ledger_keys(vault: Vault = None) -> None:
    """Print the keys of the ledger and their successions: a key file to give to others."""
    from workers.commands import ledger

    sys.stdout.write(ledger.tell_keys(settings_of(vault)))


@items.command("change-key")
def items_change_key(vault: Vault = None) -> None:
    """Let another key wrap the keys of all sealed items; their files stay as they are, and nothing stops meanwhile."""
    from workers.commands import sealed

    sealed.change_key(settings_of(vault), say=say)


@telegram.command("login")
def telegram_login(vault: Vault = None) -> None:
    """Sign in with an account that is kept for this alone; asks at the terminal, and shows nothing that is secret."""
    from workers.commands import telegram as signing_in
    from workers.sources.telegram_login import Asking

    def ask(question: str) -> str:
        return str(typer.prompt(question, err=True))

    def ask_hidden(question: str) -> str:
        return str(typer.prompt(question, err=True, hide_input=True))

    settings = settings_of(vault)
    if not sys.stdin.isatty():
        raise typer.BadParameter("signing in asks at a terminal; nothing secret is taken from a pipe or an argument")
    signing_in.login(settings, Asking(ask, ask_hidden))
    say("Signed in; it is kept encrypted. Administration, Sites shows how the account fares.")


@models.command("list")
def models_list(vault: Vault = None) -> None:
    """The models of a vault; of each use the one that is used comes last. Where there is none: how to bring one."""
    from workers.models import HOW_TO_BRING
    from workers.models import models as known

    found = known(settings_of(vault).vault)
    for model in found:
        tell(f"{model.use}  {model.name}  sha256:{model.digest}")
    for use, how in HOW_TO_BRING.items():
        if not any(model.use == use for model in found):
            say(f"{use}  none: {how}")


@models.command("add")
def models_add(
    file: Annotated[
        Path,
        typer.Argument(
            help="A Whisper model for CTranslate2, CenterFace or TransNetV2: a folder, an archive or a file."
        ),
    ],
    vault: Vault = None,
) -> None:
    """Take a model over; workers use it from their next start."""
    from workers.models import add

    model = add(settings_of(vault).vault, file)
    tell(f"{model.use}  {model.name}  sha256:{model.digest}")
    say("Workers use it from their next start on; what was captured before waits for `svidok renew --all`.")

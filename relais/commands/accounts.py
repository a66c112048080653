"""relais account … and relais token …"""

import sys
from typing import Annotated

import typer

from outreach.domain.words import Role
from outreach.errors import BadInput
from outreach.services import accounts
from relais.console import opened, operator, say

app = typer.Typer(help="Accounts of advisers, supervisors and administrators.", no_args_is_help=True)
tokens = typer.Typer(help="Bearer tokens of the JSON API.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="The account's login.", show_default=False)]


def _password() -> str:
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if not password:
        raise BadInput("no password was given; type it at the prompt or as the first line of standard input")
    return str(password)


@app.command("create")
def create_account(
    login: Login,
    role: Annotated[Role, typer.Option(help="What they may do.")],
    departments: Annotated[
        str, typer.Option(help="Those that an adviser serves, such as 94,75; all unless given.")
    ] = "",
    telephone: Annotated[
        str, typer.Option(help="An adviser's, rung first when they call somebody from a page, such as 0199001234.")
    ] = "",
) -> None:
    """Create an account; the password is asked for twice, or read from standard input."""
    served = accounts.departments_in(departments)
    rung = accounts.telephone_in(telephone)
    password = _password()
    with opened() as runtime, runtime.transaction() as session:
        accounts.create(session, login, password, role, runtime.clock.now(), operator(), served, rung)
    say(f"account {login} ({role}) is created")


@app.command("departments")
def serve_departments(
    login: Login, departments: Annotated[str, typer.Argument(help="Such as 94,75; none means all.")] = ""
) -> None:
    """Change the departments that an adviser serves."""
    served = accounts.departments_in(departments)
    with opened() as runtime, runtime.transaction() as session:
        accounts.serve(session, login, served, runtime.clock.now(), operator())
    say(f"account {login} serves {', '.join(served) or 'every department'}")


@app.command("telephone")
def change_telephone(
    login: Login, telephone: Annotated[str, typer.Argument(help="Such as 0199001234; none takes it away.")] = ""
) -> None:
    """Change the telephone that is rung when an adviser calls somebody from a page."""
    rung = accounts.telephone_in(telephone)
    with opened() as runtime, runtime.transaction() as session:
        accounts.rings_at(session, login, rung, runtime.clock.now(), operator())
    say(f"account {login} has {'another telephone' if rung else 'no telephone'}")


@tokens.command("create")
def create_token(login: Login) -> None:
    """Create a token for an account; it is printed once, alone on the last line."""
    with opened() as runtime, runtime.transaction() as session:
        token = accounts.create_token(session, login, runtime.clock.now(), by=operator())
    say(token)

"""Who may use a route. Every route says so; an application in which one doesn't refuses to start."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute, Mount

from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.errors import BusinessError, Refused
from outreach.services import accounts

EVERYBODY = frozenset(Role)
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="relais token create LOGIN makes one.")


class NotLoggedIn(BusinessError):
    status = 401

    def __init__(self) -> None:
        super().__init__("a valid bearer token is needed; relais token create makes one")


class Access:
    """The dependency that lets a request in, or not, with the roles that it lets in."""

    roles: frozenset[Role] = frozenset()
    is_public = False


class Public(Access):
    """For everybody: health, login, the style sheet."""

    is_public = True

    def __call__(self) -> None:
        return None


class ByToken(Access):
    """For the accounts of these roles, shown by a bearer token."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(
        self, request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
    ) -> Account:
        if bearer is None:
            raise NotLoggedIn
        with runtime_of(request).transaction() as session:
            account = accounts.by_token(session, bearer.credentials)
        if account is None:
            raise NotLoggedIn
        if account.role not in self.roles:
            raise Refused("your role may not do this")
        return account


def public() -> Any:
    """Declares that anybody may use a route."""
    return Depends(Public())


def access_of(route: APIRoute) -> Access | None:
    """What a route says of who may use it."""
    return _find(route.dependant)


def _find(dependant: Dependant) -> Access | None:
    call: object = dependant.call
    if isinstance(call, Access):
        return call
    for inner in dependant.dependencies:
        found = _find(inner)
        if found is not None:
            return found
    return None


def routes_of(app: FastAPI) -> Iterator[tuple[str, BaseRoute]]:
    """Every route of an application with its whole path, those of included routers too."""
    for context in iter_route_contexts(app.routes):
        yield context.path or "", context.original_route


def check_every_route(app: FastAPI) -> None:
    """Raises TypeError for the first route that doesn't say who may use it."""
    for path, route in routes_of(app):
        if isinstance(route, APIRoute):
            if access_of(route) is None:
                raise TypeError(f"the route {path} does not say who may use it")
        elif not (isinstance(route, Mount) and path == "/static"):
            raise TypeError(f"the route {path} is of a kind that can't say who may use it")

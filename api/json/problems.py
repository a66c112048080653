"""How the JSON API says that something can't be done."""

from typing import Any

from pydantic import BaseModel, Field


class Problem(BaseModel):
    error: str = Field(description="One sentence.")


def _problem(description: str) -> dict[str, Any]:
    return {"model": Problem, "description": description}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: _problem("No bearer token, or one that is not valid."),
    403: _problem("The account's role, or the patient's own wish, doesn't allow it."),
    404: _problem("Nothing bears this name."),
    409: _problem("Not in the state that things are in."),
    422: _problem("Something in the request is not understood."),
}

"""/docs: the JSON API, told on a page of ours, with no script from elsewhere."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.access import public
from api.pages.rendering import render

router = APIRouter()


@router.get("/docs", dependencies=[public()])
def documentation(request: Request) -> Response:
    document: dict[str, Any] = request.app.openapi()
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("description") or operation.get("summary", ""),
            "parameters": [parameter["name"] for parameter in operation.get("parameters", [])],
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "docs.html", operations=operations, version=document["info"]["version"])

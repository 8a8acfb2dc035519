"""A route that answers only questions it understands: unknown and repeated parameters are errors, never ignored."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from api.problems import unknown_parameter
from storage.errors import BadQuery


class StrictRoute(APIRoute):
    """An API route whose query parameters are exactly those its function declares, each at most once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        known = {param.alias for param in get_flat_params(self.dependant) if isinstance(param.field_info, Query)}

        async def answer_strictly(request: Request) -> Response:
            for name in request.query_params:
                if name not in known:
                    raise unknown_parameter(name, known)
                if len(request.query_params.getlist(name)) > 1:
                    raise BadQuery(f"The parameter {name} is given more than once.")
            return await answer(request)

        return answer_strictly

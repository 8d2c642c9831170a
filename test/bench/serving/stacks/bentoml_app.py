"""BentoML with one worker."""

import bentoml
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route


async def ping(_request):
    return Response(b"\n")


@bentoml.service(workers=1, logging={"access": {"enabled": False}}, traffic={"timeout": 60})
@bentoml.asgi_app(Starlette(routes=[Route("/ping", ping)]), path="/")
class Iris:
    def __init__(self):
        from iris_model import predict

        self.predict = predict

    @bentoml.api(route="/invocations")
    def invocations(self, petal_length: float, petal_width: float) -> dict:
        return self.predict({"petal_length": petal_length, "petal_width": petal_width})

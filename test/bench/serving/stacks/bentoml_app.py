"""BentoML with one worker."""

import os

import bentoml
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route


async def ping(_request):
    return Response(b"\n")


pinged = bentoml.asgi_app(Starlette(routes=[Route("/ping", ping)]), path="/")
service = bentoml.service(name="Iris", workers=1, logging={"access": {"enabled": False}}, traffic={"timeout": 60})

if os.environ.get("ANSWERS") == "text":

    @service
    @pinged
    class Iris:
        @bentoml.api(route="/invocations")
        def invocations(self, text: str, /) -> str:
            return text.upper()

else:

    @service
    @pinged
    class Iris:
        def __init__(self):
            from iris_model import predict

            self.predict = predict

        @bentoml.api(route="/invocations")
        def invocations(self, petal_length: float, petal_width: float) -> dict:
            return self.predict({"petal_length": petal_length, "petal_width": petal_width})

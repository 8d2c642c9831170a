"""MLServer with a handler of its own, without its parallel workers."""

import json

from fastapi import Request, Response
from mlserver import MLModel
from mlserver.handlers import custom_handler
from mlserver.types import InferenceRequest, InferenceResponse


class Iris(MLModel):
    async def load(self):
        from iris_model import predict

        self.answer = predict
        return True

    @custom_handler(rest_path="/ping", rest_method="GET")
    async def ping(self) -> str:
        return ""

    @custom_handler(rest_path="/invocations")
    async def invocations(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-type") == "text/plain":
            return Response(body.decode().upper(), media_type="text/plain")
        return Response(json.dumps(self.answer(json.loads(body))), media_type="application/json")

    async def predict(self, payload: InferenceRequest) -> InferenceResponse: ...

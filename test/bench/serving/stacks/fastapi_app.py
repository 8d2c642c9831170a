"""FastAPI with a pydantic request, the model in its thread pool."""

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from iris_model import predict
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool


class Iris(BaseModel):
    petal_length: float
    petal_width: float


app = FastAPI()


@app.get("/ping")
def ping():
    return {}


@app.post("/invocations")
async def invocations(request: Request):
    body = await request.body()
    if request.headers.get("content-type") == "text/plain":
        return PlainTextResponse(body.decode().upper())
    return await run_in_threadpool(predict, Iris.model_validate_json(body).model_dump())

"""A container of one's own: SageMaker's contract is GET /ping, 200 once it can answer, and POST /invocations."""

import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

MODEL_DIR = Path(os.environ.get("MODEL_DIR", "/opt/ml/model"))
model = {}


class Question(BaseModel):
    x: float


@asynccontextmanager
async def lifespan(_app):
    model.update(json.loads((MODEL_DIR / "weights.json").read_text()))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/ping")
def ping():
    if not model:
        raise HTTPException(503, "the model is not loaded")
    return Response()


@app.post("/invocations")
def invocations(question: Question):
    return {"y": model["slope"] * question.x + model["intercept"]}

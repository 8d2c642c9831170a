"""SageMaker's contract in plain FastAPI: GET /ping is 200 once it can answer, POST /invocations answers. Nothing of Slipway is in here."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from textrank import Settings, sentences, summarise

MODEL_DIR = Path(os.environ.get("MODEL_DIR", "/opt/ml/model"))
loaded: list[Settings] = []


class Article(BaseModel):
    text: str = Field(min_length=1, max_length=200_000)
    title: str = ""
    sentences: int = Field(default=3, ge=1, le=20)


class Summary(BaseModel):
    summary: str
    sentences: list[str]
    of: int


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    loaded.append(Settings.read(MODEL_DIR))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/ping")
def ping() -> Response:
    if not loaded:
        raise HTTPException(503, "the model is not loaded")
    return Response()


@app.post("/invocations")
def invocations(article: Article) -> Summary:
    chosen = summarise(article.text, loaded[0], article.sentences, article.title)
    return Summary(summary=" ".join(chosen), sentences=chosen, of=len(sentences(article.text)))

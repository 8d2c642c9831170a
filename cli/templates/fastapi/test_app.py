"""Run with `python -m pytest` where the packages of requirements.txt and httpx are installed."""

import json
from pathlib import Path

import app
from fastapi.testclient import TestClient

HERE = Path(__file__).parent


def test_the_sample_is_answered_once_the_model_is_loaded(monkeypatch):
    monkeypatch.setattr(app, "MODEL_DIR", HERE / "artifact")
    sample = json.loads((HERE / "sample.json").read_text())
    with TestClient(app.app) as client:
        assert client.get("/ping").status_code == 200
        assert client.post("/invocations", json=sample).json() == {"y": 7.0}
        assert client.post("/invocations", json={}).status_code == 422

"""The usual Flask application behind nginx and gunicorn."""

import json

import flask
from iris_model import predict

app = flask.Flask(__name__)


@app.route("/ping")
def ping():
    return flask.Response("\n", mimetype="application/json")


@app.route("/invocations", methods=["POST"])
def invocations():
    if flask.request.content_type == "text/plain":
        return flask.Response(flask.request.data.decode().upper(), mimetype="text/plain")
    return flask.Response(json.dumps(predict(json.loads(flask.request.data))), mimetype="application/json")

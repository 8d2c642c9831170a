"""The serving stacks that are compared: what to install, and how to start each on a port."""

import os
from dataclasses import dataclass, field
from grp import getgrgid
from pathlib import Path
from pwd import getpwuid

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
APPS = HERE / "stacks"
MODEL = ("scikit-learn==1.7.2", "numpy==2.2.6", "joblib==1.6.0")

ENVIRONMENTS = {
    "kit": (*MODEL, "httptools==0.9.0", "msgspec==0.22.0", "orjson==3.13.0", "uvloop==0.23.0"),
    "frameworks": (
        *(*MODEL, "flask==3.1.3", "gunicorn==27.0.1", "gevent==26.9.0", "fastapi==0.165.0"),
        *("uvicorn==0.54.0", "uvicorn-worker==0.4.0", "packaging==26.3", "uvloop==0.23.0", "httptools==0.9.0"),
    ),
    "litserve": (*MODEL, "litserve==0.2.19"),
    "bentoml": (*MODEL, "bentoml==1.4.39"),
    "mlserver": (*MODEL, "mlserver==1.7.1"),
}

NGINX = """user {user}; worker_processes 1; daemon off; pid {work}/nginx.pid; error_log {work}/nginx.err;
events {{ worker_connections 2048; }}
http {{ access_log off;
  client_body_temp_path {work}/a; proxy_temp_path {work}/b; fastcgi_temp_path {work}/c; uwsgi_temp_path {work}/d; scgi_temp_path {work}/e;
  upstream gunicorn {{ server unix:{work}/gunicorn.sock; }}
  server {{ listen {port} deferred; client_max_body_size 5m; keepalive_requests 1000000;
    location / {{ proxy_set_header Host $http_host; proxy_redirect off; proxy_read_timeout 60s; proxy_pass http://gunicorn; }} }} }}
"""


@dataclass(frozen=True)
class Stack:
    """One server. `commands` are run side by side; for text it is started again with `text_variables` where it has any, and left out where None."""

    name: str
    environment: str
    commands: tuple[tuple[str, ...], ...]
    variables: dict[str, str] = field(default_factory=dict)
    text_variables: dict[str, str] | None = field(default_factory=dict)


def stacks(cache: Path, work: Path, port: int) -> list[Stack]:
    """Every stack, to be started with `work` as its scratch folder."""
    frameworks = cache / "frameworks" / "bin"
    (work / "nginx.conf").write_text(NGINX.format(work=work, port=port, user=f"{getpwuid(os.getuid()).pw_name} {getgrgid(os.getgid()).gr_name}"))
    nginx = ("nginx", "-c", str(work / "nginx.conf"))
    serve = (str(cache / "kit" / "bin" / "python"), "-m", "slipway_kit", "serve")
    kit = {"PYTHONPATH": str(ROOT / "container" / "src"), "SAGEMAKER_BIND_TO_PORT": str(port), "SAGEMAKER_BASE_DIR": str(work / "job")}
    kit["SLIPWAY_CODE_DIR"] = str(ROOT / "models" / "iris")

    def behind_nginx(kind: str, workers: int) -> Stack:
        socket = f"unix:{work}/gunicorn.sock"
        gunicorn = (str(frameworks / "gunicorn"), "-k", kind, "-w", str(workers), "-b", socket, "--log-level", "error", "flask_app:app")
        return Stack(f"nginx + gunicorn ({kind}, {workers}) + Flask", "frameworks", (gunicorn, nginx))

    # The Iris model answers no text: a model that does, in the same server.
    upper = {"SLIPWAY_CODE_DIR": str(APPS / "upper")}
    litserve = ((str(cache / "litserve" / "bin" / "python"), "litserve_app.py"),)
    uvicorn = ("-k", "uvicorn_worker.UvicornWorker", "-w", "1", "-b", f"127.0.0.1:{port}", "--log-level", "error", "fastapi_app:app")
    bento = (str(cache / "bentoml" / "bin" / "bentoml"), "serve", "bentoml_app:Iris", "--host", "127.0.0.1", "--port", str(port))
    return [
        Stack("this kit", "kit", (serve,), kit, upper),
        Stack("this kit, batching off", "kit", (serve,), {**kit, "SLIPWAY_MAX_BATCH": "1"}, upper),
        *(behind_nginx(kind, workers) for kind in ("sync", "gevent") for workers in (1, 2)),
        Stack("gunicorn + uvicorn + FastAPI", "frameworks", ((str(frameworks / "gunicorn"), *uvicorn),)),
        Stack("LitServe", "litserve", litserve, text_variables=None),
        Stack("LitServe, batches of 32 within 2 ms", "litserve", litserve, {"MAX_BATCH": "32"}, text_variables=None),
        Stack("BentoML", "bentoml", (bento,), {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(work / "bento")}, {"ANSWERS": "text"}),
        Stack("MLServer", "mlserver", ((str(cache / "mlserver" / "bin" / "mlserver"), "start", str(work / "mlserver")),)),
        Stack("Go net/http, constant answer", "", ((str(work / "floor"),),)),
    ]


def prepare_mlserver(work: Path, port: int) -> None:
    """MLServer reads its settings from files."""
    folder = work / "mlserver"
    folder.mkdir()
    (folder / "model-settings.json").write_text('{"name": "iris", "implementation": "mlserver_runtime.Iris"}')
    settings = f'"http_port": {port}, "grpc_port": {port + 1}, "metrics_port": {port + 2}, "host": "127.0.0.1", "parallel_workers": 0, "debug": false'
    (folder / "settings.json").write_text(f"{{{settings}}}")


def variables(stack: Stack, work: Path, port: int) -> dict[str, str]:
    """The environment that a stack is started with."""
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PORT": str(port),
        "PYTHONPATH": str(APPS),
        "IRIS_CODE": str(ROOT / "models" / "iris"),
        "IRIS_MODEL": str(work / "job" / "model"),
        **stack.variables,
    }

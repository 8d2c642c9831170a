"""LitServe with one worker, one request at a time or in batches. It reads JSON and forms only."""

import os

import litserve
from iris_model import predict, predict_batch

MAX_BATCH = int(os.environ.get("MAX_BATCH", "1"))


class Api(litserve.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request

    def predict(self, x):
        return predict_batch(x) if MAX_BATCH > 1 else predict(x)

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    api = Api(api_path="/invocations", max_batch_size=MAX_BATCH, batch_timeout=0.002 if MAX_BATCH > 1 else 0.0)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1, healthcheck_path="/ping")
    port = int(os.environ["PORT"])
    server.run(port=port, host="127.0.0.1", num_api_servers=1, generate_client_file=False, log_level="warning", access_log=False)

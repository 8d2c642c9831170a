"""LitServe with one worker."""

import os

import litserve
from iris_model import predict


class Api(litserve.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request

    def predict(self, x):
        return predict(x)

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    server = litserve.LitServer(Api(api_path="/invocations"), accelerator="cpu", workers_per_device=1, healthcheck_path="/ping")
    port = int(os.environ["PORT"])
    server.run(port=port, host="127.0.0.1", num_api_servers=1, generate_client_file=False, log_level="warning", access_log=False)

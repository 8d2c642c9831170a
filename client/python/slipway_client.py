"""Ask models that Slipway deployed, with boto3 alone: the Python twin of `slipway/client`, in one file to copy or import.

    client = SlipwayClient.from_parameters("prod")
    client.model("iris").invoke({"petal_length": 1.4, "petal_width": 0.2})

Make one client in a process and keep it; it may be used by several threads. Times are in seconds, sizes in bytes.
"""

import io
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
from botocore import exceptions as faults  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

JSON = "application/json"
IS_JSON = re.compile(r"application/(json|[\w.-]+\+json)\b", re.IGNORECASE)
LIMITS: dict[str, int] = {"realtime": 6_291_456, "serverless": 4_194_304, "async": 1_073_741_824}
INLINE_LIMIT = 128_000
FAILURES = (faults.ClientError, faults.BotoCoreError, Boto3Error)
UNSENT = (faults.EndpointConnectionError, faults.ConnectTimeoutError)
ATTEMPTS = 4
THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
DENIED = {"AccessDeniedException", "AccessDenied", "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId"}


class SlipwayClientError(Exception):
    """Every error of this client; `retryable` says whether the same call may work later."""

    retryable = False


class UnknownModelError(SlipwayClientError): ...  # neither outputs, parameters nor map name such a model


class StackOutputsError(SlipwayClientError): ...  # the outputs of a stack, or the parameters of a platform, cannot be read


class UnsupportedKindError(SlipwayClientError): ...  # the endpoint is not of the kind that the call is for


class PayloadTooLargeError(SlipwayClientError): ...  # the request is over the service's limit


class EndpointNotFoundError(SlipwayClientError): ...  # the endpoint is not in service in this account and region


class InvalidRequestError(SlipwayClientError): ...  # the service refused the request's form, in its own words


class AccessDeniedError(SlipwayClientError): ...  # credentials are missing, expired or not allowed


class TemporaryError(SlipwayClientError):
    """The same call may work later."""

    retryable = True


class NotReadyError(TemporaryError): ...  # refused for now, and still so after all attempts


class ThrottledError(NotReadyError): ...  # too many requests at a time


class ModelNotReadyError(NotReadyError): ...  # the model is being loaded or scaled


class ServiceUnavailableError(NotReadyError): ...  # the service, or every instance of the endpoint, is unavailable


class NoConnectionError(TemporaryError):
    """No connection, or it was lost; `sent` says whether the model may have seen the request."""

    sent = False


class InvokeTimeoutError(TemporaryError): ...  # no answer in time


class WaitTimeoutError(TemporaryError): ...  # no asynchronous result in time; the request goes on


class ServiceError(SlipwayClientError): ...  # anything else that AWS refused; the message begins with its own name for it


class ModelError(SlipwayClientError):
    """The container answered with an error of its own, or (`original_status` is None) a streamed or asynchronous answer failed."""

    def __init__(self, message: str, original_status: int | None, original_message: str, location: str | None = None) -> None:
        """Keep what the container said; `location` is a log stream's ARN or a failure object."""
        super().__init__(message)
        self.original_status = original_status
        self.original_message = original_message
        self.location = location


class ModelStreamError(ModelError): ...  # a streamed answer broke off; what came before is not the whole


class AsyncInvocationError(ModelError): ...  # an asynchronous request failed


@dataclass(frozen=True)
class DeployedModel:
    """Where a model is."""

    endpoint_name: str
    kind: str = "realtime"  # or serverless, or async
    input_location: str | None = None


@dataclass(frozen=True)
class Submission:
    """An accepted asynchronous request: plain data, to be kept and waited for anywhere."""

    model: str
    inference_id: str
    input_location: str | None
    output_location: str | None
    failure_location: str | None


class SlipwayClient:
    """The models of a platform or stack. Connections are kept and shared."""

    def __init__(self, models: Mapping[str, DeployedModel], *, session: Any = None, **where: Any) -> None:
        """Take models by name. `where` is for every boto3 client, such as region_name and endpoint_url; left out, boto3 looks in the environment."""
        self._models = dict(models)
        self._session = session or boto3.Session()
        self._where = where
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}
        self._budget = 50

    @classmethod
    def from_parameters(cls, platform: str, models: Sequence[str] | None = None, **options: Any) -> "SlipwayClient":
        """Read `/slipway/<platform>/<model>` in the parameter store: those named, or all."""
        client = cls({}, **options)
        path = f"/slipway/{platform}"
        ssm = client.aws("ssm")
        try:
            if models is None:
                pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path)
                found = [parameter for page in pages for parameter in page["Parameters"]]
            else:
                names = [f"{path}/{name}" for name in models]
                found = [p for at in range(0, len(names), 10) for p in ssm.get_parameters(Names=names[at : at + 10])["Parameters"]]
        except FAILURES as error:
            raise StackOutputsError(f"The parameters below {path} cannot be read: {error}. The role needs ssm:GetParameters there.") from error
        client._models = read_models({parameter["Name"].removeprefix(f"{path}/"): json.loads(parameter["Value"]) for parameter in found})
        for name in models or ():
            client.model(name)
        return client

    @classmethod
    def from_stack_outputs(cls, outputs: Mapping[str, Any], **options: Any) -> "SlipwayClient":
        """Take the outputs of a stack, as `pulumi stack output --json` prints them."""
        if "models" not in outputs:
            raise StackOutputsError(f'The outputs have no "models"; they have {", ".join(outputs) or "nothing"}. Export them, or name another stack.')
        return cls(read_models(outputs["models"]), **options)

    def model(self, name: str) -> "Model":
        """Give one model."""
        if name not in self._models:
            raise UnknownModelError(f'There is no model "{name}". Use one of {", ".join(sorted(self._models)) or "none: deploy one"}.')
        return Model(self, name, self._models[name])

    def aws(self, service: str) -> Any:
        """Give the boto3 client of a service, made at first use; the runtime's does not retry by itself. A local platform gets no real keys."""
        with self._lock:
            if service not in self._made:
                retries = {"total_max_attempts": 1 if service == "sagemaker-runtime" else 4, "mode": "standard"}
                path_style = {"addressing_style": "path"} if "endpoint_url" in self._where else {}
                config = Config(retries=retries, max_pool_connections=50, connect_timeout=5, read_timeout=70, tcp_keepalive=True, s3=path_style)
                is_local = urlsplit(self._where.get("endpoint_url", "")).hostname in {"localhost", "127.0.0.1", "::1"}
                keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if is_local else {}
                self._made[service] = self._session.client(service, config=config, **self._where, **keys)
            return self._made[service]

    def attempt(self, name: str, send: Callable[[], Any], idempotent: bool) -> Any:
        """Send until it works. What was refused before the model saw it is repeated with full jitter, other failures only when `idempotent`."""
        for number in range(1, ATTEMPTS + 1):
            try:
                answer = send()
            except FAILURES as error:
                if number == ATTEMPTS or not may_repeat(error, idempotent) or not self._spend(5):
                    raise typed(error, name, number) from error
                time.sleep(random.random() * min(5.0, 0.1 * 2 ** (number - 1)))
            else:
                self._spend(-1)
                return answer
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _spend(self, tokens: int) -> bool:
        with self._lock:
            is_enough = self._budget >= tokens
            self._budget = min(50, self._budget - tokens) if is_enough else self._budget
            return is_enough


@dataclass(frozen=True)
class Model:
    """One deployed model of a client."""

    client: SlipwayClient
    name: str
    deployed: DeployedModel

    def invoke(self, value: Any, *, content_type: str = JSON, accept: str = JSON, idempotent: bool = False) -> Any:
        """Ask one question: JSON of a value, or text and bytes as they are. The answer is a value, text or bytes, by its content type."""
        self._refuse(is_async=True, instead="submit() and wait()")
        request = self._request(value, content_type, accept)

        def ask() -> tuple[bytes, str]:
            answer = self.client.aws("sagemaker-runtime").invoke_endpoint(**request)
            return answer["Body"].read(), answer.get("ContentType", accept)

        return decode(*self.client.attempt(self.name, ask, idempotent))

    def invoke_stream(self, value: Any, *, content_type: str = JSON, accept: str = JSON) -> Iterator[bytes]:
        """Ask one question and give the answer's chunks as they come. Raises ModelStreamError when it breaks off; closing the iterator ends it."""
        self._refuse(is_async=True, instead="submit() and wait()")
        stream = self._send("invoke_endpoint_with_response_stream", self._request(value, content_type, accept))["Body"]
        try:
            for event in stream:
                yield event["PayloadPart"]["Bytes"]
        except (faults.EventStreamError, faults.BotoCoreError) as error:
            message = f'The answer of the model "{self.name}" broke off: {error}. Ask again if that does no harm.'
            raise ModelStreamError(message, None, str(error)) from error
        finally:
            stream.close()

    def submit(
        self, value: Any = None, *, file: BinaryIO | None = None, input_location: str | None = None, content_type: str = JSON, **more: Any
    ) -> Submission:
        """Have an asynchronous model work on a value, an open file or an object in S3. `more` goes to InvokeEndpointAsync: Accept, InferenceId …"""
        self._refuse(is_async=False, instead="invoke() or invoke_stream()")
        request: dict[str, Any] = {"EndpointName": self.deployed.endpoint_name, "ContentType": content_type, "Accept": JSON}
        request |= {"InferenceId": str(uuid.uuid4()), **more}
        if input_location is None:
            body = None if file is not None else encode(value, content_type)
            self._check(body or b"")
            if self.deployed.input_location is not None:
                input_location = f"{self.deployed.input_location.rstrip('/')}/{uuid.uuid4()}"
                self._upload(input_location, body, file, content_type)
            elif body is not None and len(body) <= INLINE_LIMIT:
                request["Body"] = body
            else:
                raise UnsupportedKindError(f'There is no known place in S3 for inputs of the model "{self.name}": upload it and give input_location.')
        if input_location is not None:
            request["InputLocation"] = input_location
        answer = self._send("invoke_endpoint_async", request)
        locations = [answer.get(member) for member in ("OutputLocation", "FailureLocation")]
        return Submission(self.name, answer.get("InferenceId", request["InferenceId"]), input_location, *locations)

    def result(self, submission: Submission) -> tuple[bool, Any]:
        """Look once: whether there is an answer, and the answer. Raises AsyncInvocationError when the request failed."""
        if submission.output_location is None:
            raise UnsupportedKindError(f'The endpoint of the model "{self.name}" has no output path in S3: read its topics.')
        found = self._read(submission.output_location)
        if found is not None:
            return True, decode(*found)
        failed = None if submission.failure_location is None else self._read(submission.failure_location)
        if failed is None:
            return False, None
        said = failed[0].decode(errors="replace")
        message = f'The model "{self.name}" failed on {submission.inference_id}: {said.strip()} Look at the model\'s log and at what was sent.'
        raise AsyncInvocationError(message, None, said, submission.failure_location)

    def wait(self, submission: Submission, *, timeout: float = 3600, max_poll: float = 5, stop: threading.Event | None = None) -> Any:
        """Wait for the answer, looking into S3 at growing intervals. Setting `stop` ends the wait with WaitTimeoutError; the request goes on."""
        end, interval, stop = time.monotonic() + timeout, 0.25, stop or threading.Event()
        while True:
            is_there, answer = self.result(submission)
            if is_there:
                return answer
            left = end - time.monotonic()
            if left <= 0 or stop.wait(min(left, interval * random.uniform(0.75, 1.25))):
                raise WaitTimeoutError(f"{submission.inference_id} has no result yet. It goes on: wait again, or look for it in S3.")
            interval = min(interval * 1.5, max_poll)

    def _send(self, operation: str, request: dict[str, Any]) -> Any:
        return self.client.attempt(self.name, lambda: getattr(self.client.aws("sagemaker-runtime"), operation)(**request), False)

    def _request(self, value: Any, content_type: str, accept: str) -> dict[str, Any]:
        body = encode(value, content_type)
        self._check(body)
        return {"EndpointName": self.deployed.endpoint_name, "ContentType": content_type, "Accept": accept, "Body": body}

    def _check(self, body: bytes) -> None:
        limit = LIMITS[self.deployed.kind]
        if len(body) > limit:
            raise PayloadTooLargeError(f"The request has {len(body)} bytes; {self.deployed.kind} takes at most {limit}. Send less at once.")

    def _refuse(self, *, is_async: bool, instead: str) -> None:
        if (self.deployed.kind == "async") == is_async:
            raise UnsupportedKindError(f'The model "{self.name}" is {self.deployed.kind}. Use {instead}.')

    def _upload(self, location: str, body: bytes | None, file: BinaryIO | None, content_type: str) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        try:
            self.client.aws("s3").upload_fileobj(file or io.BytesIO(body or b""), bucket, key, ExtraArgs={"ContentType": content_type})
        except FAILURES as error:
            raise typed(error.__context__ if isinstance(error.__context__, faults.ClientError) else error, self.name, 1) from error

    def _read(self, location: str) -> tuple[bytes, str] | None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        try:
            found = self.client.aws("s3").get_object(Bucket=bucket, Key=key)
            return found["Body"].read(), found.get("ContentType", "application/octet-stream")
        except FAILURES as error:
            if isinstance(error, faults.ClientError) and error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise typed(error, self.name, 1) from error


def read_models(described: Mapping[str, Any]) -> dict[str, DeployedModel]:
    """Read the descriptions of models; those without an endpoint are declared, not deployed."""
    return {
        name: DeployedModel(value["endpointName"], value.get("kind", "realtime"), value.get("inputLocation"))
        for name, value in described.items()
        if isinstance(value, dict) and "endpointName" in value
    }


def may_repeat(error: Exception, idempotent: bool) -> bool:
    """Tell whether to ask again: refused before the model saw it, or no harm in a second time."""
    if isinstance(error, UNSENT):
        return True
    if not isinstance(error, faults.ClientError):
        return idempotent and not isinstance(error, faults.NoCredentialsError)
    response: dict[str, Any] = dict(error.response)
    code, status = response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ModelError":
        return idempotent and response.get("OriginalStatusCode") in {429, 502, 503, 504}
    return code in THROTTLED or code == "ModelNotReadyException" or status in {429, 503} or (idempotent and status >= 500)


def typed(error: Exception, model: str, attempts: int) -> SlipwayClientError:
    """Give the typed error for whatever boto3 raised."""
    if isinstance(error, faults.NoCredentialsError):
        return AccessDeniedError(f"{error} Configure credentials; aws sts get-caller-identity shows whose they are.")
    if isinstance(error, faults.ReadTimeoutError):
        return InvokeTimeoutError(f"{error} What takes longer than 60 s is for a streamed answer or an asynchronous endpoint.")
    if not isinstance(error, faults.ClientError):
        failed = NoConnectionError(f"{error} ({attempts} attempts). Look at endpoint URL, region and network.")
        failed.sent = not isinstance(error, UNSENT)
        return failed
    response: dict[str, Any] = dict(error.response)
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ModelError":
        original, said = response.get("OriginalStatusCode"), response.get("OriginalMessage", "")
        return ModelError(f'The model "{model}" answered {original}: {said}', original, said, response.get("LogStreamArn"))
    if re.search(r"endpoint .* not found", message, re.IGNORECASE):
        return EndpointNotFoundError(f"{message} Bring the stack up, or compare region and credentials with the stack's.")
    if status == 413:
        return PayloadTooLargeError(f"{message} Send less at once.")
    if code in DENIED or status == 403:
        return AccessDeniedError(f"{code}: {message} Renew the credentials, or allow them this (and s3:ListBucket to those who wait).")
    if code in THROTTLED:
        return ThrottledError(f"{code}: {message} ({attempts} attempts). Send fewer requests at a time.")
    if code == "ModelNotReadyException" or status == 429:
        return ModelNotReadyError(f"{code}: {message} ({attempts} attempts). Try again when the model is loaded.")
    if status == 503:
        return ServiceUnavailableError(f"{code}: {message} ({attempts} attempts). Try again later.")
    if code in {"ValidationError", "ValidationException"}:
        return InvalidRequestError(message)
    other = ServiceError(f"{code}: {message}")
    other.retryable = status >= 500
    return other


def encode(value: Any, content_type: str) -> bytes:
    """Make a request's bytes: bytes and text as they are, anything else as JSON."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if IS_JSON.match(content_type):
        return json.dumps(value).encode()
    if not isinstance(value, str):
        raise TypeError(f"A request of type {content_type} must be str or bytes; only JSON is made from other values.")
    return value.encode()


def decode(body: bytes, content_type: str) -> Any:
    """Make a value of an answer's bytes."""
    if IS_JSON.match(content_type):
        return json.loads(body)
    return body.decode() if content_type.startswith("text/") else body

"""The status behind /ping."""

from slipway_kit.serving.status import Status


def test_only_ready_is_200_and_only_failed_is_500() -> None:
    assert {status.value: status.http for status in Status} == {"starting": 503, "loading": 503, "ready": 200, "failed": 500, "draining": 503}


def test_the_body_names_the_status_and_the_reason_there_is() -> None:
    assert Status.LOADING.body() == b'{"status":"loading"}'
    assert Status.FAILED.body("no weights") == b'{"status":"failed","reason":"no weights"}'

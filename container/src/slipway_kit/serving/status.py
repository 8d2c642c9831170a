"""The one status that drives /ping."""

from enum import Enum

import orjson


class Status(Enum):
    """Where the server is in its life. /ping answers from this alone: never from a prediction, never from a cache."""

    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    DRAINING = "draining"

    @property
    def http(self) -> int:
        """Status of GET /ping: 200 only when a model is loaded and takes requests."""
        if self is Status.READY:
            return 200
        return 500 if self is Status.FAILED else 503

    def body(self, reason: str | None = None) -> bytes:
        """Body of GET /ping, e.g. `{"status":"loading"}`."""
        return orjson.dumps({"status": self.value} if reason is None else {"status": self.value, "reason": reason})

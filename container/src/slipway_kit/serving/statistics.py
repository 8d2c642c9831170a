"""What a worker has answered, as counts that add up over workers and time."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the latency buckets, in seconds; what is over the last is counted in one more."""


@dataclass
class Statistics:
    """Counts since the start of a worker, but for `queue`, which is now."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    seconds: float = 0.0
    """Of all requests together."""
    batches: int = 0
    """Calls of the model."""
    batched: int = 0
    """Requests that these calls answered."""
    queue: int = 0
    """Requests that wait for the model."""
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def answered(self, status: int, seconds: float) -> None:
        self.requests += 1
        self.seconds += seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        if status >= 500:
            self.server_errors += 1
        elif status >= 400:
            self.client_errors += 1

    def numbers(self) -> list[float]:
        """In a fixed order, for the channel to the supervisor."""
        counts = (self.requests, self.client_errors, self.server_errors, self.seconds, self.batches, self.batched, self.queue)
        return [*counts, *self.buckets]

    @staticmethod
    def of(numbers: Iterable[float]) -> "Statistics":
        """What `numbers` gave."""
        requests, client, server, seconds, batches, batched, queue, *buckets = numbers
        counts = [int(bucket) for bucket in buckets]
        return Statistics(int(requests), int(client), int(server), seconds, int(batches), int(batched), int(queue), counts)

    def plus(self, other: "Statistics", sign: int = 1) -> "Statistics":
        """The sum; with sign -1 what has come since `other`."""
        return Statistics.of(mine + sign * theirs for mine, theirs in zip(self.numbers(), other.numbers(), strict=True))

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the requests was answered, by the bound of its bucket; 0 without requests."""
        wanted, seen = share * self.requests, 0
        for bound, count in zip((*BOUNDS, BOUNDS[-1]), self.buckets, strict=True):
            seen += count
            if count and seen >= wanted:
                return bound
        return 0.0

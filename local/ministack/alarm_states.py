"""States of metric alarms, as CloudWatch comes to them.

MiniStack puts all metrics of a name together, whatever their dimensions, into one window, so that the errors of one endpoint raise the
alarms of all. Here an alarm looks at its own metric, period by period, and counts what is missing as it says.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Alarm = dict[str, Any]

# Namespaces of SageMaker's endpoints, whose periods pass as those of their scaling do.
ENDPOINTS = frozenset({"AWS/SageMaker", "/aws/sagemaker/Endpoints"})
SPEED = float(os.environ.get("SLIPWAY_SCALING_SPEED") or 30)

# A minute of theirs is no shorter than this, as the local endpoint publishes every two seconds.
SHORTEST = 3.0

# How the reason begins of a state that was come to by looking at the metric, and of one that the local endpoint gave, which then looks itself.
BY_METRIC = "Threshold Crossed"
BY_ENDPOINT = "Threshold Crossed: seen by the local endpoint"

# Seconds that a state lasts which was set by hand (SetAlarmState), whatever is measured.
BY_HAND_LASTS = 30

COMPARISONS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda value, threshold: value >= threshold),
    "GreaterThanThreshold": ("greater than", lambda value, threshold: value > threshold),
    "LessThanThreshold": ("less than", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, threshold: value <= threshold),
}


def install() -> None:
    """Have MiniStack's alarms evaluated by this module, also when they are described."""
    from ministack.services import cloudwatch

    evaluate_otherwise = cloudwatch._evaluate_alarm
    describe = cloudwatch._describe_alarms

    def evaluate(alarm: Alarm) -> None:
        if alarm.get("ComparisonOperator") not in COMPARISONS or not alarm.get("MetricName"):
            evaluate_otherwise(alarm)
        else:
            settle(cloudwatch, alarm, time.time())

    def described(*arguments: Any) -> Any:
        cloudwatch._evaluate_all_alarms()
        return describe(*arguments)

    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._describe_alarms = described


def settle(cloudwatch: Any, alarm: Alarm, now: float) -> None:
    """Give an alarm the state that its metric has now, unless that is somebody else's to give."""
    values = list(datapoints(cloudwatch, alarm, now))
    if is_held(alarm, any(value is not None for value in values), now):
        return
    state, reason = judge(alarm, values)
    before = alarm["StateValue"]
    if state == before:
        return
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def is_held(alarm: Alarm, is_measured: bool, now: float) -> bool:
    """Whether the state stays: the local endpoint gave it, or somebody set it by hand a moment ago, or while nothing is measured."""
    reason = alarm.get("StateReason") or ""
    if reason.startswith(BY_ENDPOINT):
        return True
    by_hand = alarm["StateValue"] != "INSUFFICIENT_DATA" and not reason.startswith(BY_METRIC)
    return by_hand and (not is_measured or now - alarm.get("StateUpdatedTimestamp", 0) < BY_HAND_LASTS)


def judge(alarm: Alarm, values: list[float | None]) -> tuple[str, str]:
    """State and reason: as many datapoints of the last periods as it takes are past the threshold, or not."""
    wanted = len(values)
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    known = [value for value in values if value is not None]
    missing = alarm.get("TreatMissingData") or "missing"
    if not known and missing not in ("breaching", "notBreaching"):
        state = alarm["StateValue"] if missing == "ignore" else "INSUFFICIENT_DATA"
        return state, f"{BY_METRIC}: no datapoints were received for {wanted} periods."
    words, is_past = COMPARISONS[alarm["ComparisonOperator"]]
    threshold = float(alarm.get("Threshold") or 0)
    past = sum(is_past(value, threshold) for value in known) + (len(values) - len(known) if missing == "breaching" else 0)
    was = "were" if past >= needed else "were not all"
    shown = ", ".join(str(value) for value in known) or "none"
    return (
        "ALARM" if past >= needed else "OK",
        f"{BY_METRIC}: {past} out of the last {wanted} datapoints ({shown}) {was} {words} the threshold ({threshold}).",
    )


def datapoints(cloudwatch: Any, alarm: Alarm, now: float) -> Iterator[float | None]:
    """The statistic of each of the last periods, the latest first; None for a period in which nothing was published."""
    namespace, period = alarm.get("Namespace"), float(alarm.get("Period") or 60)
    length = max(SHORTEST, period / SPEED) if namespace in ENDPOINTS else period
    wanted = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    points = [
        point
        for (its_namespace, its_name, _), its_points in cloudwatch._metrics.items()
        if its_namespace == namespace and its_name == alarm["MetricName"]
        for point in its_points
        if point.get("Dimensions", {}) == wanted
    ]
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    for index in range(int(alarm.get("EvaluationPeriods") or 1)):
        end = now - index * length
        inside = [point for point in points if end - length < point["Timestamp"] <= end]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside) if inside else None
        yield None if value is None else float(value)

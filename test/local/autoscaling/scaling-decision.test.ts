import { describe, expect, test } from "vitest";
import { decide, type LastChange, proportional, type Situation, stepped, type Wish } from "../../../local/autoscaling/scaling-decision";

const free = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };
const target = { min: 1, max: 10, suspended: free };

function wish(direction: Wish["direction"], from: Wish["from"], cooldown = 300): Wish {
  return { direction, cause: direction, cooldown, from };
}

function decided(more: Partial<Situation>): number | undefined {
  return decide({ target, capacity: 4, now: 1_000, last: undefined, wishes: [], ...more })?.capacity;
}

function last(direction: LastChange["direction"], before: number, at: number): LastChange {
  return { direction, before, at, cooldown: 300 };
}

const add = (count: number) => wish("out", (capacity) => capacity + count);
const remove = (count: number) => wish("in", (capacity) => capacity - count);

describe("the policies' wishes", () => {
  test("of which the largest capacity wins, out before in", () => {
    expect(decided({ wishes: [add(1), add(3), remove(2)] })).toBe(7);
    expect(decided({ wishes: [remove(1), remove(3)] })).toBe(3);
    expect(decided({ wishes: [] })).toBeUndefined();
  });

  test("stay between minimum and maximum", () => {
    expect(decided({ wishes: [add(20)] })).toBe(10);
    expect(decided({ wishes: [remove(20)] })).toBe(1);
    expect(decided({ capacity: 10, wishes: [add(1)] })).toBeUndefined();
    expect(decided({ capacity: 1, wishes: [remove(1)] })).toBeUndefined();
  });

  test("within the cooldown of a scale-out only add what the first one lacked", () => {
    const cooling = last("out", 2, 900);
    expect(decided({ last: cooling, wishes: [add(2)] })).toBeUndefined();
    expect(decided({ last: cooling, wishes: [add(3)] })).toBe(5);
    expect(decided({ last: cooling, now: 1_200, wishes: [add(2)] })).toBe(6);
  });

  test("within a cooldown do not scale in, and after a scale-in scale out at once", () => {
    expect(decided({ last: last("out", 2, 900), wishes: [remove(1)] })).toBeUndefined();
    expect(decided({ last: last("in", 6, 900), wishes: [remove(1)] })).toBeUndefined();
    expect(decided({ last: last("in", 6, 900), wishes: [add(1)] })).toBe(5);
    expect(decided({ last: last("in", 6, 700), wishes: [remove(1)] })).toBe(3);
  });

  test("do nothing while their direction is suspended", () => {
    expect(decided({ target: { ...target, suspended: { ...free, DynamicScalingOutSuspended: true } }, wishes: [add(1)] })).toBeUndefined();
    expect(
      decided({ target: { ...target, suspended: { ...free, DynamicScalingInSuspended: true } }, wishes: [remove(1)] }),
    ).toBeUndefined();
  });
});

test.each([
  [2, 15, 10, 3],
  [2, 10, 10, 2],
  [4, 2.5, 10, 1],
  [0, 12, 5, 3],
  [1, 0.3, 0.1, 3],
])("%i instances at %d each, of which %d is the target, become %i", (capacity, value, goal, expected) => {
  expect(proportional(capacity, value, goal)).toBe(expected);
});

describe("a step adjustment", () => {
  const steps = [
    { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 10 },
    { MetricIntervalLowerBound: 10, ScalingAdjustment: 50 },
  ];
  const below = [
    { MetricIntervalUpperBound: -10, ScalingAdjustment: -2 },
    { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: -1 },
  ];

  test.each([
    ["ChangeInCapacity", 0, 4, 14],
    ["ChangeInCapacity", 9.9, 4, 14],
    ["ChangeInCapacity", 10, 4, 54],
    ["ChangeInCapacity", -1, 4, 4],
    ["ExactCapacity", 3, 4, 10],
    ["PercentChangeInCapacity", 3, 4, 5],
    ["PercentChangeInCapacity", 12, 5, 7],
  ] as const)("of %s at a distance of %d makes %i instances %i", (AdjustmentType, distance, capacity, expected) => {
    expect(stepped({ AdjustmentType, StepAdjustments: steps }, capacity, distance)).toBe(expected);
  });

  test.each([
    [-5, 3],
    [-10, 2],
    [-30, 2],
    [1, 4],
  ])("below the threshold, at %d, makes 4 instances %i", (distance, expected) => {
    expect(stepped({ AdjustmentType: "ChangeInCapacity", StepAdjustments: below }, 4, distance)).toBe(expected);
  });

  test("in percent changes by its least magnitude", () => {
    const step = { AdjustmentType: "PercentChangeInCapacity" as const, MinAdjustmentMagnitude: 2, StepAdjustments: steps };
    expect(stepped(step, 4, 0)).toBe(6);
  });
});

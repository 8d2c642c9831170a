import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { logTail } from "../../../components/aws/log-tail";

/** The container that serves, which is asked all the time, and one that ended soon after it was started. */
const logStreams = [
  { logStreamName: "main/i-new", creationTime: 200, lastEventTimestamp: 210 },
  { logStreamName: "main/i-old", creationTime: 100, lastEventTimestamp: 300 },
];

function account(requests: object[]): CloudWatchLogsClient {
  const send = async ({ constructor: { name }, input }: { readonly constructor: { readonly name: string }; readonly input: object }) => {
    requests.push(input);
    const stream = (input as { logStreamName?: string }).logStreamName;
    return name === "DescribeLogStreamsCommand"
      ? { logStreams: [...logStreams] }
      : { events: [{ timestamp: 1, message: `from ${stream}\n` }] };
  };
  return { send } as unknown as CloudWatchLogsClient;
}

describe("the end of a log group", () => {
  const endpoint = { logGroup: "/aws/sagemaker/Endpoints/shop-iris", prefix: "", streams: 1, lines: 30 };

  test("is of the stream with the latest lines", async () => {
    expect(await logTail(account([]), endpoint)).toEqual(["from main/i-old"]);
  });

  test("is of the stream that was begun last where that is asked for, however much others still write", async () => {
    expect(await logTail(account([]), { ...endpoint, latest: "begun" })).toEqual(["from main/i-new"]);
  });

  test("is looked for among the latest of more streams than a page has", async () => {
    const requests: object[] = [];
    await logTail(account(requests), endpoint);
    expect(requests[0]).toEqual({ logGroupName: endpoint.logGroup, orderBy: "LastEventTime", descending: true });
  });

  test("is looked for by the name of a training job where there is one", async () => {
    const requests: object[] = [];
    await logTail(account(requests), { ...endpoint, logGroup: "/aws/sagemaker/TrainingJobs", prefix: "iris-1/" });
    expect(requests[0]).toEqual({ logGroupName: "/aws/sagemaker/TrainingJobs", logStreamNamePrefix: "iris-1/" });
  });
});

// Writes every answer of the SageMaker API, its runtime and Application Auto Scaling that a server of this process gives to <SLIPWAY_TRAFFIC>.<pid>.jsonl, as it goes on the
// wire. Preloaded into daemons (node --require) and into the test process, so that whatever client a test uses is covered.
const { subscribe } = require("node:diagnostics_channel");
const { appendFileSync } = require("node:fs");

/** Longer answers are a container's own; their first part is recorded, and that it is one. */
const mostBytes = 1024 * 1024;

const runtimePath = /^\/endpoints\/[^/]+\/(?:invocations|async-invocations|invocations-response-stream)(?:\?|$)/;
const operations = {
  invocations: "InvokeEndpoint",
  "async-invocations": "InvokeEndpointAsync",
  "invocations-response-stream": "InvokeEndpointWithResponseStream",
};

function operationOf(request) {
  const target = String(request.headers["x-amz-target"] ?? "");
  if (target.startsWith("SageMaker.")) {
    return { service: "sagemaker", operation: target.slice("SageMaker.".length) };
  }
  if (target.startsWith("AnyScaleFrontendService.")) {
    return { service: "application-autoscaling", operation: target.slice("AnyScaleFrontendService.".length) };
  }
  const kind = runtimePath.test(request.url ?? "") ? request.url.split("?")[0].split("/").at(-1) : undefined;
  return kind === undefined ? undefined : { service: "sagemaker-runtime", operation: operations[kind] };
}

function record(base, asked, response) {
  const chunks = [];
  let [size, given] = [0, {}];
  const keep = (chunk, encoding) => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8") : Buffer.from(chunk);
      if (size < mostBytes) {
        chunks.push(bytes);
      }
      size += bytes.length;
    }
  };
  const { write, end, writeHead } = response;
  response.write = (...args) => {
    keep(args[0], args[1]);
    return write.apply(response, args);
  };
  response.end = (...args) => {
    keep(args[0], args[1]);
    // What end does with a chunk is to write it, which is not to be recorded twice.
    response.write = write;
    return end.apply(response, args);
  };
  response.writeHead = (...args) => {
    const headers = args.findLast((each) => typeof each === "object" && each !== null) ?? {};
    const pairs = Array.isArray(headers)
      ? headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []))
      : Object.entries(headers);
    given = Object.fromEntries(
      pairs.filter(([, value]) => value !== undefined).map(([name, value]) => [String(name).toLowerCase(), String(value)]),
    );
    return writeHead.apply(response, args);
  };
  response.on("finish", () => {
    const headers = { ...response.getHeaders(), ...given };
    const body = Buffer.concat(chunks).toString("base64");
    const line = { ...asked, status: response.statusCode, headers, body, whole: size <= mostBytes };
    appendFileSync(`${base}.${process.pid}.jsonl`, `${JSON.stringify(line)}\n`);
  });
}

subscribe("http.server.request.start", ({ request, response }) => {
  const base = process.env.SLIPWAY_TRAFFIC;
  const asked = base === undefined ? undefined : operationOf(request);
  if (asked !== undefined) {
    record(base, asked, response);
  }
});

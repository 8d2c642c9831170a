"use strict";
// Runs one streaming Lambda function of Node.js as a process of its own: what AWS's runtime gives a handler, over HTTP on a loopback port.
// A POST has the event as JSON; the answer is the function's, each part as soon as it is written.
const { createServer } = require("node:http");

const { SLIPWAY_HOST_PORT, SLIPWAY_HOST_CODE, SLIPWAY_HOST_SECONDS, _HANDLER = "index.handler" } = process.env;

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(response, { statusCode = 200, headers = {} }) {
      response.writeHead(statusCode, headers);
      response.flushHeaders();
      return response;
    },
  },
};

const [file, name] = [_HANDLER.slice(0, _HANDLER.lastIndexOf(".")), _HANDLER.slice(_HANDLER.lastIndexOf(".") + 1)];
const handler = require(`${SLIPWAY_HOST_CODE}/${file}`)[name];

const server = createServer(async (request, response) => {
  // Whoever started this process asks whether it listens.
  if (request.method !== "POST") {
    response.end();
    return;
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.setHeader("content-type", "application/octet-stream");
  const timer = setTimeout(() => response.destroy(), Number(SLIPWAY_HOST_SECONDS) * 1000);
  try {
    await handler(JSON.parse(Buffer.concat(chunks).toString()), response, { functionName: process.env.AWS_LAMBDA_FUNCTION_NAME });
    if (!response.writableEnded) response.end();
  } catch (error) {
    console.error(error);
    // An answer that has begun breaks off for whoever reads it.
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { "content-type": "application/json" }).end('{"Message":"Internal Server Error"}');
  } finally {
    clearTimeout(timer);
  }
});
server.requestTimeout = 0;
server.listen(Number(SLIPWAY_HOST_PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));

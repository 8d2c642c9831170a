// The least a proxy on Node's own HTTP can be: what it costs is what any endpoint written for Node costs.
const { Agent, createServer, request } = require("node:http");

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, timeout: 1_000 });
createServer((incoming, response) => {
  incoming.once("data", (body) => {
    const headers = { "content-type": incoming.headers["content-type"], "content-length": body.length };
    const outgoing = request({ host: "127.0.0.1", port, path: "/invocations", method: "POST", agent, headers }, (answer) => {
      answer.once("data", (bytes) => {
        response.writeHead(answer.statusCode, { "content-type": answer.headers["content-type"], "content-length": bytes.length });
        response.end(bytes);
      });
    });
    outgoing.end(body);
  });
}).listen(0, "127.0.0.1", function () {
  process.stdout.write(`${this.address().port}\n`);
});

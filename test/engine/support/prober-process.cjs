// Asks one URL again and again until the process that forked it says "report" or goes: in a process of its own, so that a busy test does not keep it from asking.
const { request } = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");

/** Milliseconds between two questions of one caller, and after which what has not answered never will. */
const pause = 100;
const patience = 120_000;
/** Failures of which status and body are kept. */
const shown = 5;

const { url, body, right, callers } = JSON.parse(process.argv[2]);
const report = { answers: 0, failed: 0, failures: [] };
let over = false;

/** The body of a 200, else what came in its place. Each question has a connection of its own, so none is lost with an old one. */
function ask() {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(url, { method: "POST", agent: false, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", (error) => resolve(String(error)));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve(answer.statusCode === 200 ? text : `${answer.statusCode} ${text.slice(0, 500)}`);
      });
    });
    const timer = setTimeout(() => asked.destroy(new Error(`no whole answer within ${patience / 1_000} s`)), patience);
    asked.on("close", () => clearTimeout(timer));
    asked.on("error", (error) => resolve(String(error)));
    asked.end(body);
  });
}

/** JSON in one way of writing it: a model may answer 2.0 for 2. */
function canonical(answer) {
  try {
    return JSON.stringify(JSON.parse(answer));
  } catch {
    return answer;
  }
}

async function call() {
  while (!over) {
    const answer = await ask();
    if (right.includes(canonical(answer))) report.answers++;
    else {
      report.failed++;
      if (report.failures.length < shown) report.failures.push(`${new Date().toISOString()} ${answer}`);
    }
    await sleep(pause);
  }
}

const calls = Promise.all(Array.from({ length: callers }, call));
process.on("disconnect", () => process.exit());
process.on("message", async (message) => {
  if (message === "stop") {
    over = true;
    await calls;
  }
  process.send(report);
});

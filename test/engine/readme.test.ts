import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive } from "../../cli/daemon/process-table";
import { freePort } from "../../local/containers/free-port";
import { ensureDevTools } from "../../tools/python/ensure";
import { fetchWhole } from "../support/fetch-whole";
import type { IrisAnswer } from "../support/iris";
import { Clone, type Ending, familyOf, fencedBlocks } from "./support/clone";

const invoke = `npx slipway invoke iris '{"petal_length":0.4,"petal_width":1.4}'`;
/** Every command of the README's shell blocks, in their order. A command that is in neither list fails the test. */
const tried = ["npm start", invoke, "npx slipway local down"];
/** `npm test` is what runs this test, and `.ci/run` calls it; the others need an AWS account. */
const notTried = ["npm test", "pulumi up --stack dev", "npx slipway invoke iris @sample --stack dev"];

/** The README's commands in the README's order, in a fresh clone: each test goes on from where the one before it left the clone. */
describe("the README, followed in a fresh clone", () => {
  let clone: Clone;
  let readme: string;
  let port: number;
  let started: Ending;
  let answer: IrisAnswer;

  beforeAll(async () => {
    clone = new Clone();
    readme = clone.read("README.md");
    port = await freePort();
    // The one rewrite, for a machine that has other programs on it; the platform remembers both, so that the second start is the README's own.
    started = await clone.run(`npm start -- --port ${port} --runner process`);
  });
  afterAll(async () => {
    await clone?.run("npx slipway local down");
    clone?.remove();
  });

  async function daemonPid(): Promise<number> {
    const response = await fetchWhole(`http://localhost:${port}/_slipway/health`);
    return ((await response.json()) as { pid: number }).pid;
  }

  /** The command after a label of the last screen. */
  function printed(label: string): string {
    return new RegExp(`^${label} +(.*)$`, "m").exec(started.stdout)?.[1] ?? "";
  }

  test("has no command that is not tried here or known not to be", () => {
    const commands = fencedBlocks(readme, "bash").flatMap((block) => block.trim().split("\n"));
    expect(commands).toEqual([...tried, ...notTried]);
    expect(clone.read(".ci/run")).toContain("exec npm test");
    expect(clone.read("Pulumi.dev.yaml")).toContain("config:");
  });

  test("shows the declaration that the repository has", () => {
    const [shown = ""] = fencedBlocks(readme, "ts");
    expect(clone.read("models/iris/service.ts")).toContain(shown.split("\n").slice(1).join("\n"));
  });

  test("npm start installs, trains, serves, and prints the screen that the README shows", () => {
    expect(started.exitCode, started.stderr).toBe(0);
    expect(started.stderr).toContain("Installing Node packages (npm ci)");
    expect(started.stderr).toMatch(/✔ iris +trained .*InService/);
    const [shown = ""] = fencedBlocks(readme, "text");
    const screen = started.stdout.slice(started.stdout.indexOf(shown.slice(0, 6)));
    expect(withoutPlaceAndTime(screen)).toBe(withoutPlaceAndTime(shown));
  });

  test("npx slipway invoke prints the category with its probabilities", async () => {
    const { exitCode, stdout, stderr } = await clone.run(invoke);
    expect(exitCode, stderr).toBe(0);
    answer = JSON.parse(stdout) as IrisAnswer;
    expect(answer.category).toBe("Iris-setosa");
    expect(Object.keys(answer.probabilities)).toEqual(["Iris-setosa", "Iris-versicolor", "Iris-virginica"]);
    expect(answer.probabilities["Iris-setosa"]).toBeCloseTo(0.998, 3);
    expect(readme).toContain('{"category":"Iris-setosa","probabilities":{"Iris-setosa":0.998, ...}}');
  });

  test("the printed commands give the same answer as they stand", async () => {
    const sample = JSON.parse(clone.read("models/iris/sample.json")) as object;
    expect(sample).toEqual({ petal_length: 0.4, petal_width: 1.4 });
    expect(printed("Try it")).toBe("npx slipway invoke iris @sample");
    for (const command of [printed("Try it"), `${printed("API")} --silent --show-error`]) {
      const { exitCode, stdout, stderr } = await clone.run(command);
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual(answer);
    }
  });

  test("the lines for boto3 in the guide give the same answer, in a shell with the printed variables", async () => {
    const { python } = await ensureDevTools();
    const [lines = ""] = fencedBlocks(clone.read("docs/getting-started.md"), "python");
    expect(printed("AWS API")).toContain('eval "$(npx slipway env)"');
    const { exitCode, stdout, stderr } = await clone.run('eval "$(npx slipway env)" && "$PYTHON" -c "$LINES"', {
      PYTHON: python,
      LINES: lines,
    });
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(answer);
  });

  test("npm start again says that nothing changed", async () => {
    const { exitCode, stderr } = await clone.run("npm start");
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/✔ stack +nothing changed/);
    expect(stderr).not.toContain("npm ci");
  });

  test("npx slipway local down leaves no process and no port", async () => {
    const family = familyOf(await daemonPid());
    expect(family.length).toBeGreaterThan(2);
    const { exitCode, stderr } = await clone.run("npx slipway local down");
    expect(exitCode, stderr).toBe(0);
    expect(family.filter(isAlive)).toEqual([]);
    await expect(fetchWhole(`http://localhost:${port}/_slipway/health`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

/** A last screen with the parts that differ from run to run taken out. */
function withoutPlaceAndTime(screen: string): string {
  return screen
    .trim()
    .replaceAll(/localhost:\d+/g, "localhost:PORT")
    .replaceAll(/execute-api\/[0-9a-f]+/g, "execute-api/ID")
    .replace(/Ready in [\d.]+ (m?s)/, "Ready in TIME");
}

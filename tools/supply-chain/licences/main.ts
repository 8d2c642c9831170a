import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath, runCommand } from "../../command";
import { packageRoot } from "../../package-root";
import { modules } from "../../pulumi/build-from-source";
import { ensureAuditTools, ensureCheckov, ensureDevTools, ensureLocalTools } from "../../python/ensure";
import { pinnedRequirements } from "../pins";
import { licenceOf } from "./classify";
import { inventory, pythonFiles, type Recorded } from "./inventory";
import { licencesPage } from "./page";
import { notAllowed } from "./rules";

const root = packageRoot();
const recordFile = join(root, "tools", "supply-chain", "licences", "recorded.json");
const onProgress = (line: string) => void process.stderr.write(`${line}\n`);

const environments = { dev: ensureDevTools, local: ensureLocalTools, audit: ensureAuditTools, checkov: ensureCheckov };

/** `npm run licences`: reads the licences of what is installed, and writes them down. */
export async function main(): Promise<number> {
  const before = existsSync(recordFile) ? (JSON.parse(readFileSync(recordFile, "utf8")) as Recorded) : { python: {}, go: {} };
  const recorded: Recorded = { python: await pythonLicences(before.python), go: await goLicences(before.go) };
  writeFileSync(recordFile, `${JSON.stringify(recorded, undefined, 2)}\n`);
  const groups = inventory(root, recorded);
  writeFileSync(join(root, "docs", "licences.md"), licencesPage(groups));
  const refused = groups
    .filter(({ shipped }) => shipped)
    .flatMap(({ title, entries }) =>
      entries
        .filter(({ licence }) => notAllowed(licence).length > 0)
        .map(({ name, version, licence }) => `${title}: ${name} ${version} is ${licence}`),
    );
  for (const line of refused) onProgress(line);
  onProgress(`docs/licences.md: ${groups.reduce((sum, { entries }) => sum + entries.length, 0)} packages and modules`);
  return refused.length === 0 ? 0 : 1;
}

/** As the kit's bill of materials reads them, in every environment; what is not installed on this machine keeps what was recorded for its version. */
async function pythonLicences(before: Recorded["python"]): Promise<Recorded["python"]> {
  const found = new Map<string, string>();
  // The kit needs its own packages to be imported: those of `dev` look into every environment.
  const dev = (await ensureDevTools({ onProgress })).python;
  for (const name of new Set(pythonFiles.map(({ environment }) => environment))) {
    const { python } = await environments[name]({ onProgress });
    const folder = (await runCommand(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])).trim();
    const script = "import json, sys; from slipway_kit.sbom import bill; print(json.dumps(bill(paths=sys.argv[1:])))";
    const env = { ...process.env, PYTHONPATH: join(root, "container", "src") };
    const bill = JSON.parse(await runCommand(dev, ["-c", script, folder], { env })) as {
      components: { purl?: string; licenses?: { expression?: string; license?: { name?: string } }[] }[];
    };
    for (const { purl = "", licenses = [] } of bill.components) {
      const [, package_, version] = /^pkg:pypi\/([^@]+)@(.+)$/.exec(purl) ?? [];
      const said = licenses.map(({ expression, license }) => expression ?? license?.name ?? "").filter((text) => text !== "");
      if (package_ !== undefined && version !== undefined && said.length > 0)
        found.set(`${package_} ${decodeURIComponent(version)}`, said.join(" AND "));
    }
  }
  const wanted = pythonFiles.flatMap(({ file }) => pinnedRequirements(readFileSync(join(root, file), "utf8")));
  const keys = [...new Set(wanted.map(({ name, version }) => `${name} ${version}`))].sort();
  return Object.fromEntries(
    keys.flatMap((key) => [found.get(key) ?? before[key]].flatMap((said) => (said === undefined ? [] : [[key, said]]))),
  );
}

async function goLicences(before: Recorded["go"]): Promise<Recorded["go"]> {
  const [go] = findOnPath("go");
  if (go === undefined) {
    onProgress("there is no go on PATH: the licences of Go modules stay as they were recorded");
    return before;
  }
  const programs = {
    "tools/pulumi/engine": modules.engine,
    "tools/pulumi/hosts": modules.hosts,
    "tools/workflows": ["github.com/rhysd/actionlint/cmd/actionlint"],
  };
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" };
  const found: Record<string, Record<string, string>> = {};
  for (const [folder, packages] of Object.entries(programs)) {
    const format = "{{with .Module}}{{.Path}} {{.Version}} {{.Dir}}{{end}}";
    const listed = await runCommand(go, ["list", "-deps", "-f", format, ...packages], { cwd: join(root, folder), env });
    const lines = [...new Set(listed.split("\n").filter((line) => line !== ""))].sort();
    found[folder] = Object.fromEntries(
      lines.map((line) => {
        const [path = "", version = "", dir = ""] = line.split(" ");
        return [`${path} ${version}`, licenceIn(dir)];
      }),
    );
  }
  return found;
}

/** Of a module's folder; every file that is called a licence counts. */
function licenceIn(folder: string): string {
  const files = readdirSync(folder).filter(
    (name) => /^(licen[cs]e|copying|unlicense)/i.test(name) && /^[^.]+(\.(md|txt|mit|apache\S*))?$|2\.0/i.test(name),
  );
  const found = files.map((name) => licenceOf(readFileSync(join(folder, name), "utf8"))).filter((licence) => licence !== undefined);
  return found.length === 0 ? "unknown" : [...new Set(found)].join(" AND ");
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    onProgress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);

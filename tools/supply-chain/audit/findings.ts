/** A known vulnerability of a package that is shipped. */
export interface Finding {
  /** Every name it has, the one to show first: GHSA, CVE, PYSEC or npm's own number. */
  readonly ids: readonly string[];
  readonly package: string;
  /** What an audit says of it, in one line. */
  readonly says: string;
}

/** What an audit has seen: findings of what it could ask about, and what it could not. */
export interface Audited {
  readonly findings: readonly Finding[];
  /** Sentences; of what they name, nothing is known. */
  readonly unchecked: readonly string[];
}

interface NpmAdvisory {
  readonly source?: number;
  readonly name?: string;
  readonly title?: string;
  readonly url?: string;
  readonly severity?: string;
  readonly range?: string;
}

interface NpmReport {
  readonly auditReportVersion?: number;
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (NpmAdvisory | string)[] }>>;
}

/** The report of `npm audit --json`. Packages that are only affected by way of another are left out: that other is in the report itself. */
export function readNpmAudit(stdout: string): Audited {
  const report = parsed<NpmReport>(stdout);
  if (report?.auditReportVersion === undefined || report.vulnerabilities === undefined) {
    const why = report?.message ?? (stdout.trim().split("\n")[0] || "npm audit printed nothing");
    return { findings: [], unchecked: [`npm packages: the registry does not answer audits (${why})`] };
  }
  const advisories = Object.values(report.vulnerabilities).flatMap(({ via }) => via.filter((each) => typeof each !== "string"));
  const findings = advisories.map(({ source, name = "", title = "", url = "", severity = "", range = "" }) => {
    const ids = [/GHSA(-[a-z0-9]{4}){3}/.exec(url)?.[0], source === undefined ? undefined : String(source)];
    return { ids: ids.filter((id) => id !== undefined), package: name, says: `${severity}: ${title} (${name} ${range})` };
  });
  return { findings: unique(findings), unchecked: [] };
}

interface PipReport {
  readonly dependencies?: readonly {
    readonly name: string;
    readonly version?: string;
    readonly skip_reason?: string;
    readonly vulns?: readonly {
      readonly id: string;
      readonly aliases?: readonly string[];
      readonly fix_versions: readonly string[];
      readonly description?: string;
    }[];
  }[];
}

/** The report of `pip-audit -f json`, which calls it a success when its service knows none of the packages. */
export function readPipAudit(stdout: string, output: string): Audited {
  const report = parsed<PipReport>(stdout);
  if (report?.dependencies === undefined) {
    const last = output.trim().split("\n").at(-1) ?? "";
    return { findings: [], unchecked: [`Python packages: pip-audit's service does not answer (${last || "it printed nothing"})`] };
  }
  const skipped = report.dependencies.filter(({ skip_reason }) => skip_reason !== undefined).map(({ name }) => name);
  const findings = report.dependencies.flatMap(({ name, version = "", vulns = [] }) =>
    vulns.map(({ id, aliases = [], fix_versions, description = "" }) => {
      const fixed = fix_versions.length === 0 ? "no version mends it" : `mended in ${fix_versions.join(", ")}`;
      return { ids: [id, ...aliases], package: name, says: `${description.split("\n")[0]?.slice(0, 120)} (${name} ${version}; ${fixed})` };
    }),
  );
  const of = `${skipped.length} of ${report.dependencies.length}`;
  const unchecked =
    skipped.length === 0 ? [] : [`Python packages: pip-audit's service does not know ${of} (${skipped.slice(0, 5).join(", ")}…)`];
  return { findings: unique(findings), unchecked };
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.package} ${finding.ids[0]}`, finding])).values()];
}

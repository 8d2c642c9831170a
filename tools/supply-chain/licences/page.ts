import type { Group } from "./inventory";

const introduction = `# Licences

Slipway is Apache-2.0. This is what it comes with and installs, and, apart, what only tests it. Written by \`npm run licences\` from the lock files and
the packages' own words; \`test/tools/licences.test.ts\` compares it with the lock files and holds everything shipped to the licences allowed in
\`tools/supply-chain/licences/rules.ts\`. Models bring packages of their own: [the bill of materials](supply-chain.md#what-is-in-an-image) of their image has them.
`;

/** docs/licences.md. */
export function licencesPage(groups: readonly Group[]): string {
  const part = (title: string, shipped: boolean) => [`## ${title}\n`, ...groups.filter((group) => group.shipped === shipped).map(table)];
  return `${[introduction, ...part("Shipped and installed", true), ...part("Tests only", false)].join("\n")}`;
}

function table({ title, entries }: Group): string {
  const rows = entries.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return [`### ${title}`, "", "| name | version | licence |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

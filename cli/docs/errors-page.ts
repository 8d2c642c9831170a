import { type CatalogueEntry, catalogue } from "../../components/errors/catalogue";

const families: Readonly<Record<string, string>> = {
  "1": "Declaration",
  "2": "Training",
  "3": "Policy and cost",
  "4": "Serving",
  "5": "Tools and machine",
  "6": "AWS",
};

/** Markdown of docs/errors.md. */
export function errorsPage(): string {
  const entries = Object.entries(catalogue).sort(([a], [b]) => a.localeCompare(b));
  const sections = Object.entries(families).flatMap(([digit, title]) => {
    const own = entries.filter(([code]) => code.startsWith(`SLIP-${digit}`));
    return own.length === 0 ? [] : [`## ${title}`, ...own.map(([code, entry]) => section(code, entry))];
  });
  const intro = [
    "# Errors",
    "Every error has a code. `slipway explain CODE` prints the same text as this page, without a network.",
    "Exit codes: 0 done, 1 your code or declaration, 2 usage, 3 this machine, 4 AWS or a service, 130 interrupted.",
  ];
  return `${[...intro, ...sections].join("\n\n")}\n`;
}

function section(code: string, { title, cause, cure, retryable, exitCode }: CatalogueEntry): string {
  const retry = retryable ? "Running again may help." : "Running again does not help by itself.";
  return [`### ${code}: ${title}`, `**Cause.** ${cause}`, `**Cure.** ${cure}`, `${retry} Exit code ${exitCode}.`].join("\n\n");
}

import { type Html, html } from "./html";

export interface PageFrame {
  readonly title: string;
  /** The entry of the navigation that the page belongs to. */
  readonly section: "endpoints" | "jobs" | "connect";
  readonly place: string;
  /** Whether the reader is at another machine, and signed in. */
  readonly isRemote: boolean;
}

const sections = [
  { id: "endpoints", name: "Endpoints", href: "/_slipway/" },
  { id: "jobs", name: "Jobs", href: "/_slipway/jobs" },
  { id: "connect", name: "Connect", href: "/_slipway/connect" },
] as const;

/** A whole page. Elements with `data-live` and an id are replaced in place when something has changed; without JavaScript a reload does it. */
export function page(frame: PageFrame, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${frame.title} · Slipway</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_slipway/assets/console.css">
<script type="module" src="/_slipway/assets/console.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="brand" href="/_slipway/">Slipway <span>local</span></a>
<nav aria-label="Pages">${sections.map(
    ({ id, name, href }) => html`<a href="${href}"${id === frame.section ? html` aria-current="page"` : undefined}>${name}</a>`,
  )}</nav>
<p class="place">${frame.place} <span id="live" role="status"></span></p>
${frame.isRemote ? html`<form class="out" method="post" action="/_slipway/sign-out"><button type="submit">Sign out</button></form>` : undefined}
</header>
<main id="main" tabindex="-1">
${content}
</main>
</body>
</html>
`;
}

/** A state in words, with a colour beside it: never the colour alone. */
export function badge(status: string): Html {
  return html`<span class="badge ${toneOf(status)}">${status}</span>`;
}

function toneOf(status: string): string {
  if (/^(InService|Completed)$/.test(status)) {
    return "good";
  }
  if (/Failed|OutOfService/.test(status)) {
    return "bad";
  }
  return /ing$|^InProgress$/.test(status) ? "busy" : "still";
}

/** A time for reading, with the exact one on hover. */
export function time(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(11, 19)}</time>`;
}

/** The end of a log, newest line last. */
export function logLines(id: string, lines: readonly string[]): Html {
  return html`<section id="${id}" data-live><h2>Log</h2><pre class="log" tabindex="0" aria-label="Log">${
    lines.length === 0 ? "Nothing was printed yet." : lines.join("\n")
  }</pre></section>`;
}

/** Why something failed, beside where the catalogue explains it. */
export function failure(reason: string | undefined, code: string): Html | undefined {
  return reason === undefined
    ? undefined
    : html`<div class="failure"><p>${reason}</p><p><a href="/_slipway/errors/${code}">${code}: what causes this, and what to do</a></p></div>`;
}

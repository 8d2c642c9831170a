/** Licences of what is shipped. They ask for a notice at most, or, as MPL-2.0 does, for changes of their own files; none reaches over to what uses them. */
export const allowed: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MPL-2.0",
  "PSF-2.0",
  "Unlicense",
]);

/** What packages say in words of their own, as SPDX says it. */
export const spelled: Readonly<Record<string, string>> = {
  "Apache License 2.0": "Apache-2.0",
  "Apache License, Version 2.0": "Apache-2.0",
  "Apache 2.0": "Apache-2.0",
  "Apache-2": "Apache-2.0",
  "Apache Software License": "Apache-2.0",
  "BSD 3-Clause": "BSD-3-Clause",
  "BSD-3": "BSD-3-Clause",
  "MIT License": "MIT",
  "MIT license": "MIT",
  PSFL: "PSF-2.0",
  "The MIT License": "MIT",
  "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
  "ISC License (ISCL)": "ISC",
};

/** Licences of packages that do not say them where they are looked for: read in their files. By name, without the version: a new one is read again. */
export const readByHand: Readonly<Record<string, string>> = {
  // The text in its LICENSE.
  "@logdna/tail-file": "MIT",
  // Its LICENSE has the MIT text for its own code and the Python Software Foundation's for what it took from Python; installed for Python 3.10 alone.
  exceptiongroup: "MIT AND PSF-2.0",
  // "Dual License" in its metadata; both texts in its LICENSE.
  "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
  // Its classifier; installed for Python 3.10 alone.
  taskgroup: "MIT",
  // Its License-Expression; its program is copied, so it is never in an environment.
  uv: "MIT OR Apache-2.0",
  // It has no LICENSE: its README puts it under that of appdash, which is MIT.
  "github.com/sourcegraph/appdash-data": "MIT",
};

/** The licences in an expression that are not allowed. All parts are asked for, also where one would do. */
export function notAllowed(expression: string): string[] {
  const ids = expression.split(/[\s()]+/).filter((word) => word !== "" && !["AND", "OR", "WITH"].includes(word));
  return ids.length === 0 ? ["none"] : ids.filter((id) => !allowed.has(id));
}

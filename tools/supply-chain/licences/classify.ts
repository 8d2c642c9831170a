/** A phrase that only the text of this licence has, from the most special on: some texts contain others. */
const phrases: readonly (readonly [string, RegExp])[] = [
  // Mozilla's names the GNU licences, and the GNU licences each other: each is known by how it begins.
  ["MPL-2.0", /^.{0,200}Mozilla Public License,? version 2\.0/i],
  ["AGPL-3.0", /^.{0,200}GNU AFFERO GENERAL PUBLIC LICENSE/i],
  ["LGPL-3.0", /^.{0,200}GNU LESSER GENERAL PUBLIC LICENSE/i],
  ["GPL-3.0", /^.{0,200}GNU GENERAL PUBLIC LICENSE/i],
  ["Apache-2.0", /Apache License,? Version 2\.0/i],
  ["Unlicense", /This is free and unencumbered software released into the public domain/i],
  ["ISC", /Permission to use, copy, modify, and(\/or)? distribute this software for any purpose with or without fee is hereby granted/i],
  ["MIT", /Permission is hereby granted, free of charge, to any person obtaining a copy/i],
  ["BSD-3-Clause", /Redistribution and use in source and binary forms[\s\S]*(?:Neither|nor) the names? of/i],
  ["BSD-2-Clause", /Redistribution and use in source and binary forms/i],
];

/** Which licences the text of a LICENSE file is, as an SPDX expression; undefined when it is none that is known here. A file with several texts is under all of them. */
export function licenceOf(text: string): string | undefined {
  const plain = text.replace(/\s+/g, " ");
  const found = phrases.filter(([, phrase]) => phrase.test(plain)).map(([id]) => id);
  // The three-clause text contains the two-clause one.
  const whole = found.includes("BSD-3-Clause") ? found.filter((id) => id !== "BSD-2-Clause") : found;
  return whole.length === 0 ? undefined : whole.join(" AND ");
}

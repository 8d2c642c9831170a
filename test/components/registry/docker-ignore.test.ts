import { describe, expect, test } from "vitest";
import { dockerIgnore } from "../../../components/registry/docker-ignore";

describe("a .dockerignore file", () => {
  // Each as Docker's own documentation and tests have it: rules, paths left out, paths kept.
  test.each([
    ["a name at the top", "temp", ["temp", "temp/a/b.txt"], ["a/temp", "temp2", "temporary/a"]],
    ["a name in any folder", "**/temp", ["temp", "a/temp", "a/b/temp/c"], ["a/temp2"]],
    ["a star, which stops at a slash", "*/temp*", ["a/temporary.txt", "a/temp/c"], ["temp", "a/b/temp"]],
    ["two stars in the middle", "a/**/z.py", ["a/z.py", "a/b/z.py", "a/b/c/z.py"], ["z.py", "b/a/z.py"]],
    ["an extension, at the top only", "*.md", ["README.md"], ["docs/README.md"]],
    ["a question mark", "temp?", ["tempa", "tempb/c"], ["temp", "tempab"]],
    ["a class of characters", "data[0-9].csv", ["data1.csv"], ["dataA.csv", "data10.csv"]],
    ["a class of others", "data[^0-9].csv", ["dataA.csv"], ["data1.csv"]],
    ["a star that is meant", "a\\*", ["a*"], ["ab"]],
    ["what a regular expression would take for more", "a.b+(c)", ["a.b+(c)"], ["aXb+(c)", "a.bb(c)"]],
    ["slashes and dots that mean nothing", "/./a//b/", ["a/b", "a/b/c"], ["b"]],
    ["comments and empty lines", "# a\n\n  b  \r\n", ["b"], ["a", "# a"]],
    ["all, and what is taken back", "*\n!app.py\n!lib/**", ["data.csv", "lib2/a.py"], ["app.py", "lib/a/b.py"]],
    ["the last rule that matches", "*.py\n!app*.py\napp2.py", ["a.py", "app2.py"], ["app.py"]],
  ])("with %s", (_what, text, out, kept) => {
    const ignored = dockerIgnore(text);
    expect([...out, ...kept].filter((path) => ignored(path))).toEqual(out);
  });

  test("comes after the rules in front of it, and can take them back", () => {
    const ignored = dockerIgnore("!sample.json", ["sample.json", "service.ts"]);
    expect(["sample.json", "service.ts", "app.py"].filter((path) => ignored(path))).toEqual(["service.ts"]);
    expect([ignored.takesBack, dockerIgnore("a").takesBack]).toEqual([true, false]);
  });
});

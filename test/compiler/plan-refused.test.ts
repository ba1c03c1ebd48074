/** What is checked and not carried out yet is refused by name, never left out of a plan. */
import { describe, expect, test } from "vitest";
import { refusalsOf } from "./planning.ts";

const action = (statements: string): string => `use http
action act(url: string) {
  ${statements}
}
`;

describe("refused", () => {
  test.each([
    ["at most", action(`for x in ["a", "b"] at most 5 { step get = http.get(url: x) }`)],
    [
      "at most",
      `${action("step other = deep(url: url)")}
action deep(url: string) { for x in ["a", "b"] at most 5 { step get = http.get(url: "\${url}/\${x}") } }`,
    ],
  ])("%s", (what, source) => {
    expect(refusalsOf(source, { action: "act", words: { url: "http://a/" } })).toEqual([
      `program not planned yet: ${what} is checked by this version of opsc, and cannot be planned yet`,
    ]);
  });
});

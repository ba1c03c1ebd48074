import { describe, expect, test } from "vitest";
import { staleText } from "../../runtime/engine/stale.ts";

describe("a fact that is not what the plan saw", () => {
  test.each([
    [3, 4, "f was 3 when the plan was made and is 4 now; make a new plan"],
    ["a", null, 'f was "a" when the plan was made and is none now; make a new plan'],
    ["a\n", "b\n", 'f was "a\\n" when the plan was made and is "b\\n" now; make a new plan'],
    [
      "a\nb\nc\n",
      "a\nx\nc\n",
      'f is another text than when the plan was made: line 2 was "b" and is "x" now; make a new plan',
    ],
    [
      "a\nb\n",
      "a\nb\nc\n",
      'f is another text than when the plan was made: line 3 was "" and is "c" now; make a new plan',
    ],
    [
      "a\nb",
      "a\nb\nc",
      'f is another text than when the plan was made: line 3 was none and is "c" now; make a new plan',
    ],
    [
      "a\nb\nc",
      "a\nb",
      'f is another text than when the plan was made: line 3 was "c" and is none now; make a new plan',
    ],
  ])("%j, now %j", (was, is, text) => expect(staleText("f", was, is)).toBe(text));
});

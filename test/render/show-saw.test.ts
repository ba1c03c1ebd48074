import { expect, test } from "vitest";
import { showSaw } from "../../compiler/render/show-value.ts";

test("what a guardrail saw between two numbers is told so, all else as it is", () => {
  expect(showSaw({ from: 8, to: 12 })).toBe("8 to 12");
  expect(showSaw(7)).toBe("7");
  expect(showSaw("web")).toBe('"web"');
  expect(showSaw({ from: 1, to: 2, more: 3 })).not.toContain(" to ");
});

import { expect, it } from "vitest";
import { OpsParser } from "../../language/parser/declarations.ts";

it("the grammar passes chevrotain's own checks, which are left out at run time", () => {
  expect(() => new OpsParser(false)).not.toThrow();
});

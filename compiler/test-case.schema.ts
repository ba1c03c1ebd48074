/** zod schema of a checked test. */
import { z } from "zod";
import { exprSchema, valueSchema } from "./ir/expr.schema.ts";
import { TEST_CASE_VERSION, type TestCase } from "./test-case.ts";
import { typeSchema } from "./types/type.schema.ts";

const at = z.string();

const callee = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("provider"), instance: z.string(), operation: z.string() }),
  z.strictObject({ kind: z.literal("own"), operation: z.string() }),
]);

const does = z.discriminatedUnion("how", [
  z.strictObject({ how: z.literal("returns"), value: valueSchema }),
  z.strictObject({ how: z.literal("fails"), why: z.string() }),
]);

const run = z.strictObject({
  action: z.string(),
  inputs: z.record(z.string(), valueSchema),
  by: z.string().nullable(),
  approved: z.array(z.string()),
  at,
});

const expectation = z.discriminatedUnion("e", [
  z.strictObject({ e: z.literal("holds"), condition: exprSchema, text: z.string(), at }),
  z.strictObject({
    e: z.literal("call"),
    of: callee,
    called: z.boolean(),
    with: z.record(z.string(), valueSchema).nullable(),
    at,
  }),
]);

export const testCaseSchema: z.ZodType<TestCase> = z.strictObject({
  testCaseVersion: z.literal(TEST_CASE_VERSION),
  id: z.string(),
  title: z.string(),
  doc: z.string().nullable(),
  module: z.string(),
  at,
  now: z.string().nullable(),
  mocks: z.array(z.strictObject({ of: callee, does, at })),
  run,
  resultType: typeSchema.nullable(),
  expects: z.array(expectation),
});

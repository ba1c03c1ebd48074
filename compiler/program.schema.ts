/** zod schema of the checked program. */
import { z } from "zod";
import { exprSchema, valueSchema } from "./ir/expr.schema.ts";
import type { Program, Statement } from "./program.ts";
import { HOOK_EVENTS, PROGRAM_VERSION } from "./program.ts";
import { typeSchema } from "./types/type.schema.ts";
import { programWindowSchema } from "./window/window.schema.ts";

const at = z.string();
const places = z.record(z.string(), at);
const expr = exprSchema;
const maybe = exprSchema.nullable();

const requirement = z.strictObject({ condition: expr, message: maybe, text: z.string(), at });
const rule = z.strictObject({ mode: z.enum(["one", "any", "all"]), by: expr });

const argument = z.strictObject({ name: z.string(), value: expr, type: typeSchema });

const call = z.strictObject({
  instance: z.string(),
  member: maybe,
  operation: z.string(),
  shown: z.string(),
  args: z.array(argument),
  effect: z.enum(["read", "write", "destroy"]),
  repeat: z.enum(["idempotent", "keyed", "once"]),
  atomic: z.boolean(),
  undo: z.boolean(),
  expires: z.literal(true).optional(),
  preview: z.enum(["none", "public", "sensitive"]),
  resource: expr,
  resultType: typeSchema,
  returns: maybe,
});

const rollback = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("calls"),
    calls: z.array(z.strictObject({ id: z.string(), name: z.string(), call, when: maybe, timeout: maybe, at })),
  }),
  z.strictObject({ kind: z.literal("auto") }),
  z.strictObject({ kind: z.literal("nothing"), why: expr }),
]);

const named = { id: z.string(), name: z.string(), at };

export const statementSchema: z.ZodType<Statement> = z
  .lazy(() =>
    z.discriminatedUnion("s", [
      z.strictObject({ s: z.literal("let"), id: z.string(), value: expr }),
      z.strictObject({ s: z.literal("fact"), ...named, call, type: typeSchema }),
      z.strictObject({
        s: z.literal("step"),
        ...named,
        doc: z.string().nullable(),
        call,
        when: maybe,
        after: z.array(z.string()),
        timeout: maybe,
        retry: z.strictObject({ attempts: expr, backoff: maybe }).nullable(),
        lease: maybe,
        places,
        rollback: rollback.nullable(),
        irreversible: maybe,
      }),
      z.strictObject({
        s: z.literal("nested"),
        ...named,
        doc: z.string().nullable(),
        action: z.string(),
        args: z.array(argument),
        when: maybe,
        after: z.array(z.string()),
      }),
      z.strictObject({
        s: z.literal("check"),
        ...named,
        doc: z.string().nullable(),
        call,
        when: maybe,
        after: z.array(z.string()),
        requires: z.array(requirement),
        hold: maybe,
        every: maybe,
        within: maybe,
      }),
      z.strictObject({ s: z.literal("require"), requirement }),
      z.strictObject({
        s: z.literal("approve"),
        id: z.string(),
        at,
        by: rule,
        when: maybe,
        quorum: maybe,
        within: maybe,
        escalate: z.array(z.strictObject({ to: rule, after: maybe, at })),
      }),
      z.strictObject({ s: z.literal("wait"), duration: expr, at }),
      z.strictObject({
        s: z.literal("if"),
        condition: expr,
        then: z.array(statementSchema),
        else: z.array(statementSchema),
        at,
      }),
      z.strictObject({
        s: z.literal("for"),
        ...named,
        over: expr,
        key: maybe,
        batch: maybe,
        every: maybe,
        tolerate: maybe,
        atMost: maybe,
        allowEmpty: z.boolean(),
        body: z.array(statementSchema),
      }),
      z.strictObject({ s: z.literal("parallel"), branches: z.array(z.array(statementSchema)), at }),
    ]),
  )
  .meta({ id: "Statement" });

const hook = z.strictObject({ event: z.enum(HOOK_EVENTS), body: z.array(statementSchema), at });

export const programSchema: z.ZodType<Program> = z.strictObject({
  programVersion: z.literal(PROGRAM_VERSION),
  modules: z.array(z.strictObject({ path: z.string(), sha256: z.string() })),
  data: z.array(z.strictObject({ path: z.string(), sha256: z.string() })),
  trust: z.strictObject({
    root: z.enum(["project", "path", "git"]),
    identities: z.enum(["unverified", "signed"]),
    breakGlass: z.array(z.string()),
    files: z.array(z.string()),
  }),
  instances: z.array(
    z.strictObject({
      id: z.string(),
      family: z.strictObject({ name: z.string(), member: z.string() }).nullable(),
      system: z.string(),
      provider: z.string(),
      version: z.string(),
      manifest: z.string(),
      config: z.record(z.string(), valueSchema),
    }),
  ),
  approvers: z.array(
    z.strictObject({ id: z.string(), name: z.string(), title: z.string(), members: z.array(z.string()), at }),
  ),
  windows: z.array(programWindowSchema),
  secrets: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      source: z.enum(["env", "file", "vault", "exec"]),
      args: z.record(z.string(), valueSchema),
      at,
    }),
  ),
  guardrails: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      doc: z.string().nullable(),
      at,
      enforcement: z.enum(["advisory", "soft", "hard"]),
      everyWrite: z.boolean(),
      inputs: z.array(z.strictObject({ name: z.string(), type: typeSchema })),
      when: maybe,
      facts: z.array(z.strictObject({ id: z.string(), name: z.string(), call, type: typeSchema, at })),
      requires: z.array(requirement),
      overrideBy: rule.nullable(),
    }),
  ),
  actions: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      module: z.string(),
      doc: z.string().nullable(),
      at,
      params: z.array(
        z.strictObject({
          name: z.string(),
          doc: z.string().nullable(),
          type: typeSchema,
          optional: z.boolean(),
          default: maybe,
          where: z.array(requirement),
          at,
        }),
      ),
      title: maybe,
      risk: maybe,
      owner: maybe,
      tags: maybe,
      timeout: maybe,
      window: maybe,
      lock: maybe,
      limit: z.strictObject({ count: expr, per: expr, by: maybe }).nullable(),
      hooks: z.array(hook),
      places,
      onFailure: z.enum(["rollback", "halt", "continue"]),
      body: z.array(statementSchema),
      returns: maybe,
      resultType: typeSchema.nullable(),
    }),
  ),
  choices: z.record(z.string(), valueSchema),
  refinements: z.record(z.string(), z.array(requirement)),
});

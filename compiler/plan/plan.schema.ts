/**
 * The plan: everything the runtime needs, and what people review. JSON in canonical form (RFC 8785), named by the
 * digest of its bytes. Units are those of `types/type.ts` (durations in milliseconds).
 */
import { z } from "zod";
import { exprSchema, valueSchema } from "../ir/expr.schema.ts";
import { HOOK_EVENTS } from "../program.ts";
import { secretSourceSchema } from "../secret.schema.ts";
import { typeSchema } from "../types/type.schema.ts";
import { planWindowSchema } from "../window/window.schema.ts";
import { requestSchema } from "./statement.schema.ts";

export const PLAN_VERSION = 1;

const at = z.string().describe("file:line:column in the project");
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A value known when the plan was made, or the expression that gives it later. */
export const knowableSchema = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("known"), value: valueSchema }),
  z.strictObject({ is: z.literal("deferred"), expr: exprSchema }),
]);

export const requirementSchema = z.strictObject({
  condition: exprSchema,
  message: exprSchema.nullable(),
  text: z.string().describe("the condition as written"),
  at,
});

const callSchema = z.strictObject({
  instance: z.string(),
  operation: z.string(),
  shown: z.string().describe("the name called in the source"),
  args: z.array(z.strictObject({ name: z.string(), type: typeSchema, value: knowableSchema })),
  effect: z.enum(["read", "write", "destroy"]),
  repeat: z.enum(["idempotent", "keyed", "once"]),
  atomic: z.boolean(),
  undo: z.boolean(),
  expires: z.literal(true).optional().describe("what it gives for the time of a lease ends by itself"),
  resource: knowableSchema,
  returns: exprSchema.nullable().describe("the step's result from the operation's, which is root `it`"),
  resultType: typeSchema,
});

export const rollbackSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("calls"),
    calls: z
      .array(
        z.strictObject({
          id: z.string(),
          name: z.string(),
          call: callSchema,
          when: exprSchema.nullable().describe("it is called only if this holds; null: always"),
          timeout: z.int(),
          at,
        }),
      )
      .min(1),
  }),
  z.strictObject({ kind: z.literal("auto") }),
  z.strictObject({ kind: z.literal("nothing"), why: z.string() }),
]);

const groupSchema = z.strictObject({ id: z.string(), title: z.string(), members: z.array(z.string()) });

const nodeBase = {
  id: z.string().describe("path of names and element keys, such as `roll[web-1].restart`"),
  at,
  part: z.string().describe("the id in `parts` of the action it comes from"),
  element: z.string().nullable().describe("the innermost element in `loops` it belongs to"),
  after: z
    .array(z.strictObject({ id: z.string(), why: z.enum(["data", "order", "after"]) }))
    .describe("direct predecessors, which stand earlier in `nodes`"),
  when: z.array(exprSchema).describe("conditions not yet known; the node runs if all hold, else it is skipped"),
};

export const previewSchema = z.strictObject({
  sensitive: z.boolean(),
  summary: z.string(),
  diff: z.string().nullable().describe("unified diff; null where there is none or it is sensitive"),
  fingerprint: z
    .strictObject({
      key: z.string().describe("tells keys apart"),
      mac: z.string().describe("HMAC-SHA-256 of the node's id and its difference, in hex"),
    })
    .optional()
    .describe(
      "of a sensitive difference, to see at the run whether it is still the same; its key never leaves the machine, so whoever has the plan cannot try out what the difference may be",
    ),
});

export const nodeSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("step"),
    ...nodeBase,
    doc: z.string().nullable(),
    call: callSchema,
    timeout: z.int().describe("of one attempt"),
    retry: z.strictObject({ attempts: z.int().min(1), backoffMin: z.int(), backoffMax: z.int() }),
    rollback: rollbackSchema.nullable(),
    irreversible: z.string().nullable(),
    lease: z.int().nullable().describe("how long what it did lasts, from its success on: then it is undone by itself"),
    preview: previewSchema.nullable(),
  }),
  z.strictObject({
    kind: z.literal("check"),
    ...nodeBase,
    doc: z.string().nullable(),
    call: callSchema,
    requires: z.array(requirementSchema).min(1),
    hold: z.int(),
    every: z.int(),
    within: z.int(),
    timeout: z.int().describe("of one read"),
  }),
  z.strictObject({
    kind: z.literal("approve"),
    ...nodeBase,
    upfront: z.boolean().describe("asked for with the plan; otherwise the run pauses here"),
    mode: z.enum(["one", "any", "all"]),
    groups: z.array(groupSchema).min(1),
    quorum: z.int().min(1).describe("how many different people; under `all`, of each group"),
    within: z.int().nullable().describe("how long an approval holds after it is given"),
    escalate: z
      .array(
        z.strictObject({ after: z.int(), mode: z.enum(["one", "any", "all"]), groups: z.array(groupSchema).min(1) }),
      )
      .describe("who else may give it, that long after it was asked for; ascending"),
  }),
  z.strictObject({ kind: z.literal("require"), ...nodeBase, requirement: requirementSchema }),
  z.strictObject({ kind: z.literal("wait"), ...nodeBase, duration: z.int() }),
  /** Nothing to do: it gathers many predecessors for many successors. */
  z.strictObject({ kind: z.literal("join"), ...nodeBase }),
]);

export const factSchema = z.strictObject({
  id: z.string(),
  at,
  call: callSchema.describe("all arguments are known"),
  value: valueSchema,
  type: typeSchema,
  used: z
    .array(z.array(z.string()))
    .describe("the paths read by the plan; a difference in one of them makes the plan stale"),
});

export const guardrailResultSchema = z.strictObject({
  id: z.string(),
  part: z.string().describe("the id in `parts` of the action that is judged"),
  also: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("other parts for which it asks the very same: it is judged, and told, once for all of them"),
  name: z.string(),
  doc: z.string().nullable(),
  at,
  enforcement: z.enum(["advisory", "soft", "hard"]),
  everyWrite: z.boolean(),
  status: z.enum(["pass", "fail", "deferred"]),
  why: z.string().nullable().describe("the message of the requirement that fails, or what is not known yet"),
  when: exprSchema.describe(
    "whether it applies, reduced; judged again at the run. What it asks of the plan are `run` refs: `plan.writes`",
  ),
  requires: z.array(requirementSchema.extend({ status: z.enum(["pass", "fail", "deferred"]) })),
  saw: z.array(z.strictObject({ name: z.string(), value: valueSchema })).describe("the values it was decided on"),
  facts: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        at,
        call: callSchema,
        type: typeSchema,
        value: z.discriminatedUnion("is", [
          z.strictObject({ is: z.literal("known"), value: valueSchema }),
          z.strictObject({ is: z.literal("unknown"), why: z.string().describe("goes on from its name") }),
        ]),
      }),
    )
    .describe(
      "what it reads whenever it is judged, in this order: root `var` in its expressions, by id; `value` as it was when planned",
    ),
  overrideBy: z.strictObject({ mode: z.enum(["one", "any", "all"]), groups: z.array(groupSchema) }).nullable(),
});

const actionSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  module: z.string(),
  title: z.string(),
  doc: z.string().nullable(),
  risk: z.string().nullable(),
  owner: z.string().nullable(),
  tags: z.array(z.string()),
  at,
});

/** The action itself, or one that a step of it runs. */
export const partSchema = z.strictObject({
  id: z.string().describe("`` for the action itself, else the path of the step that runs it"),
  action: actionSchema,
  inputs: z.array(z.strictObject({ name: z.string(), type: typeSchema, value: knowableSchema })),
  when: z.array(exprSchema).describe("conditions not yet known under which it is run at all"),
  windows: z.array(z.string()).describe("ids in `windows`: all must be open whenever one of its steps writes"),
  timeout: z.int().nullable().describe("milliseconds from its first step to its last, waiting for people not counted"),
});

/** A `for` that tolerates failed elements, or whose elements only the run knows. */
export const loopSchema = z.strictObject({
  id: z.string(),
  at,
  tolerate: z.int().min(0).describe("how many elements may fail, each undone alone"),
  elements: z.array(
    z.strictObject({
      id: z.string().describe("such as `roll[web-1]`; `roll[#3]` for the third of a list that only the run knows"),
      key: knowableSchema,
      within: z.string().nullable().describe("the element of another of `loops` it lies in"),
    }),
  ),
});

export const hookSchema = z.strictObject({
  event: z.enum(HOOK_EVENTS),
  at,
  nodes: z
    .array(nodeSchema)
    .describe("a graph of its own; `after` names nodes of the hook, values may come from any node"),
});

export const planSchema = z.strictObject({
  planVersion: z.literal(PLAN_VERSION),
  irVersion: z.literal(1),
  opsc: z.string(),
  action: actionSchema,
  inputs: z.array(z.strictObject({ name: z.string(), type: typeSchema, value: valueSchema })),
  requester: z.string(),
  reason: z.string().nullable(),
  workspace: z.string(),
  trust: z.strictObject({
    root: z
      .enum(["project", "path", "git"])
      .describe(
        "`project`: approvers and guardrails come from the reviewed tree itself; `path`: from another folder; `git`: from a commit of another repository",
      ),
    identities: z
      .enum(["unverified", "signed"])
      .describe("`unverified`: names are taken at their word; `signed`: only what is signed counts"),
    breakGlass: z
      .array(groupSchema)
      .describe("who may, in an emergency and with a reason, set approvals aside; empty: nobody"),
    digest: digest
      .nullable()
      .describe(
        "of all files of the trust root, by path, those of keys among them; null where the project is its own and names no keys",
      ),
  }),
  sources: z.array(z.strictObject({ path: z.string(), sha256: digest })),
  providers: z.array(
    z.strictObject({
      instance: z.string(),
      provider: z.string(),
      version: z.string(),
      manifest: digest,
      config: z.record(z.string(), valueSchema),
    }),
  ),
  secrets: z
    .array(
      z.strictObject({
        id: z.string().describe("of one that is declared, `module#name`; of an input, what was given"),
        source: secretSourceSchema,
      }),
    )
    .describe(
      'those that calls and settings are handed, where they stand as `{ "$secret": … }`: read from there at the last moment',
    ),
  facts: z.array(factSchema),
  unread: z
    .array(z.strictObject({ id: z.string(), at, call: callSchema }))
    .optional()
    .describe("there if facts were not read (`opsc plan --offline`): those; such a plan is only to be looked at"),
  parts: z.array(partSchema).min(1).describe("the action itself first"),
  nodes: z.array(nodeSchema).describe("in an order that respects `after`"),
  loops: z.array(loopSchema),
  hooks: z.array(hookSchema),
  windows: z.array(planWindowSchema),
  locks: z.array(z.string()).describe("sorted; held from before the first write until undo is over"),
  limits: z
    .array(z.strictObject({ action: z.string(), key: z.string().nullable(), count: z.int(), per: z.int(), at }))
    .describe("how many runs may start in `per` milliseconds, counted for each action and key"),
  guardrails: z.array(guardrailResultSchema),
  onFailure: z.enum(["rollback", "halt", "continue"]),
  timeout: z.int().nullable(),
  returns: exprSchema.nullable(),
  resultType: typeSchema.nullable(),
  summary: z.strictObject({
    steps: z.int(),
    reads: z.int(),
    writes: z.int(),
    destroys: z.int(),
    checks: z.int(),
    approvals: z.int(),
    resources: z.array(z.string()).describe("known resources written or destroyed, sorted"),
    irreversible: z.array(z.string()).describe("node ids, in order"),
    worstCase: z.int().nullable().describe("milliseconds, without waiting for people; null where it is not bounded"),
  }),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  nonce: z.string(),
});

/** What is written to `*.opsplan.json`. */
export const planFileSchema = z.strictObject({
  $schema: z.string().optional(),
  digest,
  plan: planSchema,
  request: requestSchema
    .optional()
    .describe("signed by the requester: that they ask for it; not part of what the digest is of"),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanFile = z.infer<typeof planFileSchema>;
export type PlanNode = z.infer<typeof nodeSchema>;
export type StepNode = Extract<PlanNode, { kind: "step" }>;
export type CheckNode = Extract<PlanNode, { kind: "check" }>;
export type ApproveNode = Extract<PlanNode, { kind: "approve" }>;
export type PlanCall = z.infer<typeof callSchema>;
export type PlanFact = z.infer<typeof factSchema>;
export type PlanGuardrail = z.infer<typeof guardrailResultSchema>;
export type PlanRequirement = z.infer<typeof requirementSchema>;
export type Knowable = z.infer<typeof knowableSchema>;
export type Preview = z.infer<typeof previewSchema>;
export type PlanPart = z.infer<typeof partSchema>;
export type PlanWindow = z.infer<typeof planWindowSchema>;
export type PlanLoop = z.infer<typeof loopSchema>;
export type PlanHook = z.infer<typeof hookSchema>;

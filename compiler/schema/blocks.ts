/**
 * Every block of the language: which properties it has, which statements may stand in it. The checker reads this
 * table; so do the reference and, later, completion and hover.
 */
import type { Statement } from "../../language/tree.ts";
import { BOOL, DURATION, INT, listOf, STRING } from "../types/relations.ts";
import type { Type } from "../types/type.ts";

export interface PropertySpec {
  readonly type: Type;
  readonly required: boolean;
  /** By when it must be known. `source`: it is not a value but part of the program (a call). */
  readonly known: "check" | "plan" | "run" | "source";
  readonly doc: string;
  /** The least number it may be, in the unit of its type; any where it is left out. */
  readonly least?: number;
}

export interface BlockSpec {
  /** In messages: "an action". */
  readonly what: string;
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly statements: readonly Statement["kind"][];
}

const words = (name: string, members: readonly string[]): Extract<Type, { kind: "enum" }> => ({
  kind: "enum",
  id: `#${name}`,
  name,
  members,
});

export const EFFECTS = words("Effect", ["read", "write", "destroy"]);
export const REPEATS = words("Repeat", ["idempotent", "keyed", "once"]);
export const ENFORCEMENTS = words("Enforcement", ["advisory", "soft", "hard"]);
export const RISKS = words("Risk", ["low", "medium", "high", "critical"]);
export const ON_FAILURE = words("OnFailure", ["undo", "halt", "continue"]);

/** How runs end. */
export const OUTCOMES = words("Outcome", [
  "succeeded",
  "undone",
  "halted",
  "refused",
  "denied",
  "cancelled",
  "incomplete",
]);

const property = (type: Type, known: PropertySpec["known"], doc: string, required = false): PropertySpec => ({
  type,
  known,
  doc,
  required,
});

const number = (type: Type, least: number, doc: string, required = false): PropertySpec => ({
  ...property(type, "plan", doc, required),
  least,
});

const FLOW: readonly Statement["kind"][] = [
  "let",
  "fact",
  "step",
  "check",
  "require",
  "approve",
  "wait",
  "if",
  "for",
  "parallel",
];

export const BLOCKS = {
  approver: {
    what: "an approver",
    properties: {
      title: property(STRING, "check", "What people call them; the name, if it is left out."),
      members: property(listOf({ kind: "identity" }), "check", "The people, by identity, such as an e-mail address."),
      includes: property(listOf({ kind: "approver" }), "check", "Approvers whose members belong to this one too."),
    },
    statements: [],
  },
  window: {
    what: "a window",
    properties: {
      timezone: property(STRING, "check", "The time zone its days and times are of, such as `Europe/Berlin`.", true),
      calendar: property(
        STRING,
        "check",
        "An iCalendar file beside the source, such as `./freeze.ics`: while one of its events lasts, the window is closed.",
      ),
    },
    statements: ["window_rule"],
  },
  operation: {
    what: "an operation",
    properties: {
      effect: property(EFFECTS, "check", "What it does to the world: `read`, `write` or `destroy`."),
      resource: property(STRING, "run", "The name of what it touches, such as `redis:${queue}`."),
      repeat: property(
        REPEATS,
        "check",
        "May it be repeated when its outcome is not known? `idempotent`, `keyed` or `once`.",
      ),
      call: property({ kind: "error" }, "source", "The provider's operation it calls.", true),
      returns: property({ kind: "error" }, "run", "Its result, from that of the call, which is `call` here."),
    },
    statements: [],
  },
  guardrail: {
    what: "a guardrail",
    properties: {
      enforcement: property(
        ENFORCEMENTS,
        "check",
        "`advisory` warns, `soft` refuses unless overridden, `hard` refuses. Left out: `hard`.",
      ),
      every_write: property(BOOL, "check", "Judge it again before each write of a run, not only before the first."),
    },
    statements: ["applies", "fact", "require", "override", "let"],
  },
  action: {
    what: "an action",
    properties: {
      title: property(STRING, "plan", "A line for people; the name, if it is left out."),
      risk: property(RISKS, "plan", "`low`, `medium`, `high` or `critical`; guardrails see it."),
      owner: property({ kind: "approver" }, "plan", "Who answers for the action."),
      tags: property(listOf(STRING), "plan", "Words by which guardrails find it."),
      window: property({ kind: "window" }, "plan", "When runs may start and write."),
      timeout: number(
        DURATION,
        1,
        "After so long a run has failed: what is under way ends, nothing more begins. Waiting for people is not counted.",
      ),
      lock: property(
        listOf(STRING),
        "plan",
        "Names that a run holds from before its first write until its undo is over; no two runs hold one name.",
      ),
      limit: property(
        { kind: "rate" },
        "plan",
        "How many runs may start in a time, such as `3 per 1h`, or `3 per 1h by service.key` for each service.",
      ),
      on_failure: property(
        ON_FAILURE,
        "check",
        "`undo` (if left out) undoes what started, `halt` stops where it is, `continue` goes on with what does not depend on it.",
      ),
    },
    statements: [...FLOW, "on", "return"],
  },
  hook: { what: "a hook", properties: {}, statements: ["step", "let", "if", "for"] },
  flow: { what: "this block", properties: {}, statements: FLOW },
  parallel: { what: "parallel", properties: {}, statements: ["step", "check", "if", "for", "branch"] },
  step: {
    what: "a step",
    properties: {
      timeout: number(DURATION, 1, "How long one attempt may take; 5 minutes, if it is left out."),
      lease: number(DURATION, 1, "How long what it did lasts, from its success on: then its rollback runs by itself."),
    },
    statements: ["rollback", "irreversible", "block"],
  },
  nested: { what: "a step that runs an action", properties: {}, statements: [] },
  retry: {
    what: "retry",
    properties: {
      attempts: number(INT, 1, "How often it is tried at most, the first time included.", true),
      backoff: property(
        { kind: "range", of: DURATION },
        "plan",
        "The first pause and the longest; pauses double. `1s..30s`, if it is left out.",
      ),
    },
    statements: [],
  },
  rollback: { what: "a rollback", properties: {}, statements: ["step", "let"] },
  rollback_step: {
    what: "a step of a rollback",
    properties: { timeout: number(DURATION, 1, "How long one attempt may take; 5 minutes, if it is left out.") },
    statements: [],
  },
  check: {
    what: "a check",
    properties: {
      within: number(DURATION, 1, "How long it may take until it holds; 5 minutes, if it is left out."),
      every: number(DURATION, 1, "How often it looks; 5 seconds, if it is left out; not more often than each 100ms."),
      hold: number(
        DURATION,
        0,
        "How long it must hold without a break, less than `within`; once is enough, if it is left out.",
      ),
    },
    statements: ["require"],
  },
  approve: {
    what: "an approval",
    properties: {
      quorum: number(INT, 1, "How many different people; 1, if it is left out. With `all of`, of each."),
      within: number(DURATION, 1, "How long an approval holds once given."),
    },
    statements: ["escalate"],
  },
  test: { what: "a test", properties: {}, statements: ["let", "given", "run", "expect"] },
  run: { what: "a run of a test", properties: {}, statements: ["approved"] },
} as const satisfies Readonly<Record<string, BlockSpec>>;

export type BlockName = keyof typeof BLOCKS;

/** A statement in words, for messages. */
export const STATEMENT_WORDS: Readonly<Record<Statement["kind"], string>> = {
  property: "a property",
  block: "a block",
  let: "a let",
  fact: "a fact",
  step: "a step",
  check: "a check",
  require: "a require",
  approve: "an approve",
  escalate: "an escalate",
  wait: "a wait",
  if: "an if",
  for: "a for",
  parallel: "a parallel",
  branch: "a branch",
  on: "an on",
  return: "a return",
  rollback: "a rollback",
  irreversible: "an irreversible",
  applies: "an applies to",
  override: "an override",
  window_rule: "an allow or deny",
  given: "a given",
  run: "a run",
  approved: "an approved by",
  expect: "an expect",
};

/**
 * Fixes for what the language is for. What a change costs, who must agree and how it is undone is for people to say:
 * next to nothing here is safe, and nothing writes a reason for them.
 */
import type { Fix } from "../diagnostics/diagnostic.ts";
import type { effectDiagnostics } from "../diagnostics/effects.ts";
import type { ArgsOf } from "../diagnostics/registry.ts";
import { around, at, enclosing, type FixPlace, HOLE, intoBody, safe, suggested, textOf, withSpace } from "./place.ts";

type Place<C extends keyof typeof effectDiagnostics> = FixPlace<ArgsOf<C>>;

/** The member of a body that begins at the place, or holds it. */
function statementAt(place: FixPlace<unknown>) {
  const nodes = around(place);
  const body = nodes.findLastIndex((node) => "members" in node && "closed" in node);
  return body < 0 ? undefined : { statement: nodes[body + 1], body: nodes[body] };
}

/** A body whose only statement goes is taken away with it, where it may be left out. */
function without(place: FixPlace<unknown>, title: string, make: typeof safe): Fix[] {
  const found = statementAt(place);
  const { statement, body } = found ?? {};
  if (statement === undefined || body === undefined || !("closed" in body)) return [];
  const comments = place.file.tree.comments.some(
    ({ span }) => body.span.start < span.start && span.end < body.span.end,
  );
  const whole = body.members.length === 1 && body.closed && !comments;
  const owner = around(place).findLast((node) => "body" in node && node.body === body);
  const optional = owner !== undefined && "kind" in owner && (owner.kind === "step" || owner.kind === "check");
  return [make(title, place, [withSpace(place, whole && optional ? body.span : statement.span), ""])];
}

const takeAway = (place: FixPlace<unknown>): Fix[] => without(place, "take it away", suggested);

function bothUndo(place: Place<"rollback-and-irreversible">): Fix[] {
  return [...without(place, "keep the rollback", suggested)];
}

function factWrites(place: Place<"fact-writes">): Fix[] {
  const node = enclosing(place, ["fact"]);
  // A guardrail changes nothing, and has no steps.
  const inGuardrail = around(place).some((each) => "kind" in each && each.kind === "guardrail");
  if (node === undefined || inGuardrail || !textOf(place, node.span).startsWith("fact")) return [];
  return [
    suggested("make it a step", place, [{ start: node.span.start, end: node.span.start + "fact".length }, "step"]),
  ];
}

function bodyFix(title: string, line: string) {
  return (place: FixPlace<unknown>): Fix[] => {
    const owner = around(place).findLast((node) => "body" in node && node.body !== null);
    const body = owner !== undefined && "body" in owner ? owner.body : null;
    if (typeof body === "object" && body !== null && "members" in body)
      return [suggested(title, place, intoBody(place, body.span, line))];
    const check = enclosing(place, ["check"]);
    return check === undefined ? [] : [suggested(title, place, [at(check.span.end), ` { ${line} }`])];
  };
}

function quorum(place: Place<"quorum-unreachable">): Fix[] {
  const { possible, quorum: asked } = place.args;
  if (possible === "0" || textOf(place) !== asked) return [];
  return [suggested(`ask for ${possible}`, place, [place.span, possible])];
}

export const effectFixes = {
  "duplicate-statement": takeAway,
  "rollback-of-read": (place: Place<"rollback-of-read">): Fix[] => without(place, "take it away", safe),
  "rollback-and-irreversible": bothUndo,
  "fact-writes": factWrites,
  "check-without-require": bodyFix("add require, to be filled in", `require it.${HOLE}`),
  "effect-not-yours": (place: Place<"effect-not-yours">): Fix[] =>
    without(place, `take ${place.args.property} away`, safe),
  "retry-once": takeAway,
  "approver-empty": bodyFix("add members, to be filled in", `members = [${HOLE}]`),
  "quorum-unreachable": quorum,
  "guardrail-without-require": bodyFix("add require, to be filled in", `require ${HOLE} else "${HOLE}"`),
};

/** Two steps that are the same one. */

import { formatDuration } from "../ir/format.ts";
import type { Preview, StepNode } from "../plan/plan.schema.ts";
import { brief } from "../render/show-value.ts";
import { callText, undoOf } from "../render/words.ts";
import { compareCall } from "./call.ts";
import type { Kind, Spot } from "./entry.ts";
import { type Both, byName, compareFields, type Rules } from "./fields.ts";
import { alike, ignore } from "./ignored.ts";
import { bound, conditions, text } from "./rules.ts";
import { exprPair, lineDiff } from "./show.ts";

export interface NodeContext {
  /** What steps of the old plan write. */
  readonly written: ReadonlySet<string>;
  /** Whether loops that only one of the plans lists say why a node lies in another element, or in none. */
  readonly listedOtherwise: (old: string | null, now: string | null) => boolean;
}

export const within = (
  old: string | null,
  now: string | null,
  at: Spot,
  { listedOtherwise }: NodeContext,
): "told" | undefined => {
  if (listedOtherwise(old, now)) return "told";
  at.in("failure").say("changed", "fails with another element of a loop", {
    from: old === null ? "none" : brief(old, 120),
    to: now === null ? "none" : brief(now, 120),
  });
  return undefined;
};

export const fromPart = (old: string, now: string, at: Spot): void =>
  at.in("names").say("changed", "comes from another action", { from: partName(old), to: partName(now) });

export const partName = (id: string): string => (id === "" ? "the action itself" : brief(id, 120));

export const STEP: Rules<StepNode, NodeContext> = {
  kind: ignore("matched"),
  id: ignore("matched"),
  at: ignore("at"),
  part: fromPart,
  element: within,
  after: ignore("after"),
  when: (old, now, at, _, both) =>
    conditions(old, now, at.in("conditions"), both.now.call.effect === "read" ? "neither" : "acts"),
  doc: (old, now, at) => text("is described otherwise")(old, now, at.in("texts")),
  call: (old, now, at, { written }) => compareCall(old, now, at, written),
  timeout: (old, now, at) =>
    bound("an attempt may take longer", "an attempt may take less long")(old, now, at.in("times")),
  retry,
  rollback: (old, now, at, { written }, both) => rollback(old, now, at.in("undo"), written, both),
  irreversible: (old, now, at) => {
    const here = at.in("undo");
    if (old !== null && now !== null) text("cannot be undone for another reason")(old, now, here);
    else if (now !== null) here.say("widened", "cannot be undone any more", { to: brief(now, 300), rank: -2 });
    else here.say("narrowed", "can be undone now", { from: brief(old ?? "", 300) });
  },
  lease: (old, now, at) => {
    const lasting = (ms: number | null): string => (ms === null ? "for good" : formatDuration(ms));
    bound("lasts longer before it is undone by itself", "lasts less long before it is undone by itself", lasting)(
      old,
      now,
      at.in("undo"),
    );
  },
  preview,
};

function retry(old: StepNode["retry"], now: StepNode["retry"], at: Spot): void {
  const here = at.in("times");
  if (old.attempts !== now.attempts)
    bound("is tried more often", "is tried less often", (n) => `${n} attempts`)(
      old.attempts,
      now.attempts,
      here.of("attempts"),
    );
  const pause = ({ backoffMin, backoffMax }: StepNode["retry"]): string =>
    `${formatDuration(backoffMin)}..${formatDuration(backoffMax)}`;
  if (pause(old) !== pause(now))
    here.of("backoff").say("changed", "is tried again after other pauses", { from: pause(old), to: pause(now) });
}

/** How sure the way back is: none at all, or one that is stated to be not needed, is none. */
const hasWayBack = (rollback: StepNode["rollback"]): boolean => rollback !== null && rollback.kind !== "nothing";

function rollback(
  old: StepNode["rollback"],
  now: StepNode["rollback"],
  at: Spot,
  written: ReadonlySet<string>,
  both: Both<StepNode>,
): "told" | undefined {
  if (old?.kind === "calls" && now?.kind === "calls") {
    compareUndo(old.calls, now.calls, at, written);
    return undefined;
  }
  const said = { from: undoText(both.old), to: undoText(both.now) };
  if (hasWayBack(old) && !hasWayBack(now)) {
    // That it cannot be undone says so already.
    if (both.now.irreversible !== null && both.old.irreversible === null) return "told";
    at.say("widened", "is not taken back any more", { ...said, rank: -1 });
  } else if (!hasWayBack(old) && hasWayBack(now)) at.say("narrowed", "is taken back now", said);
  else
    at.say(
      "changed",
      old?.kind === now?.kind ? "stays as made for another reason" : "is taken back in another way",
      said,
    );
  return undefined;
}

const undoText = (step: StepNode): string =>
  undoOf({ ...step, irreversible: null })?.text.replace(/^undo: /, "") ?? "nothing is stated";

type UndoCall = Extract<NonNullable<StepNode["rollback"]>, { kind: "calls" }>["calls"][number];

function compareUndo(old: readonly UndoCall[], now: readonly UndoCall[], at: Spot, written: ReadonlySet<string>): void {
  const { pairs, gone, come } = byName(old, now, (call) => call.name);
  const [lost] = gone;
  const [won] = come;
  if (gone.length === 1 && come.length === 1 && lost !== undefined && won !== undefined) {
    const here = at.of(won.name);
    const before = here.count();
    compareFields(UNDO_CALL, lost, won, here, written);
    if (here.count() === before)
      here.in("names").say("changed", "names a call of its way back otherwise", {
        from: brief(lost.name, 80),
        to: brief(won.name, 80),
      });
  } else {
    for (const each of gone) at.of(each.name).say("widened", "is taken back by less", { from: callText(each.call) });
    for (const each of come) at.of(each.name).say("narrowed", "is taken back by more", { to: callText(each.call) });
  }
  for (const pair of pairs) compareFields(UNDO_CALL, pair.old, pair.now, at.of(pair.now.name), written);
  const order = (calls: readonly UndoCall[]): string => calls.map(({ name }) => brief(name, 60)).join(", ");
  if (gone.length + come.length === 0 && order(old) !== order(now))
    at.say("changed", "is taken back in another order", { from: order(old), to: order(now) });
}

const UNDO_CALL: Rules<UndoCall, ReadonlySet<string>> = {
  id: ignore("matched"),
  name: ignore("matched"),
  call: (old, now, at, written) => compareCall(old, now, on(at), written),
  when: (old, now, at) => {
    const all = (when: UndoCall["when"]) => (when === null ? [] : [when]);
    const found = conditionsOf(all(old), all(now), at);
    at.say(found.kind, found.what, exprPair(old, now));
  },
  timeout: (old, now, at) =>
    bound("its way back may take longer", "its way back may take less long")(old, now, at.in("times")),
  at: ignore("at"),
};

/** Words about a call of a rollback begin with it. */
const on = (at: Spot): Spot => {
  const wrap = (inner: Spot): Spot => ({
    ...inner,
    say: (kind, what, said) => inner.say(kind, `on its way back, ${what}`, said),
    in: (area) => wrap(inner.in(area === "arguments" || area === "effects" ? "undo" : area)),
    of: (field) => wrap(inner.of(field)),
  });
  return wrap(at);
};

/** A way back that is taken less often is worth less. */
function conditionsOf(
  old: Parameters<typeof conditions>[0],
  now: Parameters<typeof conditions>[0],
  at: Spot,
): { readonly kind: Kind; readonly what: string } {
  const found: { kind: Kind; what: string }[] = [];
  const listen: Spot = {
    ...at,
    say: (kind, what) => void found.push({ kind, what }),
    in: () => listen,
    of: () => listen,
    on: () => listen,
  };
  conditions(old, now, listen, "guards");
  const [first = { kind: "changed" as const, what: "" }] = found;
  return { kind: first.kind, what: first.what.replace("is done", "is taken back") };
}

function preview(old: Preview | null, now: Preview | null, at: Spot, _: NodeContext, both: Both<StepNode>): unknown {
  const summary = (p: Preview | null): string =>
    p === null ? "nothing is known" : brief(p.summary === "" ? "nothing is said" : p.summary, 300);
  // Fingerprints by different keys, as of plans of two machines, do not tell whether there is a difference.
  const [a, b] = [old?.fingerprint, now?.fingerprint];
  const comparable = a !== undefined && b !== undefined && a.key === b.key;
  const hidden = old?.sensitive === true || now?.sensitive === true;
  // Where what is written differs, so does what it replaces: the arguments say it.
  const given = JSON.stringify(both.old.call.args) !== JSON.stringify(both.now.call.args);
  if ((given || !comparable) && alike(withoutFingerprint(old), withoutFingerprint(now))) return "told";
  const diff = hidden || given ? [] : lineDiff(old?.diff ?? "", now?.diff ?? "");
  const same = summary(old) === summary(now);
  at.say(
    "changed",
    hidden && same
      ? "would change something else, which may be sensitive and is not shown"
      : "would change something else",
    {
      from: same ? null : summary(old),
      to: same ? null : summary(now),
      diff,
    },
  );
  return undefined;
}

const withoutFingerprint = (p: Preview | null): Omit<Preview, "fingerprint"> | null =>
  p === null ? null : { sensitive: p.sensitive, summary: p.summary, diff: p.diff };

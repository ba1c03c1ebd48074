/** What the order of a plan brings with it: everything at the same time, and what can fail when nothing can go back any more. */
import type { Plan, PlanNode, StepNode } from "../plan/plan.schema.ts";
import { foldIds } from "./alike.ts";
import type { Danger } from "./danger-type.ts";
import { isChange } from "./failing.ts";
import { type Item, keyless, type Loop, outline } from "./outline.ts";
import { brief, count } from "./show-value.ts";
import { plural } from "./words.ts";

export function orderDangers(plan: Plan): Danger[] {
  return [...allAtOnce(plan), ...afterNoReturn(plan)];
}

/** Every element of a set at once: no first one shows whether it goes well. */
function allAtOnce(plan: Plan): Danger[] {
  const unknown = new Set(
    plan.loops.filter(({ elements }) => elements.some(({ key }) => key.is === "deferred")).map(({ id }) => id),
  );
  const found = loopsIn(outline(plan)).flatMap((loop) => {
    const nodes = loop.waves.length > 1 ? [] : changesIn(loop);
    return nodes.length === 0 ? [] : [{ loop, nodes, most: unknown.has(loop.id) }];
  });
  // Loops within an element of another are one loop as it is written.
  const written = Map.groupBy(found, ({ loop: { id, elements }, most }) =>
    JSON.stringify([keyless(id), elements.length, most]),
  );
  return [...written.values()].flatMap((same): Danger[] => {
    const [one] = same;
    if (one === undefined) return [];
    const { elements, id } = one.loop;
    const name = brief(foldIds(same, ({ loop }) => `${loop.id}.x`)[0]?.name.replace(/\.x( ×\d+)?$/, "") ?? id, 80);
    const many = elements.length === 2 ? "both" : `all ${one.most ? "of up to " : ""}${count(elements.length)}`;
    const subject = `${many} elements of ${name}`;
    const clause = "changed at the same time";
    const short = `${subject} are ${clause}`;
    return [
      {
        level: elements.length === 2 ? "note" : "warning",
        words: `${short}: none goes first to show whether it works`,
        short,
        nodes: same.flatMap(({ nodes }) => nodes.map(({ id: node }) => node)),
        marks: { at: [], loops: same.map(({ loop }) => ({ id: loop.id, mark: "all at once" })) },
        joins: { kind: "at once", subject, clause, named: "" },
      },
    ];
  });
}

function loopsIn(items: readonly Item[]): Loop[] {
  return items.flatMap((item) => [...(item.kind === "loop" ? [item.loop] : []), ...loopsIn(insideOf(item))]);
}

function insideOf(item: Item): readonly Item[] {
  switch (item.kind) {
    case "node":
      return [];
    case "loop":
      return item.loop.elements.flatMap(({ items }) => items);
    case "part":
      return item.part.items;
  }
}

/** The changes of a loop whose every element changes something of its own; else none. */
function changesIn({ elements }: Loop): StepNode[] {
  const byElement = elements.map(({ items }) => writesIn(items));
  const things = new Set(byElement.flat().map(({ call }) => JSON.stringify([call.instance, call.resource])));
  return elements.length < 2 || byElement.some((writes) => writes.length === 0) || things.size < elements.length
    ? []
    : byElement.flat();
}

function writesIn(items: readonly Item[]): StepNode[] {
  return items.flatMap((item) => {
    if (item.kind !== "node") return writesIn(insideOf(item));
    return isChange(item.node) ? [item.node] : [];
  });
}

/** Work that can fail behind a step that cannot be undone: a run that fails there stays half done. */
function afterNoReturn(plan: Plan): Danger[] {
  const behind = new Set<string>();
  const final: PlanNode[] = [];
  const after: PlanNode[] = [];
  for (const node of plan.nodes) {
    const isBehind = node.after.some(({ id }) => behind.has(id));
    const isFinal = node.kind === "step" && node.irreversible !== null;
    if (isBehind || isFinal) behind.add(node.id);
    if (isFinal && !isBehind) final.push(node);
    if (isBehind && canFail(node)) after.push(node);
  }
  if (after.length === 0) return [];
  const counted = [
    [after.filter(({ kind }) => kind === "step").length, "change", "changes"] as const,
    [after.filter(({ kind }) => kind === "check" || kind === "require").length, "check", "checks"] as const,
    [after.filter(({ kind }) => kind === "approve").length, "approval", "approvals"] as const,
  ].flatMap(([n, one, many]) => (n === 0 ? [] : [plural(n, one, many)]));
  const names = foldIds(final, ({ id }) => id).map(({ name }) => brief(name, 80));
  const first = `${names.slice(0, 2).join(" or ")}${names.length > 2 ? ` or ${count(names.length - 2)} more` : ""}`;
  return [
    {
      level: "warning",
      words: `after ${first}, which cannot be undone, ${counted.join(" and ")} can still fail: a run that fails there stays half done`,
      nodes: [...final, ...after].map(({ id }) => id),
    },
  ];
}

function canFail(node: PlanNode): boolean {
  switch (node.kind) {
    case "step":
      return node.call.effect !== "read";
    case "check":
    case "require":
    case "approve":
      return true;
    case "wait":
    case "join":
      return false;
  }
}

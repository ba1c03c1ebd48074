/** Two steps that may run at the same time and touch the same thing, one of them writing. */
import { type PlanGraph, reachability } from "../plan/graph.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";
import { type AroundKey, apart, aroundKeys } from "./apart-by-key.ts";
import type { Problem } from "./problem.ts";

type Acting = Extract<PlanNode, { kind: "step" | "check" }>;

/**
 * `instances` say which of them reach one system: what they touch is told apart by system and name. `loops` are those of
 * the plan.
 */
export function findRaces(
  graph: PlanGraph<PlanNode>,
  instances: readonly { readonly id: string; readonly system: string }[],
  loops: Plan["loops"],
): Problem[] {
  const systems = new Map(instances.map(({ id, system }) => [id, system]));
  const systemOf = (node: Acting): string => systems.get(node.call.instance) ?? node.call.instance;
  const { nodes } = graph;
  const acting = nodes.filter((n): n is Acting => n.kind === "step" || n.kind === "check");
  const groups = new Map<string, Acting[]>();
  const unknown: Acting[] = [];
  for (const node of acting) {
    const { resource } = node.call;
    if (resource.is === "deferred") unknown.push(node);
    else {
      const key = `${systemOf(node)}\n${String(resource.value)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
    }
  }
  const suspects = [...groups].filter(([, members]) => members.length > 1 && members.some(writes));
  if (suspects.length === 0 && unknown.length === 0) return [];
  const order = reachability(graph);
  const problems: Problem[] = [];
  for (const [key, members] of suspects) {
    const resource = key.slice(key.indexOf("\n") + 1);
    const pair = firstUnordered(members, order.unordered);
    if (pair !== null) problems.push(race(pair[0], pair[1], `both touch ${resource}`));
  }
  const bySystem = Map.groupBy(acting, systemOf);
  for (const [system, some] of Map.groupBy(unknown, systemOf))
    problems.push(...ofUnknown(some, bySystem.get(system) ?? [], order.unordered, aroundKeys(loops)));
  return problems;
}

/**
 * A resource not known yet may be any of its system, but for what the keys of elements tell apart. Those that are told apart so
 * are held against the rest of the system together, and against each other within their element alone.
 */
function ofUnknown(
  unknown: readonly Acting[],
  members: readonly Acting[],
  unordered: (a: string, b: string) => boolean,
  keysOf: (node: Acting) => readonly AroundKey[],
): Problem[] {
  if (firstUnordered(members, unordered) === null) return [];
  const problems: Problem[] = [];
  const kindOf = (node: Acting): string => {
    const [key, ...more] = keysOf(node);
    return key === undefined || more.length > 0 ? node.id : `${key.loop}\n${key.shape}`;
  };
  for (const [kind, nodes] of Map.groupBy(unknown, kindOf)) {
    const tell = (other: Acting, node: Acting): void => {
      problems.push(race(other, node, `what ${node.id} touches is only known in the run`));
    };
    const within = [...Map.groupBy(nodes, (node) => keysOf(node)[0]?.element).values()];
    const pair = within.map((some) => firstUnordered(some, unordered)).find((found) => found !== null);
    if (pair !== undefined) {
      tell(...pair);
      continue;
    }
    const others = members.filter((other) => kindOf(other) !== kind);
    for (const node of nodes) {
      const meets = (other: Acting): boolean =>
        (writes(other) || writes(node)) && unordered(other.id, node.id) && !apart(keysOf(other), keysOf(node));
      const other = others.find(meets);
      if (other === undefined) continue;
      tell(other, node);
      break;
    }
  }
  return problems;
}

const writes = (node: Acting): boolean => node.call.effect !== "read";

/** In plan order a chain of writers is ordered if each is ordered with the next; readers are held against their nearest writers. */
function firstUnordered(
  members: readonly Acting[],
  unordered: (a: string, b: string) => boolean,
): [Acting, Acting] | null {
  let writer: Acting | null = null;
  let readers: Acting[] = [];
  for (const node of members) {
    if (writer !== null && unordered(writer.id, node.id)) return [writer, node];
    if (!writes(node)) {
      readers.push(node);
      continue;
    }
    for (const reader of readers) if (unordered(reader.id, node.id)) return [reader, node];
    writer = node;
    readers = [];
  }
  return null;
}

function race(a: Acting, b: Acting, why: string): Problem {
  return {
    kind: "program",
    what: "race",
    message: `${a.id} and ${b.id} may run at the same time, and ${why}`,
    at: b.at,
    help: "let them follow one another, or give each operation the resource it really touches",
  };
}

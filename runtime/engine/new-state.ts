/** The state of a run to which nothing has happened: its plan, indexed once. */
import type { Plan, PlanNode } from "../../compiler/plan/plan.schema.ts";
import { Heap } from "./heap.ts";
import type { Rules } from "./rules.ts";
import {
  type ElementState,
  type HookState,
  type LoopState,
  type NodeState,
  newCall,
  type PartState,
  type RunState,
  type Timer,
} from "./state.ts";

interface Place {
  readonly elements: readonly ElementState[];
  readonly parts: readonly PartState[];
  readonly hook: HookState | null;
}

function newNode(node: PlanNode, index: number, place: Place): NodeState {
  return {
    index,
    node,
    ...place,
    waiting: node.after.length,
    status: "pending",
    result: null,
    why: null,
    marked: false,
    call: newCall(),
    check: null,
    until: 0,
    awaited: false,
    askedAt: null,
    escalated: 0,
    gated: false,
    lease: null,
    undo: { status: "none", waiting: 0, passed: false, at: 0, calls: [], why: null },
  };
}

const earlier = (a: Timer, b: Timer): boolean =>
  a.at !== b.at ? a.at < b.at : a.index !== b.index ? a.index < b.index : a.what < b.what;

/** Throws if the plan's nodes are not in order (a bug of its maker). */
export function newState(plan: Plan, rules: Rules, options: { readonly parallel: number }): RunState {
  const { loops, elements } = newLoops(plan);
  const chain = (id: string | null): ElementState[] => {
    const found: ElementState[] = [];
    let e = id === null ? undefined : elements.get(id);
    for (; e !== undefined && e !== null; e = e.within ?? undefined) found.push(e);
    return found;
  };
  const parts = newParts(plan, chain);
  const timed = new Map(parts.map((part) => [part.id, part]));
  const nodes = plan.nodes.map((node, index) => {
    const place = { elements: chain(node.element), parts: partsOf(timed, node.part), hook: null };
    for (const e of place.elements) e.nodes.push(index);
    for (const part of place.parts) part.left++;
    return newNode(node, index, place);
  });
  const own = nodes.length;
  const hooks = newHooks(plan, nodes);
  const byId = new Map(nodes.map((n) => [n.node.id, n]));
  const low = (a: number, b: number) => a < b;
  return {
    plan,
    rules,
    parallel: options.parallel,
    nodes,
    byId,
    successors: successorsOf(nodes, byId),
    own,
    loops,
    elements,
    parts,
    hooks,
    agenda: {
      ready: new Heap(low),
      calls: new Heap(low),
      hookReady: new Heap(low),
      hookCalls: new Heap(low),
      held: [],
      hooks: new Set(),
      elements: [],
      undo: new Heap((a, b) => a > b),
      leases: [],
      taking: new Heap((a, b) => a > b),
      leaseTimers: new Heap(earlier),
      retries: [],
      settle: [],
      verdicts: [],
      timers: new Heap(earlier),
      inHand: new Set(),
    },
    run: "",
    digest: "",
    requester: "",
    applier: "",
    approvals: [],
    phase: "new",
    ending: null,
    closing: null,
    finished: null,
    former: null,
    formerEnding: null,
    reopened: null,
    onlyLeases: false,
    pause: null,
    frozen: null,
    heard: 0,
    locks: "none",
    locked: null,
    holds: 0,
    gate: "needed",
    gates: 0,
    stillUnknown: new Set(),
    wrote: false,
    written: new Set(),
    writtenInstances: new Set(),
    live: 0,
    awaiting: 0,
    undoing: 0,
    failing: 0,
    tolerated: [],
    notifying: 0,
    running: new Map(),
    unsettled: new Map(),
    unknown: new Map(),
    hookFaults: [],
    polling: new Set(),
    leased: new Set(),
    failures: [],
    clock: { startedAt: 0, pausedMs: 0, pausedSince: null, last: 0 },
  };
}

function successorsOf(nodes: readonly NodeState[], byId: ReadonlyMap<string, NodeState>): number[][] {
  const successors: number[][] = nodes.map(() => []);
  for (const n of nodes) {
    for (const { id } of n.node.after) {
      const before = byId.get(id);
      if (before === undefined || before.index >= n.index || before.hook !== n.hook) {
        throw new Error(`plan node ${n.node.id} comes after ${id}, which does not stand before it`);
      }
      successors[before.index]?.push(n.index);
    }
  }
  return successors;
}

function newLoops(plan: Plan): { readonly loops: LoopState[]; readonly elements: Map<string, ElementState> } {
  const elements = new Map<string, ElementState>();
  const loops: LoopState[] = [];
  const within = new Map(plan.loops.flatMap((loop) => loop.elements.map((e) => [e.id, e.within] as const)));
  const home = new Map<string, LoopState>();
  for (const { id, tolerate, elements: all } of plan.loops) {
    const loop = { id, tolerate, failed: 0 };
    loops.push(loop);
    for (const e of all) home.set(e.id, loop);
  }
  const make = (id: string, depth: number): ElementState | null => {
    const [made, loop] = [elements.get(id), home.get(id)];
    if (made !== undefined) return made;
    if (loop === undefined) return null;
    if (depth > home.size) throw new Error(`element ${id} of the plan lies in itself`);
    const outer = within.get(id) ?? null;
    const e: ElementState = {
      id,
      loop,
      within: outer === null ? null : make(outer, depth + 1),
      nodes: [],
      status: "going",
      why: null,
      announced: false,
      running: 0,
      undoing: 0,
    };
    elements.set(id, e);
    return e;
  };
  for (const id of home.keys()) make(id, 0);
  return { loops, elements };
}

/** Parts that have a timeout; that of the whole is the plan's. */
function newParts(plan: Plan, chain: (id: string | null) => ElementState[]): PartState[] {
  const shared = new Map<string, readonly ElementState[]>();
  for (const { part, element } of plan.nodes) {
    for (const id of prefixes(part)) {
      const mine = chain(element);
      const others = shared.get(id);
      shared.set(id, others === undefined ? mine : others.filter((e) => mine.includes(e)));
    }
  }
  return plan.parts.flatMap(({ id, timeout }): PartState[] =>
    id === "" || timeout === null
      ? []
      : [{ id, timeout, element: shared.get(id)?.[0] ?? null, left: 0, started: null }],
  );
}

const partsOf = (timed: ReadonlyMap<string, PartState>, part: string): PartState[] =>
  prefixes(part).flatMap((id) => timed.get(id) ?? []);

/** A part's id and those of all that may be around it. */
function prefixes(part: string): string[] {
  if (part === "") return [];
  const found = [part];
  for (let i = part.lastIndexOf("."); i > 0; i = part.lastIndexOf(".", i - 1)) found.push(part.slice(0, i));
  return found;
}

/** Adds the nodes of hooks to `nodes`. */
function newHooks(plan: Plan, nodes: NodeState[]): Map<HookState["event"], HookState> {
  const hooks = new Map<HookState["event"], HookState>();
  for (const { event, nodes: graph } of plan.hooks) {
    const hook: HookState = hooks.get(event) ?? {
      event,
      nodes: [],
      going: false,
      round: 0,
      wanted: false,
      live: 0,
      why: [],
    };
    hooks.set(event, hook);
    for (const node of graph) {
      hook.nodes.push(nodes.length);
      nodes.push(newNode(node, nodes.length, { elements: [], parts: [], hook }));
    }
  }
  return hooks;
}

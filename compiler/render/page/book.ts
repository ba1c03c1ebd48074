/** What all parts of the page ask of a plan: which node is which, where it stands on the page, what it waits for. */
import { buildGraph } from "../../plan/graph.ts";
import type { Plan, PlanFile, PlanLoop, PlanNode, PlanPart } from "../../plan/plan.schema.ts";
import { type Change, changesOf, stepChangesOf } from "../changes.ts";
import { type Happened, type NodeFate, fateOf as told } from "../happened.ts";
import { elementsOf } from "../outline.ts";
import { escapeControls } from "../safe.ts";
import { brief } from "../show-value.ts";
import { drawnEdges, resolvedWaits, type Waits } from "../waits.ts";
import { type Html, html } from "./html.ts";

export interface Book {
  readonly file: PlanFile;
  readonly plan: Plan;
  readonly happened: Happened | null;
  /** Those of the plan, then those of its hooks. */
  readonly nodes: readonly PlanNode[];
  /** Position in `nodes`, by id. */
  readonly index: ReadonlyMap<string, number>;
  /** The id of each node's element on the page, by position: `node=` and the id. */
  readonly anchors: readonly string[];
  /** By id. */
  readonly parts: ReadonlyMap<string, PlanPart>;
  /** By the id of an element of one of the plan's loops: its loop, and the element it lies in. */
  readonly elements: ReadonlyMap<string, { readonly loop: PlanLoop; readonly within: string | null }>;
  /** Without joins and without what another implies. */
  readonly waits: Waits;
  /** Positions of those that wait for each, joins gone through; by position. */
  readonly followers: readonly (readonly number[])[];
  /** By id of the node that makes it. */
  readonly changes: ReadonlyMap<string, Change>;
  readonly allChanges: readonly Change[];
  /** Details of nodes are kept apart, for the page's script to put in when asked for: as elements they would take seconds to open. */
  readonly lazy: boolean;
}

/** Followers of one node that are kept; the rest of a wide plan is not worth its place. */
const MOST_FOLLOWERS = 13;

/** Nodes whose details stand on the page from the beginning; a hundred elements each. */
const MOST_AT_ONCE = 2000;

export function bookOf(file: PlanFile, happened: Happened | null): Book {
  const { plan } = file;
  const nodes = [...plan.nodes, ...plan.hooks.flatMap((hook) => hook.nodes)];
  const index = new Map<string, number>();
  nodes.forEach(({ id }, i) => {
    if (!index.has(id)) index.set(id, i);
  });
  const waits = waitsOf(plan);
  const changes = stepChangesOf(plan);
  return {
    file,
    plan,
    happened,
    nodes,
    index,
    anchors: anchorsOf(nodes),
    parts: new Map(plan.parts.map((part) => [part.id, part])),
    elements: new Map(
      plan.loops.flatMap((loop) => loop.elements.map(({ id, within }) => [id, { loop, within }] as const)),
    ),
    waits,
    followers: followersOf(nodes, waits, index),
    changes: new Map(changes.map(({ step, change }) => [step.id, change] as const)),
    allChanges: changesOf(plan, changes),
    lazy: nodes.length > MOST_AT_ONCE,
  };
}

function waitsOf(plan: Plan): Waits {
  const all = new Map(resolvedWaits(plan.nodes, drawnEdges(plan.nodes)));
  for (const { nodes } of plan.hooks)
    for (const [id, waits] of resolvedWaits(nodes, drawnEdges(nodes))) all.set(id, waits);
  return all;
}

/** Ids that differ only in how a control character is written get a number; ids are texts of the plan, and are not trusted to differ. */
function anchorsOf(nodes: readonly PlanNode[]): string[] {
  const taken = new Set<string>();
  return nodes.map(({ id }) => {
    const wanted = `node=${escapeControls(id)}`;
    let anchor = wanted;
    for (let i = 2; taken.has(anchor); i++) anchor = `${wanted}~${i}`;
    taken.add(anchor);
    return anchor;
  });
}

function followersOf(nodes: readonly PlanNode[], waits: Waits, index: ReadonlyMap<string, number>): number[][] {
  const found: number[][] = nodes.map(() => []);
  // Nodes behind one join share a list: once enough of them were entered, so is all that a wide plan would ask for.
  const entered = new Map<readonly string[], number>();
  nodes.forEach(({ id, kind }, i) => {
    const list = waits.get(id) ?? [];
    const times = entered.get(list) ?? 0;
    if (kind === "join" || times >= MOST_FOLLOWERS) return;
    entered.set(list, times + 1);
    for (const before of list) {
      const of = found[index.get(before) ?? -1];
      if (of !== undefined && of.length < MOST_FOLLOWERS) of.push(i);
    }
  });
  return found;
}

/** The innermost element around a node that may fail alone, and its loop; null where there is none. */
export function toleratedAround(
  { elements }: Book,
  { element }: PlanNode,
): { readonly loop: PlanLoop; readonly element: string } | null {
  // Elements of a plan made by hand may lie in one another.
  const seen = new Set<string>();
  for (let at = element; at !== null && !seen.has(at); at = elements.get(at)?.within ?? null) {
    seen.add(at);
    const loop = elements.get(at)?.loop;
    if (loop !== undefined && loop.tolerate > 0) return { loop, element: at };
  }
  return null;
}

/** A link to a node, with its id or `text` on it; the bare text where there is no such node. */
export function nodeLink(book: Book, id: string, text: string = brief(id, 80)): Html {
  const at = book.index.get(id);
  const anchor = at === undefined ? undefined : book.anchors[at];
  if (anchor === undefined) return html`<code>${text}</code>`;
  return html`<a class="to" href="#${encodeURIComponent(anchor).replace("%3D", "=")}"><code>${text}</code></a>`;
}

/** Nodes named in a list before the rest is counted. */
const MOST_LINKS = 12;

/** `a, b and 3 more`, each a link. */
export function nodeLinks(book: Book, ids: readonly string[], most: number = MOST_LINKS): Html {
  const shown = ids.slice(0, most).map((id, i) => html`${i === 0 ? "" : ", "}${nodeLink(book, id)}`);
  const left = ids.length - shown.length;
  return html`${shown}${left > 0 ? ` and ${left} more` : ""}`;
}

/** The same, in which several nodes of one loop are one link to it: `for each host`. */
export function placeLinks(book: Book, ids: readonly string[], most: number = MOST_LINKS): Html {
  const byLoop = new Map<string, string[]>();
  for (const id of ids) {
    const loop = elementsOf(id)[0]?.loop ?? "";
    const of = byLoop.get(loop) ?? [];
    byLoop.set(loop, of);
    of.push(id);
  }
  const shown: Html[] = [];
  const single: string[] = [];
  for (const [loop, of] of byLoop) {
    const anchored = loop !== "" && of.length > 1 && of.every((id) => book.index.has(id));
    if (anchored)
      shown.push(
        html`<a class="to" href="#${loopAnchor(loop, encodeURIComponent)}">for each <code>${brief(loop, 80)}</code></a>`,
      );
    else single.push(...of);
  }
  if (single.length === 0) return html`${shown.map((each, i) => html`${i === 0 ? "" : ", "}${each}`)}`;
  return html`${shown.map((each) => html`${each}, `)}${nodeLinks(book, single, most)}`;
}

/** The id of a loop's element on the page. */
export const loopAnchor = (loop: string, coded: (text: string) => string = (text) => text): string =>
  `loop=${coded(escapeControls(loop))}`;

/** What became of a node; null where no run is shown. */
export function fateOf(book: Book, id: string): NodeFate | null {
  return book.happened === null ? null : told(book.happened, id);
}

/** The id without the element it lies in: `drain` of `roll[web-1].drain`. */
export function shortName(id: string): string {
  const inner = elementsOf(id).at(-1)?.element;
  return inner === undefined ? id : id.slice(inner.length + 1);
}

/** Positions that each node directly waits for, joins among them; for the page's script. */
export function edgesBefore(book: Book): readonly (readonly number[])[] {
  const groups = [book.plan.nodes, ...book.plan.hooks.map((hook) => hook.nodes)];
  let offset = 0;
  return groups.flatMap((nodes) => {
    const edges = drawnEdges(nodes);
    const { index } = buildGraph(nodes);
    const start = offset;
    offset += nodes.length;
    return nodes.map(({ id }) =>
      (edges.get(id) ?? []).flatMap((before) => {
        const at = index.get(before);
        return at === undefined ? [] : [start + at];
      }),
    );
  });
}

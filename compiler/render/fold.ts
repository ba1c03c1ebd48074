/**
 * Elements of a loop that do the same but for their key, or for that and a few words, are shown once. Nothing is lost: putting the
 * key and those words back gives an element.
 */
import type { PlanNode, PlanPart } from "../plan/plan.schema.ts";
import { fillable, type Hole } from "./fold-holes.ts";
import { replaceWords } from "./whole-words.ts";

/** Stands for an element's key in what all elements share; `depth` counts the loops around it. */
export function keySign(depth: number): string {
  return depth === 0 ? "‹key›" : `‹key ${depth + 1}›`;
}

export interface Unfolded {
  readonly id: string;
  readonly key: string;
  readonly nodes: readonly PlanNode[];
  /** The actions its steps run. */
  readonly parts: readonly PlanPart[];
}

export interface Folded {
  /** Of the element, with its sign for a key: `roll[‹key›]`. */
  readonly id: string;
  readonly nodes: readonly PlanNode[];
  readonly parts: readonly PlanPart[];
  /** Stands for the key. */
  readonly sign: string;
  /** Where elements differ in more than the key. */
  readonly holes: readonly Hole[];
}

/**
 * The nodes of any one element with `‹key›` for its key and holes for a few words more; null where they differ in more, or there is only one.
 * Previews are not compared: they are shown apart. What nodes outside the element an element waits for is not, since
 * that differs from wave to wave.
 */
export function foldElements(elements: readonly Unfolded[], depth: number): Folded | null {
  const [first, ...rest] = elements;
  if (first === undefined || rest.length === 0 || elements.some(({ key }) => key === "")) return null;
  const sign = keySign(depth);
  // A text that holds the sign itself could not be told from a key.
  if (elements.some(({ nodes, parts }) => JSON.stringify([nodes, parts]).includes(sign))) return null;
  const template = general(first, sign);
  const written = JSON.stringify(template);
  if (rest.every((element) => JSON.stringify(general(element, sign)) === written))
    return { ...template, sign, holes: [] };
  const filled = fillable(elements.map((element) => general(element, sign)));
  return filled === null ? null : { ...filled.template, sign, holes: filled.holes };
}

type Substitute = (text: string) => string;

function general({ id, key, nodes, parts }: Unfolded, sign: string): Omit<Folded, "holes" | "sign"> {
  const put: Substitute = (text) => replaceWords(text, [key], sign);
  return {
    id: put(id),
    nodes: nodes.map((node) => generalNode(node, id, put)),
    parts: parts.map((part) => substitute(part, put) as PlanPart),
  };
}

function generalNode(node: PlanNode, id: string, put: Substitute): PlanNode {
  const { after, ...rest } = node;
  const inside = after
    .filter((before) => before.id.startsWith(`${id}.`))
    .map((before) => ({ id: put(before.id), why: before.why }));
  const bare = { ...rest, at: "", ...(node.kind === "step" ? { preview: null } : {}) };
  // The shape stays as it is: only texts change, and none that the schema constrains.
  return { ...(substitute(bare, put) as Omit<PlanNode, "after">), after: inside } as PlanNode;
}

/** Words of the plan's own shape, which an element of that name must not rewrite. */
const OWN: ReadonlySet<string> = new Set(
  "kind k is root as op mode effect repeat instance operation shown type resultType at".split(" "),
);

function substitute(value: unknown, put: Substitute): unknown {
  if (typeof value === "string") return put(value);
  if (Array.isArray(value)) return value.map((item) => substitute(item, put));
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    // `__proto__` would set a prototype; such a record is left as it is.
    if (name === "__proto__") return value;
    copy[name] = OWN.has(name) ? item : substitute(item, put);
  }
  return copy;
}

/** In which order undo would run if a step failed, in words and links. */
import type { PageData } from "../data.ts";
import { type UndoPath, undoPath } from "../undo-path.ts";
import { el, hashOf } from "./dom.ts";

export interface UndoView {
  readonly element: HTMLElement;
  /** What stands out in the picture. */
  readonly nodes: ReadonlySet<number>;
}

/** Nodes of one list before the rest is counted. */
const MOST = 40;

export function undoView(data: PageData, n: number): UndoView {
  const lit = new Set([n]);
  const element = el("section", { class: "undo-path", "aria-label": "If this fails" }, el("h4", {}, "If this fails"));
  if (data.onFailure !== "rollback") {
    const rest = data.onFailure === "halt" ? "The run halts where it is" : "The rest goes on";
    element.append(el("p", {}, `${rest}. Nothing is undone: what was done stays.`));
    return { element, nodes: lit };
  }
  const within = data.nodes[n]?.element ?? null;
  const all = undoPath(data.nodes, n);
  const first = within === null ? all : undoPath(data.nodes, n, within);
  if (within !== null)
    element.append(el("p", {}, `As long as its loop tolerates it, ${within} is undone alone, and the others go on:`));
  element.append(...pathOf(data, first, lit));
  if (within !== null) {
    element.append(
      el("p", {}, "Once its loop tolerates no more, the run fails, and everything that was begun is undone:"),
    );
    element.append(...pathOf(data, all, lit));
  }
  return { element, nodes: lit };
}

function pathOf(
  data: PageData,
  { waves, kept, points, maybe, maybePoints }: UndoPath,
  lit: Set<number>,
): HTMLElement[] {
  const list = el(
    "ol",
    {},
    ...waves.map((wave) => el("li", {}, ...links(data, wave), ...(wave.length > 1 ? [" together"] : []))),
  );
  for (const n of [...waves.flat(), ...points]) lit.add(n);
  const told = (text: string, nodes: readonly number[], how = "quiet"): HTMLElement[] =>
    nodes.length === 0 ? [] : [el("p", { class: how }, text, ...links(data, nodes))];
  return [
    ...(waves.length === 0
      ? [el("p", {}, "Nothing is to be undone by then.")]
      : [el("p", {}, "Undone, one after the other:"), list]),
    ...told("Cannot be undone, and may have taken place: ", points, "grave"),
    ...told("Stay as made, since something that cannot be undone rests on them: ", kept, "grave"),
    ...told("Undone too, if they had begun: ", maybe),
    ...told("Cannot be undone: if they had begun, they stay, and so does what they rest on: ", maybePoints),
  ];
}

function links(data: PageData, nodes: readonly number[]): (Node | string)[] {
  const shown = nodes.slice(0, MOST).flatMap((n, i): (Node | string)[] => {
    const node = data.nodes[n];
    if (node === undefined) return [];
    const link = el("a", { href: hashOf(node.id) }, el("code", {}, node.id));
    return i === 0 ? [link] : [", ", link];
  });
  return nodes.length > MOST ? [...shown, ` and ${nodes.length - MOST} more`] : shown;
}

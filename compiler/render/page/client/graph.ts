/** The boxes of the picture: chosen by click or key, walked along their arrows. */
import type { PageData } from "../data.ts";
import { button, el, isPlain } from "./dom.ts";
import { makeView } from "./view.ts";

export interface Graph {
  choose(n: number | null): void;
  /** Only these stand out; null: all. */
  light(nodes: ReadonlySet<number> | null): void;
  focus(n: number): boolean;
}

interface Box {
  readonly element: SVGGElement;
  /** None of a gate or a join; more than one where alike nodes are drawn as one. */
  readonly nodes: readonly number[];
  readonly isJoin: boolean;
}

const STEP = 60;

export function makeGraph(
  canvas: HTMLElement,
  data: PageData,
  nameOf: (n: number) => string,
  pick: (n: number, byKey: boolean) => void,
): Graph | null {
  const svg = canvas.querySelector("svg");
  if (svg === null) return null;
  const { boxes, edges } = read(svg, data);
  const elements = elementsOf(svg, data);
  const byNumber = new Map(boxes.flatMap((box) => box.nodes.map((n) => [n, box] as const)));
  const byElement = new Map<Element, Box>(boxes.map((box) => [box.element, box]));
  let chosen: Box | null = null;
  let number: number | null = null;

  svg.setAttribute("role", "group");
  for (const { element, nodes, isJoin } of boxes) {
    const [n] = nodes;
    if (isJoin || n === undefined) {
      element.setAttribute("aria-hidden", "true");
      continue;
    }
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", nodes.length > 1 ? `${nameOf(n)} and ${nodes.length - 1} alike` : nameOf(n));
  }
  for (const { element } of edges) element.setAttribute("aria-hidden", "true");
  // By keys and by ear all of them are in the outline; here they would only stand in the way.
  for (const { element, first } of elements) {
    element.setAttribute("aria-hidden", "true");
    element.addEventListener("click", () => pick(first, false));
  }
  const view = makeView(canvas, svg);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "group");
  canvas.setAttribute(
    "aria-label",
    "Graph. Arrow keys move over it, plus and minus zoom, 0 shows all of it; Tab goes to its nodes.",
  );

  const after = afterEach(data);
  /** What comes next to the nodes of a box or before them, through those that have no box of their own: arrows may go from column to column. */
  const along = (box: Box, way: (n: number) => readonly number[]): Box[] => {
    const found = new Set<Box>();
    const seen = new Set<number>();
    const stack = [...box.nodes];
    for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
      for (const other of way(n)) {
        if (seen.has(other)) continue;
        seen.add(other);
        const at = byNumber.get(other);
        if (at === undefined || at.isJoin) stack.push(other);
        else if (at !== box) found.add(at);
      }
    }
    return [...found];
  };
  /** Down and up go along the arrows, left and right to what stands beside. */
  const neighbour = (box: Box, key: string): Box | null => {
    const at = placeOf(box);
    if (key === "ArrowDown")
      return nearest(
        along(box, (n) => after[n] ?? []),
        at,
      );
    if (key === "ArrowUp")
      return nearest(
        along(box, (n) => data.nodes[n]?.before ?? []),
        at,
      );
    const { height } = box.element.getBoundingClientRect();
    const beside = boxes.filter((other) => {
      if (other === box || other.isJoin || other.nodes.length === 0) return false;
      const { x, y } = placeOf(other);
      return Math.abs(y - at.y) < height && (key === "ArrowLeft" ? x < at.x - 1 : x > at.x + 1);
    });
    return nearest(beside, at);
  };

  const pickBox = (box: Box, byKey: boolean): void => {
    // Of nodes drawn as one, another click goes to the next.
    const at = box === chosen && number !== null ? box.nodes.indexOf(number) + 1 : 0;
    const n = box.nodes[at % box.nodes.length];
    if (n !== undefined && !box.isJoin) pick(n, byKey);
  };
  const boxAt = (target: EventTarget | null): Box | null => {
    const element = target instanceof Element ? target.closest("g.node") : null;
    return element === null ? null : (byElement.get(element) ?? null);
  };
  canvas.addEventListener("click", (event) => {
    const box = boxAt(event.target);
    if (box !== null) pickBox(box, false);
    else canvas.focus({ preventScroll: true });
  });
  canvas.addEventListener("focusin", (event) => {
    const box = boxAt(event.target);
    if (box?.element.matches(":focus-visible")) view.show(box.element);
  });
  canvas.addEventListener("keydown", (event) => {
    if (!isPlain(event)) return;
    const box = boxAt(event.target);
    const arrow = ARROWS.get(event.key);
    if (arrow !== undefined) {
      if (box === null || event.shiftKey) view.pan(arrow[0] * STEP, arrow[1] * STEP);
      else neighbour(box, event.key)?.element.focus({ preventScroll: true });
    } else if (event.key === "+" || event.key === "=") view.zoom(1.25);
    else if (event.key === "-") view.zoom(0.8);
    else if (event.key === "0") view.fit();
    else if ((event.key === "Enter" || event.key === " ") && box !== null) pickBox(box, true);
    else return;
    event.preventDefault();
  });
  canvas.parentElement?.append(
    el(
      "div",
      { class: "tools", role: "group", "aria-label": "Zoom" },
      button("−", { class: "square", "aria-label": "Zoom out", title: "Zoom out (-)" }, () => view.zoom(0.8)),
      button("+", { class: "square", "aria-label": "Zoom in", title: "Zoom in (+)" }, () => view.zoom(1.25)),
      button("Fit", { title: "Show all of it (0)" }, () => view.fit()),
    ),
  );

  return {
    choose(n) {
      const box = n === null ? null : (byNumber.get(n) ?? null);
      number = n;
      if (box !== chosen) {
        chosen?.element.classList.remove("chosen");
        for (const { element, from, to } of edges)
          element.classList.toggle("near", box !== null && (from === box || to === box));
        chosen = box;
        box?.element.classList.add("chosen");
      }
      const id = n === null ? "" : (data.nodes[n]?.id ?? "");
      for (const each of elements) each.element.classList.toggle("chosen", id.startsWith(`${each.id}.`));
      if (box !== null) view.show(box.element);
    },
    light(nodes) {
      for (const box of boxes)
        box.element.classList.toggle("away", nodes !== null && !box.nodes.some((n) => nodes.has(n)));
      for (const { element } of edges) element.classList.toggle("away", nodes !== null);
    },
    focus(n) {
      const box = byNumber.get(n);
      box?.element.focus({ preventScroll: true });
      return box !== undefined;
    },
  };
}

const ARROWS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["ArrowUp", [0, -1]],
  ["ArrowDown", [0, 1]],
  ["ArrowLeft", [-1, 0]],
  ["ArrowRight", [1, 0]],
]);

interface Edge {
  readonly element: Element;
  readonly from: Box | undefined;
  readonly to: Box | undefined;
}

/** Of each node, those that wait for it. */
function afterEach({ nodes }: PageData): number[][] {
  const after: number[][] = nodes.map(() => []);
  for (const [n, { before }] of nodes.entries()) for (const each of before) after[each]?.push(n);
  return after;
}

/** Elements of a loop whose steps are drawn once for all, as the map of its waves shows them. */
function elementsOf(
  svg: SVGSVGElement,
  data: PageData,
): { readonly element: SVGGElement; readonly id: string; readonly first: number }[] {
  const firsts = new Map<string, number>();
  data.nodes.forEach(({ id }, n) => {
    for (let at = id.indexOf("]."); at !== -1; at = id.indexOf("].", at + 1)) {
      const element = id.slice(0, at + 1);
      if (!firsts.has(element)) firsts.set(element, n);
    }
  });
  return [...svg.querySelectorAll<SVGGElement>("g.element-of")].flatMap((element) => {
    const id = element.dataset.id ?? "";
    const first = firsts.get(id);
    return first === undefined ? [] : [{ element, id, first }];
  });
}

function numbersOf({ dataset }: SVGGElement, data: PageData): number[] {
  const start = dataset.hook === undefined ? 0 : (data.hooks[Number(dataset.hook)] ?? 0);
  return (dataset.nodes ?? dataset.hookNodes ?? "")
    .split(" ")
    .filter((n) => n !== "")
    .map((n) => start + Number(n));
}

function read(svg: SVGSVGElement, data: PageData): { readonly boxes: readonly Box[]; readonly edges: readonly Edge[] } {
  const boxes: Box[] = [];
  for (const element of svg.querySelectorAll<SVGGElement>("g.node"))
    boxes.push({
      element,
      nodes: numbersOf(element, data),
      isJoin: element.classList.contains("join"),
    });
  const byId = new Map(boxes.map((box) => [box.element.id, box]));
  const edges = [...svg.querySelectorAll<SVGGElement>("g.edge")].map((element) => {
    const from = byId.get(element.dataset.from ?? "");
    const to = byId.get(element.dataset.to ?? "");
    return { element, from, to };
  });
  return { boxes, edges };
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function placeOf({ element }: Box): Place {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

function nearest(boxes: readonly Box[], to: Place): Box | null {
  let best: Box | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const box of boxes) {
    const { x, y } = placeOf(box);
    const far = Math.hypot(x - to.x, y - to.y);
    if (far < least) [best, least] = [box, far];
  }
  return best;
}

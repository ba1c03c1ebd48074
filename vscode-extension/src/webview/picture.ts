/** The picture of a plan: put in without its style becoming part of the page, chosen in, zoomed, and marked with what undo would do. */
import type { Undo } from "../protocol.ts";
import { el, revealIn } from "./dom.ts";

const SVG = "http://www.w3.org/2000/svg";
const [LEAST, MOST, STEP] = [0.25, 3, 1.25];

export class Picture {
  readonly element: HTMLElement;
  readonly #canvas = el("div", { class: "canvas", tabindex: 0, role: "group", "aria-label": "Picture of the plan" });
  readonly #style = new CSSStyleSheet();
  #svg: SVGSVGElement | null = null;
  /** Null fits it to the width there is. */
  #zoom: number | null = null;

  constructor(chosen: (node: number, focus: boolean) => void) {
    document.adoptedStyleSheets.push(this.#style);
    const button = (text: string, label: string, act: () => void): HTMLElement => {
      const made = el("button", { type: "button", class: "tool", "aria-label": label, title: label }, text);
      made.addEventListener("click", act);
      return made;
    };
    const tools = el(
      "div",
      { class: "zoom" },
      button("−", "Smaller (-)", () => this.zoomBy(1 / STEP)),
      button("+", "Larger (+)", () => this.zoomBy(STEP)),
      button("Fit", "Fit to the width (0)", () => this.fit()),
    );
    this.element = el("section", { class: "picture", "aria-label": "Picture" }, tools, this.#canvas);
    const nodeOf = (event: Event): number | null => {
      const target = event.target instanceof Element ? event.target.closest("g.node[data-nodes]") : null;
      const [first] = indexesOf(target);
      return first ?? null;
    };
    this.#canvas.addEventListener("click", (event) => {
      const node = nodeOf(event);
      if (node !== null) chosen(node, false);
    });
    this.#canvas.addEventListener("dblclick", (event) => {
      const node = nodeOf(event);
      if (node !== null) chosen(node, true);
    });
    this.#canvas.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? STEP : 1 / STEP);
      },
      { passive: false },
    );
    new ResizeObserver(() => this.#scale()).observe(this.#canvas);
  }

  /** Null where there is too much to be drawn. */
  show(svg: string | null): void {
    const { scrollTop, scrollLeft } = this.#canvas;
    // The policy of the page takes no style from elsewhere, not even while it is parsed; a sheet that the script makes is its own.
    const styles: string[] = [];
    const bare = svg?.replace(/<style>([^<]*)<\/style>/g, (_, text: string) => {
      styles.push(text);
      return "";
    });
    const root = bare === undefined ? null : new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
    if (root === null || root.localName !== "svg") {
      this.#svg = null;
      this.#canvas.replaceChildren(
        el("p", { class: "quiet" }, "The plan is too large to be drawn: the steps below are all of it."),
      );
      return;
    }
    this.#style.replaceSync(styles.join("\n"));
    this.#svg = document.importNode(root, true) as unknown as SVGSVGElement;
    this.#canvas.replaceChildren(this.#svg);
    this.#scale();
    this.#canvas.scrollTo(scrollLeft, scrollTop);
  }

  zoomBy(factor: number): void {
    this.#zoom = Math.min(MOST, Math.max(LEAST, this.#factor() * factor));
    this.#scale();
  }

  fit(): void {
    this.#zoom = null;
    this.#scale();
  }

  #width(): number {
    return this.#svg?.viewBox.baseVal.width ?? 0;
  }

  /** As it is drawn: at most in its own size where it is fitted. */
  #factor(): number {
    if (this.#zoom !== null) return this.#zoom;
    const width = this.#width();
    return width === 0 ? 1 : Math.min(1, Math.max(LEAST, (this.#canvas.clientWidth - 8) / width));
  }

  #scale(): void {
    if (this.#svg === null) return;
    const { width, height } = this.#svg.viewBox.baseVal;
    const factor = this.#factor();
    this.#svg.setAttribute("width", String(Math.round(width * factor)));
    this.#svg.setAttribute("height", String(Math.round(height * factor)));
  }

  /** Marks what is chosen, and what the cursor is in; `reveal` brings the first of it into sight. */
  mark(how: "chosen" | "cursor", nodes: ReadonlySet<number>, reveal: boolean): void {
    let first: Element | null = null;
    for (const element of this.#boxes()) {
      const marked = indexesOf(element).some((index) => nodes.has(index));
      element.classList.toggle(how, marked);
      if (marked) first ??= element;
    }
    if (reveal && first !== null) revealIn(this.#canvas, first);
  }

  /** The order of undo as numbers on the boxes; null takes it away. */
  undo(undo: Undo | null, failed: number | null): void {
    this.#svg?.classList.toggle("undoing", failed !== null);
    for (const badge of [...(this.#svg?.querySelectorAll("g.badge") ?? [])]) badge.remove();
    const wave = new Map(undo?.waves.flatMap((nodes, i) => nodes.map((node) => [node, i + 1] as const)) ?? []);
    const stays = new Set([...(undo?.kept ?? []), ...(undo?.points ?? [])]);
    const maybe = new Set(undo?.maybe ?? []);
    for (const element of this.#boxes()) {
      const nodes = indexesOf(element);
      const orders = nodes.flatMap((node) => wave.get(node) ?? []);
      element.classList.toggle("undone", orders.length > 0);
      element.classList.toggle(
        "stays",
        nodes.some((node) => stays.has(node)),
      );
      element.classList.toggle(
        "perhaps",
        nodes.some((node) => maybe.has(node)),
      );
      element.classList.toggle("fails", failed !== null && nodes.includes(failed));
      if (orders.length > 0) element.append(badge(element, orders));
    }
  }

  #boxes(): Element[] {
    return [...(this.#svg?.querySelectorAll("g.node[data-nodes]") ?? [])];
  }
}

function indexesOf(element: Element | null): number[] {
  const text = element?.getAttribute("data-nodes") ?? "";
  return text === "" ? [] : text.split(" ").map(Number);
}

/** `↶ 2`, at the corner of a box. */
function badge(box: Element, orders: readonly number[]): SVGGElement {
  const shape = box.querySelector<SVGGraphicsElement>(".shape");
  const { x, y, width } = shape?.getBBox() ?? { x: 0, y: 0, width: 0 };
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", "badge");
  const [least, most] = [Math.min(...orders), Math.max(...orders)];
  const words = least === most ? `↶ ${least}` : `↶ ${least}–${most}`;
  const size = 12 + words.length * 6;
  const rect = document.createElementNS(SVG, "rect");
  const text = document.createElementNS(SVG, "text");
  for (const [name, value] of Object.entries({ x: x + width - size + 6, y: y - 8, width: size, height: 16, rx: 8 }))
    rect.setAttribute(name, String(value));
  for (const [name, value] of Object.entries({ x: x + width - size / 2 + 6, y: y + 4, "text-anchor": "middle" }))
    text.setAttribute(name, String(value));
  text.textContent = words;
  group.append(rect, text);
  return group;
}

/** All steps in their order, as a list for the keyboard; and all there is to say of the one that is chosen. */
import type { Plan, PlanNode, Undo } from "../protocol.ts";
import { el, revealIn } from "./dom.ts";

export interface Chosen {
  choose(node: number | null): void;
  open(node: number): void;
  undo(node: number): void;
}

export class Steps {
  readonly element: HTMLElement;
  readonly details = el("section", { class: "details", "aria-live": "polite", "aria-label": "The chosen step" });
  readonly #list = el("ul", { role: "listbox", tabindex: 0, "aria-label": "Steps" });
  readonly #act: Chosen;
  #nodes: readonly PlanNode[] = [];
  #chosen: number | null = null;

  constructor(act: Chosen) {
    this.#act = act;
    this.element = el("section", { class: "steps" }, el("h2", {}, "Steps"), this.#list);
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => {
      const node = this.#nodeOf(event);
      if (node !== null) act.choose(node);
    });
    this.#list.addEventListener("dblclick", (event) => {
      const node = this.#nodeOf(event);
      if (node !== null) act.open(node);
    });
    this.#list.addEventListener("focus", () => {
      const [first] = this.#nodes;
      if (this.#chosen === null && first !== undefined) act.choose(first.index);
    });
  }

  show({ nodes, left }: Plan): void {
    this.#nodes = nodes;
    const items = nodes.map(({ index, id, word, what, irreversible }) =>
      el(
        "li",
        { role: "option", id: `step-${index}`, "data-node": index },
        el("span", { class: `word ${word}` }, word),
        el("code", { class: "id" }, id),
        el("span", { class: "what" }, what),
        irreversible ? el("span", { class: "grave" }, "cannot be undone") : null,
      ),
    );
    this.#list.replaceChildren(...items, ...(left > 0 ? [el("li", { class: "quiet" }, `and ${left} more`)] : []));
  }

  focus(): void {
    this.#list.focus();
  }

  node(index: number | null): PlanNode | null {
    return this.#nodes.find((node) => node.index === index) ?? null;
  }

  indexOf(id: string): number | null {
    return this.#nodes.find((node) => node.id === id)?.index ?? null;
  }

  mark(how: "cursor", nodes: ReadonlySet<number>): void {
    for (const item of this.#list.querySelectorAll("[data-node]"))
      item.classList.toggle(how, nodes.has(Number(item.getAttribute("data-node"))));
  }

  chosen(index: number | null): void {
    this.#chosen = index;
    for (const item of this.#list.querySelectorAll("[data-node]")) {
      const is = Number(item.getAttribute("data-node")) === index;
      item.setAttribute("aria-selected", String(is));
      if (is) revealIn(this.#list, item);
    }
    if (index === null) this.#list.removeAttribute("aria-activedescendant");
    else this.#list.setAttribute("aria-activedescendant", `step-${index}`);
    this.#describe();
  }

  #describe(): void {
    const node = this.node(this.#chosen);
    if (node === null) {
      this.details.replaceChildren(el("p", { class: "quiet" }, "Choose a step to see more of it."));
      return;
    }
    const button = (text: string, key: string, act: () => void): HTMLElement => {
      const made = el("button", { type: "button", title: `${text} (${key})` }, text);
      made.addEventListener("click", act);
      return made;
    };
    this.details.replaceChildren(
      el("h3", {}, el("span", { class: `word ${node.word}` }, node.word), " ", el("code", {}, node.id)),
      el("p", {}, node.what),
      el("dl", {}, ...node.details.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
      el(
        "p",
        { class: "buttons" },
        node.location === null ? null : button("Go to source", "Enter", () => this.#act.open(node.index)),
        button("What if it fails?", "u", () => this.#act.undo(node.index)),
      ),
    );
  }

  /** In words, below what is said of the step. */
  undo(failed: number, undo: Undo | null): void {
    const before = this.details.querySelector(".undo");
    before?.remove();
    const name = (index: number): string => this.node(index)?.id ?? `node ${index}`;
    const names = (all: readonly number[]): string => all.map(name).join(", ");
    const line = (head: string, all: readonly number[]): HTMLElement | null =>
      all.length === 0 ? null : el("p", {}, el("strong", {}, head), ` ${names(all)}`);
    const body =
      undo === null
        ? [el("p", {}, "Nothing is undone: the action says so.")]
        : [
            undo.waves.length === 0
              ? el("p", {}, "There is nothing to undo.")
              : el("ol", {}, ...undo.waves.map((wave) => el("li", {}, names(wave)))),
            line("Cannot be undone, and may have taken place:", undo.points),
            line("Stays, since something that cannot be undone rests on it:", undo.kept),
            line("Undone too, if it has begun by then:", undo.maybe),
            undo.within === null
              ? null
              : el("p", { class: "quiet" }, `Of ${undo.within} alone: its loop tolerates that it fails.`),
          ];
    this.details.append(
      el(
        "div",
        { class: "undo" },
        el("h4", {}, `If ${name(failed)} fails, undo goes:`),
        ...body.filter((each) => each !== null),
      ),
    );
  }

  #nodeOf(event: Event): number | null {
    const item = event.target instanceof Element ? event.target.closest("[data-node]") : null;
    return item === null ? null : Number(item.getAttribute("data-node"));
  }

  #key(event: KeyboardEvent): void {
    const at = this.#nodes.findIndex(({ index }) => index === this.#chosen);
    const last = this.#nodes.length - 1;
    const to: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: last,
      PageDown: at + 10,
      PageUp: at - 10,
    };
    const target = to[event.key];
    const current = this.#nodes[at];
    if (target !== undefined) this.#act.choose(this.#nodes[Math.min(last, Math.max(0, target))]?.index ?? null);
    else if (event.key === "Enter" && current !== undefined) this.#act.open(current.index);
    else return;
    event.preventDefault();
  }
}

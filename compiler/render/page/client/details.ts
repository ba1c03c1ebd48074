/** All there is to know of the chosen node, beside the outline and the picture: what stands folded in its row. */
import type { PageData } from "../data.ts";
import { copyButton } from "./copy.ts";
import { button, el, hashOf } from "./dom.ts";
import { undoView } from "./undo.ts";

export interface Details {
  show(n: number, row: HTMLElement): void;
  hide(): void;
  focus(): void;
}

export function makeDetails(
  panes: HTMLElement,
  data: PageData,
  close: () => void,
  light: (nodes: ReadonlySet<number> | null) => void,
): Details {
  const aside = el("aside", { class: "details", "aria-label": "Details of the chosen step", hidden: "" });
  panes.append(aside);
  let title: HTMLElement | null = null;

  return {
    show(n, row) {
      const head = row.querySelector("summary");
      const body = row.querySelector(".body")?.cloneNode(true) ?? later(n);
      title = el("h3", { tabindex: "-1" });
      if (head !== null) title.append(...[...head.childNodes].map((child) => child.cloneNode(true)));
      const tools = el("div", { class: "tools" });
      if (n < data.own) tools.append(undoButton(data, n, aside, light));
      tools.append(copyButton(() => location.href.replace(/#.*/, "") + hashOf(data.nodes[n]?.id ?? ""), "Copy link"));
      aside.replaceChildren(
        el(
          "div",
          { class: "details-head" },
          el("div", {}, title, tools),
          button("×", { class: "square", "aria-label": "Close details", title: "Close (Esc)" }, close),
        ),
      );
      if (body !== null) aside.append(body);
      aside.scrollTop = 0;
      aside.hidden = false;
      panes.classList.add("with-details");
    },
    hide() {
      aside.hidden = true;
      aside.replaceChildren();
      panes.classList.remove("with-details");
    },
    focus: () => title?.focus(),
  };
}

/** What stands between details that are kept apart. */
const BETWEEN = "<hr>";
let kept: string[] | null = null;

/** Of a large plan: made from what the renderer has written into this very page, its texts escaped. */
function later(n: number): Node | null {
  kept ??= (document.getElementById("page-later")?.textContent ?? "").split(BETWEEN);
  const body = kept[n];
  if (body === undefined || body === "") return null;
  const template = el("template");
  template.innerHTML = body;
  return template.content;
}

function undoButton(
  data: PageData,
  n: number,
  aside: HTMLElement,
  light: (nodes: ReadonlySet<number> | null) => void,
): HTMLElement {
  return button("If this fails …", { class: "small", "aria-expanded": "false" }, (event) => {
    const shown = aside.querySelector(".undo-path");
    shown?.remove();
    if (event.currentTarget instanceof HTMLElement)
      event.currentTarget.setAttribute("aria-expanded", String(shown === null));
    if (shown !== null) return light(null);
    const { element, nodes } = undoView(data, n);
    aside.querySelector(".details-head")?.after(element);
    light(nodes);
  });
}

/**
 * Makes the page one to explore. Everything to be read stands there without it: this chooses, finds, moves and folds, and
 * loads nothing.
 */
import type { PageData } from "../data.ts";
import { makeCorner } from "./corner.ts";
import { makeDetails } from "./details.ts";
import { button, el, hashOf, isPlain, isTyping, NARROW } from "./dom.ts";
import { makeGraph } from "./graph.ts";
import { makeOutline } from "./outline.ts";

function start(): void {
  const told = document.getElementById("page-data")?.textContent;
  const panes = document.querySelector<HTMLElement>(".panes");
  const list = document.querySelector<HTMLElement>(".outline");
  const bar = document.querySelector<HTMLElement>(".bar");
  if (told == null || panes === null || list === null || bar === null) return;
  // Written by the renderer into this very page.
  const data = JSON.parse(told) as PageData;
  document.documentElement.classList.add("js");
  const numbers = new Map(data.nodes.map(({ id }, n) => [`node=${id}`, n]));
  const corner = makeCorner();
  tabs(panes, bar);

  let chosen: number | null = null;
  /** Where the keyboard was when details were opened. */
  let from: Element | null = null;

  const choose = (n: number | null, byKey = false): void => {
    if (n !== null && n === chosen && !byKey) return;
    chosen = n;
    graph?.light(null);
    if (n === null) details.hide();
    else {
      const row = outline.row(n);
      if (row === null) return elsewhere(`node=${data.nodes[n]?.id ?? ""}`);
      details.show(n, row);
    }
    outline.choose(n);
    graph?.choose(n);
    remember(n === null ? "" : hashOf(data.nodes[n]?.id ?? ""));
    if (byKey && n !== null) {
      from = document.activeElement;
      details.focus();
    }
  };
  const close = (): void => {
    const back = from;
    from = null;
    const inside = document.activeElement?.closest(".details") != null;
    choose(null);
    if (inside && (back instanceof HTMLElement || back instanceof SVGElement)) back.focus();
  };

  const outline = makeOutline(list, bar, choose, (matching) => graph?.light(matching));
  const canvas = document.getElementById("graph");
  const nameOf = (n: number): string =>
    outline.row(n)?.querySelector("summary")?.textContent ?? data.nodes[n]?.id ?? "";
  const graph = canvas === null ? null : makeGraph(canvas, data, nameOf, choose);
  const details = makeDetails(panes, data, close, (nodes) => graph?.light(nodes));

  const toPanes = (block: ScrollLogicalPosition): void => {
    if (!NARROW.matches) panes.scrollIntoView({ block });
    else if (chosen !== null) outline.row(chosen)?.querySelector("summary")?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#node="]') : null;
    const n = numbers.get(decoded(link?.getAttribute("href") ?? ""));
    if (link === null || n === undefined) return;
    event.preventDefault();
    choose(n, event.detail === 0);
    if (link.closest(".details") === null) toPanes("nearest");
  });
  const fromHash = (): void => {
    const n = numbers.get(decoded(location.hash));
    if (n === undefined) return;
    // The browser has opened the row itself, which the details stand for now.
    outline.row(n)?.querySelector("details")?.removeAttribute("open");
    choose(n);
    toPanes("center");
  };
  addEventListener("hashchange", fromHash);
  // Once more after the browser went there itself.
  addEventListener("load", () => {
    if (chosen === null) return;
    outline.choose(chosen);
    toPanes("center");
  });
  fromHash();

  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || !isPlain(event) || document.querySelector("dialog[open]") !== null) return;
    switch (event.key) {
      case "/":
        outline.search.focus();
        break;
      case "g":
        canvas?.focus();
        break;
      case "f":
        document.querySelector<HTMLElement>(".details-head button[aria-expanded]")?.click();
        break;
      case "t":
        corner.toggleTheme();
        break;
      case "?":
        corner.help();
        break;
      case "Escape":
        if (chosen === null) return;
        close();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
  printing(list);
}

/** `node=…` of `#node=…`; empty where it cannot be read. */
function decoded(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}

/** A page in a frame without an address of its own has none to remember it in. */
function remember(hash: string): void {
  try {
    history.replaceState(null, "", hash === "" ? location.pathname + location.search : hash);
  } catch {
    // Nothing is lost but the address.
  }
}

/** A node of a hook: its row stands in a part of its own. */
function elsewhere(id: string): void {
  const details = document.getElementById(id);
  if (!(details instanceof HTMLDetailsElement)) return;
  details.open = true;
  details.scrollIntoView({ block: "center" });
  details.querySelector("summary")?.focus({ preventScroll: true });
}

/** On a phone one of the two is shown. */
function tabs(panes: HTMLElement, bar: HTMLElement): void {
  if (panes.classList.contains("flat")) return;
  const names = ["outline", "graph"] as const;
  const show = (name: string): void => {
    panes.dataset.tab = name;
    for (const each of made) each.setAttribute("aria-pressed", String(each.dataset.tab === name));
  };
  const made = names.map((name) =>
    button(name === "outline" ? "Outline" : "Graph", { "data-tab": name }, () => show(name)),
  );
  bar.append(el("div", { class: "tabs tools", role: "group", "aria-label": "Show" }, ...made));
  show("outline");
}

/** Paper has room for what is folded away. */
function printing(list: HTMLElement): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    opened = [...list.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
}

start();

/** The outline with its keys, its search and its filters. */
import { button, el, NARROW } from "./dom.ts";

export interface Outline {
  /** Shows the row, its ancestors opened, and marks it as chosen; null: none. */
  choose(n: number | null): void;
  row(n: number): HTMLElement | null;
  focus(n: number): void;
  readonly search: HTMLInputElement;
}

interface Row {
  readonly n: number;
  readonly item: HTMLElement;
  readonly summary: HTMLElement;
  readonly is: string;
  /** What is searched, in lower case; made at the first search. */
  text: string | null;
}

/** Above this many found rows, lists stay as they are: opening them all would take a while and show nobody anything. */
const MOST_OPENED = 400;

export function makeOutline(
  list: HTMLElement,
  bar: HTMLElement,
  pick: (n: number, byKey: boolean) => void,
  found: (matching: ReadonlySet<number> | null) => void,
): Outline {
  const rows: Row[] = [];
  for (const item of list.querySelectorAll<HTMLElement>("li.node")) {
    const summary = item.querySelector<HTMLElement>("summary");
    if (summary === null) continue;
    rows.push({ n: Number(item.dataset.n), item, summary, is: item.dataset.is ?? "", text: null });
  }
  const byNumber = new Map(rows.map((row) => [row.n, row]));
  let chosen: Row | null = null;

  list.addEventListener("click", (event) => {
    const summary = event.target instanceof Element ? event.target.closest("summary") : null;
    const item = summary?.closest<HTMLElement>("li.node");
    if (item == null) return;
    event.preventDefault();
    pick(Number(item.dataset.n), event.detail === 0);
  });
  list.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLElement && event.target.tagName === "SUMMARY") walk(event, event.target);
  });

  const { search, apply } = filters(list, bar, rows, found);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      const first = rows.find(({ item }) => !item.hidden);
      if (first !== undefined) pick(first.n, false);
    } else if (event.key === "Escape" && search.value !== "") {
      event.stopPropagation();
      search.value = "";
      apply();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      firstRow(list)?.focus();
    }
  });

  return {
    search,
    row: (n) => byNumber.get(n)?.item ?? null,
    focus: (n) => byNumber.get(n)?.summary.focus(),
    choose(n) {
      chosen?.summary.classList.remove("chosen");
      chosen?.summary.removeAttribute("aria-current");
      chosen = n === null ? null : (byNumber.get(n) ?? null);
      if (chosen === null) return;
      for (let at = chosen.item.parentElement; at !== null && at !== list; at = at.parentElement)
        if (at instanceof HTMLDetailsElement) at.open = true;
      chosen.summary.classList.add("chosen");
      chosen.summary.setAttribute("aria-current", "true");
      scrollTo(list, chosen.summary);
    },
  };
}

/** Within the list alone, so that the page itself does not move; where the list is as long as it is, by the page. */
function scrollTo(list: HTMLElement, row: HTMLElement): void {
  if (list.scrollHeight <= list.clientHeight + 1)
    return NARROW.matches ? row.scrollIntoView({ block: "nearest" }) : undefined;
  const outer = list.getBoundingClientRect();
  const inner = row.getBoundingClientRect();
  if (inner.top < outer.top + 8) list.scrollTop -= outer.top - inner.top + outer.height / 4;
  else if (inner.bottom > outer.bottom - 8) list.scrollTop += inner.bottom - outer.bottom + outer.height / 4;
}

function filters(
  list: HTMLElement,
  bar: HTMLElement,
  rows: readonly Row[],
  found: (matching: ReadonlySet<number> | null) => void,
): { readonly search: HTMLInputElement; readonly apply: () => void } {
  const search = el("input", {
    type: "search",
    placeholder: "Search id, resource, operation  /",
    "aria-label": "Search steps by id, resource or operation",
    autocomplete: "off",
    spellcheck: "false",
  });
  const told = el("span", { class: "found quiet", role: "status" });
  const wanted = new Set<string>();
  const opened: HTMLDetailsElement[] = [];
  const containers = [...list.querySelectorAll<HTMLElement>("li:not(.node)")].reverse();

  const apply = (): void => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const all = words.length === 0 && wanted.size === 0;
    const matching = new Set<number>();
    for (const details of opened.splice(0)) details.open = false;
    for (const row of rows) {
      const fits =
        all || ((wanted.size === 0 || wanted.has(row.is)) && words.every((word) => textOf(row).includes(word)));
      row.item.hidden = !fits;
      if (fits) matching.add(row.n);
    }
    for (const item of containers)
      item.hidden = !all && item.querySelector(":scope > details > ol > li:not([hidden])") === null;
    if (!all && matching.size <= MOST_OPENED)
      for (const item of containers) {
        const details = item.querySelector<HTMLDetailsElement>(":scope > details");
        if (item.hidden || details === null || details.open) continue;
        details.open = true;
        opened.push(details);
      }
    told.textContent = all ? "" : `${matching.size} of ${rows.length}`;
    found(all ? null : matching);
  };

  search.addEventListener("input", apply);
  const kinds = [...new Set(rows.map(({ is }) => is))];
  const chips = kinds.map((is) =>
    button(is, { class: `kind ${is}`, "aria-pressed": "false" }, (event) => {
      const on = !wanted.has(is);
      if (on) wanted.add(is);
      else wanted.delete(is);
      if (event.currentTarget instanceof HTMLElement) event.currentTarget.setAttribute("aria-pressed", String(on));
      apply();
    }),
  );
  const fold = (open: boolean) => (): void => {
    for (const details of list.querySelectorAll<HTMLDetailsElement>("li:not(.node) > details")) details.open = open;
  };
  bar.append(
    el(
      "div",
      { class: "tools", role: "search" },
      search,
      ...(kinds.length > 1 ? [el("span", { class: "tools", role: "group", "aria-label": "Show only" }, ...chips)] : []),
      ...(containers.length > 0
        ? [
            button("Unfold", { title: "Open all loops" }, fold(true)),
            button("Fold", { title: "Close all loops" }, fold(false)),
          ]
        : []),
      told,
    ),
  );
  return { search, apply };
}

function textOf(row: Row): string {
  row.text ??= `${row.item.querySelector("details")?.id ?? ""} ${row.summary.textContent}`.toLowerCase();
  return row.text;
}

/** Arrow keys from row to row, as in a tree: right opens, left closes or goes up. */
function walk(event: KeyboardEvent, summary: HTMLElement): void {
  const item = summary.closest("li");
  if (item === null) return;
  const details = summary.parentElement;
  const folds = details instanceof HTMLDetailsElement && !item.classList.contains("node") ? details : null;
  const target = ((): HTMLElement | null | undefined => {
    switch (event.key) {
      case "ArrowDown":
        return next(item);
      case "ArrowUp":
        return previous(item);
      case "ArrowRight":
        if (folds === null) return null;
        if (folds.open) return next(item);
        folds.open = true;
        return summary;
      case "ArrowLeft":
        if (folds?.open === true) {
          folds.open = false;
          return summary;
        }
        return summaryOf(item.parentElement?.closest("li") ?? null);
      default:
        return undefined;
    }
  })();
  if (target === undefined) return;
  event.preventDefault();
  target?.focus();
}

const shown = (item: Element | null): item is HTMLElement => item instanceof HTMLElement && !item.hidden;
const summaryOf = (item: Element | null): HTMLElement | null =>
  item?.querySelector<HTMLElement>(":scope > details > summary") ?? null;
const childrenOf = (item: Element): HTMLElement[] =>
  [...item.querySelectorAll(":scope > details[open] > ol > li")].filter(shown);

function firstRow(list: HTMLElement): HTMLElement | null {
  return summaryOf([...list.querySelectorAll(":scope > ol > li")].find(shown) ?? null);
}

function next(item: HTMLElement): HTMLElement | null {
  const [child] = item.classList.contains("node") ? [] : childrenOf(item);
  if (child !== undefined) return summaryOf(child);
  for (let at: Element | null = item; at !== null; at = at.parentElement?.closest("li") ?? null) {
    for (let sibling = at.nextElementSibling; sibling !== null; sibling = sibling.nextElementSibling)
      if (shown(sibling)) return summaryOf(sibling);
  }
  return null;
}

function previous(item: HTMLElement): HTMLElement | null {
  for (let sibling = item.previousElementSibling; sibling !== null; sibling = sibling.previousElementSibling) {
    if (!shown(sibling)) continue;
    let last: HTMLElement = sibling;
    while (!last.classList.contains("node")) {
      const inner = childrenOf(last).at(-1);
      if (inner === undefined) break;
      last = inner;
    }
    return summaryOf(last);
  }
  return summaryOf(item.parentElement?.closest("li") ?? null);
}

/** The outline: steps as nested lists, with loops and their elements, each step with all there is to know of it folded away. */
import type { PlanHook, PlanNode } from "../../plan/plan.schema.ts";
import type { Fate } from "../happened.ts";
import { type Element, type Item, type Loop, outline, type Part } from "../outline.ts";
import { brief } from "../show-value.ts";
import { deadlineWords, plural, wavesWords, wordOf } from "../words.ts";
import { type Book, fateOf, loopAnchor } from "./book.ts";
import { type Html, html, markup, NOTHING } from "./html.ts";
import { fateClass, nodeBody, nodeHead } from "./node.ts";

/** Elements that differ are shown opened up to here. */
const MOST_OPEN = 8;

/** All steps of the plan. */
export function stepsHtml(book: Book): Html {
  return html`<ol class="items">${itemsHtml(book, outline(book.plan))}</ol>`;
}

/** What a hook does. */
export function hookHtml(book: Book, { event, nodes }: PlanHook): Html {
  return html`<ol class="items">${itemsHtml(book, outline({ nodes, parts: book.plan.parts }, `on_${event}`))}</ol>`;
}

const itemsHtml = (book: Book, items: readonly Item[]): Html[] => items.map((item) => itemHtml(book, item));

function itemHtml(book: Book, item: Item): Html {
  switch (item.kind) {
    case "node":
      return nodeItem(book, item.node, item.name);
    case "loop":
      return loopItem(book, item.loop);
    case "part":
      return partItem(book, item.part);
  }
}

function nodeItem(book: Book, node: PlanNode, name: string): Html {
  const at = book.index.get(node.id) ?? 0;
  return html`<li class="node" data-n="${at}" data-is="${wordOf(node)}"><details id="${book.anchors[at] ?? ""}"><summary>${nodeHead(book, node, name)}</summary>${book.lazy ? NOTHING : bodyHtml(book, node)}</details></li>`;
}

const bodyHtml = (book: Book, node: PlanNode): Html => html`<div class="body">${nodeBody(book, node)}</div>`;

/** Stands between details that are kept apart; no template makes one. */
const BETWEEN = "<hr>";

/** The details of all nodes, in their order, for the page's script. Nothing in them ends a `script`: all texts are escaped. */
export function laterHtml(book: Book): Html {
  if (!book.lazy) return NOTHING;
  const bodies = book.nodes.map((node) => (node.kind === "join" ? "" : bodyHtml(book, node).markup));
  return html`<noscript><p class="box">With ${plural(book.nodes.length, "node")} the plan is too large for all details to be on the page at once: they need JavaScript. <code>opsc show</code> shows all of it as text.</p></noscript><script type="text/plain" id="page-later">${markup(bodies.join(BETWEEN))}</script>`;
}

function loopItem(book: Book, loop: Loop): Html {
  const order = wavesWords(loop);
  const alike = loop.each !== null && loop.each.holes.length === 0;
  const open = loop.elements.length <= MOST_OPEN;
  const waveOf = new Map(loop.waves.flatMap((wave, i) => wave.map((key) => [key, i + 1] as const)));
  const waves = loop.waves.length > 1 && loop.waves.length < loop.elements.length;
  return html`<li class="loop"><details open id="${loopAnchor(loop.id)}"><summary><span class="word loop">for each</span> <span class="name">${brief(loop.name, 160)}</span> <span class="res">${plural(loop.elements.length, "element")}${order === null ? "" : `, ${order}`}${alike ? ", all alike" : ""}</span></summary><ol>${loop.elements.map(
    (element, i) =>
      elementItem(
        book,
        element,
        // Of those that are alike, one shows what all of them do.
        alike ? i === 0 : open,
        waves ? (waveOf.get(element.key) ?? null) : null,
      ),
  )}${pausesOf(book, loop)}</ol></details></li>`;
}

/** Nodes that wait between two waves: they are no elements, and have their place after them. */
function pausesOf(book: Book, { pauseIds }: Loop): Html[] {
  return [...pauseIds].flatMap((id) => {
    const node = book.nodes[book.index.get(id) ?? -1];
    return node === undefined ? [] : [nodeItem(book, node, `after ${id.slice(id.lastIndexOf("[") + 1, -1)}`)];
  });
}

/** An action that a step runs: what it is given, and below it what it does. */
function partItem(book: Book, { name, plan, items }: Part): Html {
  const about = [
    ...(plan.action.title === plan.action.name ? [] : [brief(plan.action.title, 120)]),
    ...(plan.action.risk === null ? [] : [`risk ${brief(plan.action.risk, 40)}`]),
    ...(plan.timeout === null ? [] : [deadlineWords(plan.timeout)]),
  ];
  return html`<li class="part-of"><details open><summary><span class="word loop">run</span> <span class="name">${brief(name, 160)}</span> <span class="op">${brief(plan.action.name, 80)}</span> <span class="res">${about.join(" · ")}</span>${
    plan.when.length > 0 ? html` <span class="mark">conditional</span>` : ""
  }</summary><ol>${itemsHtml(book, items)}</ol></details></li>`;
}

function elementItem(book: Book, element: Element, open: boolean, wave: number | null): Html {
  const fates = new Map<Fate, number>();
  countFates(book, element.items, fates);
  const bad = BAD.some((fate) => fates.has(fate));
  const attribute = open || bad ? html` open` : NOTHING;
  return html`<li class="element"><details${attribute}><summary><span class="key">${brief(element.key, 120)}</span>${wave === null ? "" : html` <span class="res">wave ${wave}</span>`}${fatesHtml(fates)}</summary><ol>${itemsHtml(book, element.items)}</ol></details></li>`;
}

/** What nobody should have to look for. */
const BAD: readonly Fate[] = ["failed", "undo failed", "unknown", "retrying", "waiting"];

function countFates(book: Book, items: readonly Item[], into: Map<Fate, number>): void {
  for (const item of items) {
    switch (item.kind) {
      case "node": {
        const fate = fateOf(book, item.node.id)?.fate;
        if (fate !== undefined && fate !== "pending") into.set(fate, (into.get(fate) ?? 0) + 1);
        break;
      }
      case "loop":
        for (const element of item.loop.elements) countFates(book, element.items, into);
        break;
      case "part":
        countFates(book, item.part.items, into);
        break;
    }
  }
}

/** `3 done, 1 failed`. */
function fatesHtml(fates: ReadonlyMap<Fate, number>): Html {
  return html`${[...fates].map(([fate, n]) => html` <span class="fate ${fateClass(fate)}">${n} ${fate}</span>`)}`;
}

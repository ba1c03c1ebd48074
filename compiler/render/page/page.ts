/**
 * A plan, or a run of it, as one HTML page to explore: it needs nothing else, asks nobody for anything, and can be read
 * without its script. Its policy lets run only the script and the style that this file puts there.
 */
import type { PlanFile } from "../../plan/plan.schema.ts";
import { failureWords } from "../failing.ts";
import type { Happened } from "../happened.ts";
import { brief, count } from "../show-value.ts";
import { plural } from "../words.ts";
import { type Book, bookOf } from "./book.ts";
import { pageData } from "./data.ts";
import { graphHtml, PICTURE_STYLE_HASH } from "./graph.ts";
import { type Html, html, jsonInHtml, markup } from "./html.ts";
import { SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH } from "./page.generated.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { laterHtml, stepsHtml } from "./steps.ts";
import { topHtml } from "./top.ts";

/** Nothing is loaded, sent or framed; only the page's own style and script are taken. */
const POLICY = `default-src 'none'; style-src '${STYLE_HASH}' '${PICTURE_STYLE_HASH}'; script-src '${SCRIPT_HASH}'; img-src data:; base-uri 'none'; form-action 'none'`;

/** A whole HTML document. The same bytes for the same plan and the same happenings. */
export async function planPage(file: PlanFile, happened: Happened | null = null): Promise<string> {
  const book = bookOf(file, happened);
  const sections = sectionsOf(book);
  const graph = await graphHtml(file, happened);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${brief(file.plan.action.title, 120)} · opsc ${happened === null ? "plan" : "run"}</title>
<style>${markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#steps">Skip to the steps</a>
${topHtml(book)}
${goTo(sections)}
<main>
${sections.filter(({ first }) => first === true).map(sectionHtml)}${explore(book, graph)}
${sections.filter(({ wide, first }) => wide === true && first !== true).map(sectionHtml)}<div class="parts">
${sections.filter(({ wide }) => wide !== true).map(sectionHtml)}</div>
</main>
<footer class="quiet">opsc ${file.plan.opsc} · <code>${file.digest}</code></footer>
${laterHtml(book)}<script type="application/json" id="page-data">${jsonInHtml(pageData(book))}</script>
<script>${markup(SCRIPT)}</script>
</body>
</html>
`;
  return page.markup;
}

const sectionHtml = ({ id, title, count: n, body }: Section): Html =>
  html`<section class="part" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title} <small>${count(n)}</small></h2>${body}</section>\n`;

function goTo(sections: readonly Section[]): Html {
  const link = ({ id, title, count: n }: Section): Html =>
    html`<a href="#${id}">${title} <small>${count(n)}</small></a>`;
  const before = sections.filter(({ first }) => first === true);
  const after = sections.filter(({ first }) => first !== true);
  return html`<nav class="goto" aria-label="On this page">${before.map(link)}<a href="#steps">Steps</a>${after.map(link)}</nav>`;
}

/** The outline and the picture; the script puts what is chosen beside them. */
function explore(book: Book, graph: Html | null): Html {
  const { plan } = book;
  const picture =
    graph === null
      ? html`<p class="quiet none">With ${plural(plan.nodes.length, "node")} the plan is too large to be drawn: the outline shows all of it.</p>`
      : html`<div class="canvas" id="graph">${graph}</div>`;
  return html`<section class="explore" id="steps" aria-labelledby="steps-title">
<div class="bar"><h2 id="steps-title">Steps</h2><p class="quiet rule">${failureWords(plan).replace(/^a/, "A")}.</p></div>
<div class="panes${graph === null ? " flat" : ""}">
<div class="outline">${stepsHtml(book)}</div>
<div class="graph">${picture}</div>
</div>
</section>`;
}

/** All that is around the steps: what changes, who approves, which rules were asked and what they saw, what it rests on. */

import type { Value } from "../../ir/expr.ts";
import type { Plan, PlanGuardrail } from "../../plan/plan.schema.ts";
import { markIn } from "../../secret.ts";
import type { Type } from "../../types/type.ts";
import { windowsAt } from "../../window/at-plan.ts";
import { foldIds } from "../alike.ts";
import { type Change, changesHeadline, thingsIn } from "../changes.ts";
import { valueIn } from "../facts.ts";
import { failureWords } from "../failing.ts";
import { keepingWords } from "../keeping.ts";
import { showExpr } from "../show-expr.ts";
import { brief, count, showSaw } from "../show-value.ts";
import {
  appliesAlways,
  consequenceOf,
  deadlineWords,
  judgedFor,
  plural,
  requirementText,
  resourceText,
  shortDigest,
} from "../words.ts";
import { type Book, nodeLink, placeLinks } from "./book.ts";
import { type Html, html, NOTHING } from "./html.ts";
import { approveBody } from "./node.ts";
import { hookHtml } from "./steps.ts";
import { callHtml, changeHtml, docHtml, saysSomething, terms, valueHtml } from "./values.ts";

/** A part of the page that can be gone to. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly count: number;
  /** Takes the whole width of the page. */
  readonly wide?: boolean;
  /** Stands before the steps. */
  readonly first?: boolean;
  readonly body: Html;
}

/** Those that have anything in them, in the order in which a reviewer asks. */
export function sectionsOf(book: Book): Section[] {
  return [changes, approvals, guardrails, inputs, facts, windows, keeping, hooks, restsOn]
    .map((make) => make(book))
    .filter(({ count: n, id }) => n > 0 || id === "guardrails");
}

/** Entries of one list before the rest is counted. */
const MOST = 200;

function limited<T>(items: readonly T[], show: (item: T) => Html, most = MOST): Html {
  const left = items.length - most;
  return html`${items.slice(0, most).map(show)}${left > 0 ? html`<li class="quiet">and ${count(left)} more</li>` : ""}`;
}

function changes(book: Book): Section {
  const found = book.allChanges;
  const unknown = found.filter((change) => !saysSomething(change));
  return {
    id: "changes",
    title: "Changes",
    wide: true,
    // Of a run it is asked first what became of each step.
    first: book.happened === null,
    count: thingsIn(found),
    body: html`<p class="quiet">${changesHeadline(found)}${
      unknown.length === 0
        ? ""
        : `; of ${unknown.length === found.length ? "none" : `${count(thingsIn(unknown))} not`} is it known how`
    }.</p><ul class="cards">${limited(found, (change) => changeCard(book, change))}</ul>`,
  };
}

function changeCard(book: Book, change: Change): Html {
  const [id = ""] = change.ids;
  const several = change.ids.length > 1;
  const name = foldIds(change.ids, (each) => each)[0]?.name ?? id;
  return html`<li class="card"><p><span class="word ${change.effect}">${change.effect}</span> ${several ? html`<strong>${brief(name, 120)}</strong>` : nodeLink(book, id)} on ${limitedCodes(change.resources)}</p>${changeHtml(change)}${several ? html`<p class="quiet">${placeLinks(book, change.ids)}</p>` : ""}</li>`;
}

function limitedCodes(texts: readonly string[]): Html {
  const left = texts.length - 12;
  return html`${texts.slice(0, 12).map((text, i) => html`${i === 0 ? "" : ", "}<code>${text}</code>`)}${left > 0 ? ` and ${count(left)} more` : ""}`;
}

function approvals(book: Book): Section {
  const found = book.plan.nodes.filter((node) => node.kind === "approve");
  return {
    id: "approvals",
    title: "Approvals",
    count: found.length,
    body: html`<ul class="cards">${limited(found, (node) => html`<li class="card"><p><span class="word approval">approval</span> ${nodeLink(book, node.id)}</p>${approveBody(book, node)}</li>`)}</ul>`,
  };
}

const STATUS: Readonly<Record<PlanGuardrail["status"], readonly [word: string, how: string, rank: number]>> = {
  fail: ["✗ fails", "grave", 0],
  deferred: ["… not known yet", "warning", 1],
  pass: ["✓ passes", "good", 2],
};

function guardrails(book: Book): Section {
  const found = book.plan.guardrails.toSorted((a, b) => STATUS[a.status][2] - STATUS[b.status][2]);
  return {
    id: "guardrails",
    title: "Guardrails",
    count: found.length,
    body:
      found.length === 0
        ? html`<p class="quiet">None applies to it.</p>`
        : html`<ul class="cards">${limited(found, guardrailCard)}</ul>`,
  };
}

function guardrailCard(g: PlanGuardrail): Html {
  const [word, how] = STATUS[g.status];
  const consequence = consequenceOf(g);
  const parts = judgedFor(g);
  const head = html`<span class="word ${how}">${word}</span> <strong>${brief(g.name, 120)}</strong> <small>${g.enforcement}${g.everyWrite ? ", asked before every write" : ""}</small>`;
  const body = html`${docHtml(g.doc)}${g.why === null ? "" : html`<p>${brief(g.why, 600)}</p>`}${consequence === null ? "" : html`<p class="quiet">${consequence}</p>`}<ul>${g.requires.map(
    (r) =>
      html`<li><span class="${STATUS[r.status][1]}">${STATUS[r.status][0]}</span> <code>${requirementText(r)}</code></li>`,
  )}</ul>${terms([
    appliesAlways(g) ? null : ["applies when", html`<code>${showExpr(g.when)}</code>`],
    ...g.saw.map(
      ({ name, value }) => [html`saw <code>${brief(name, 120)}</code>`, html`<code>${showSaw(value)}</code>`] as const,
    ),
    ...g.facts.map(
      ({ name, call, type, value }) =>
        [
          html`read <code>${brief(name, 120)}</code>`,
          html`${value.is === "known" ? valueHtml(value, type) : html`<em>${brief(`${name} ${value.why}`, 300)}</em>`} <small>${brief(`${call.instance}.${call.operation}`, 100)} of <code>${resourceText(call)}</code></small>`,
        ] as const,
    ),
    parts === null ? null : ["judged for", html`<code>${parts}</code>`],
    ["written at", html`<code>${brief(g.at, 200)}</code>`],
  ])}`;
  // What passes is there for those who ask; what does not is there for all.
  return g.status === "pass"
    ? html`<li class="card"><details><summary>${head}</summary><div class="body">${body}</div></details></li>`
    : html`<li class="card"><p>${head}</p>${body}</li>`;
}

function inputs(book: Book): Section {
  const { inputs: found, parts } = book.plan;
  const inner = parts.slice(1);
  return {
    id: "inputs",
    title: "Inputs",
    count: found.length + inner.length,
    body: html`${inputTerms(found.map((each) => ({ ...each, value: { is: "known", value: each.value } as const })))}${inner
      .slice(0, MOST)
      .map(
        (part) =>
          html`<h3>${brief(part.action.title, 160)} <code>${brief(part.id, 120)}</code></h3>${inputTerms(part.inputs)}`,
      )}${inner.length > MOST ? html`<p class="quiet">and ${count(inner.length - MOST)} more</p>` : ""}`,
  };
}

const inputTerms = (found: Plan["parts"][number]["inputs"]): Html =>
  terms(
    found.map(({ name, type, value }) => [html`<code>${brief(name, 120)}</code>`, valueHtml(value, type)] as const),
  );

const JSON_TYPE: Type = { kind: "json" };

function facts(book: Book): Section {
  const { facts: found, unread = [] } = book.plan;
  const used = (fact: Plan["facts"][number]): Html =>
    terms(
      fact.used.map(
        (path) =>
          [
            path.length === 0 ? "all of it" : html`<code>${brief(path.join("."), 160)}</code>`,
            valueHtml({ is: "known", value: valueIn(fact.value, path) }, path.length === 0 ? fact.type : JSON_TYPE),
          ] as const,
      ),
    );
  return {
    id: "facts",
    title: "Facts",
    count: found.length + unread.length,
    body: html`<p class="quiet">Read while planning. If one of these values has changed, the plan is refused.</p><ul class="cards">${limited(
      found,
      (fact) =>
        html`<li class="card"><p><strong>${brief(fact.id, 120)}</strong> of <code>${resourceText(fact.call)}</code></p>${fact.used.length === 0 ? html`<p class="quiet">nothing of it is used</p>` : used(fact)}<details class="more"><summary>How it was read</summary>${callHtml(fact.call)}<p class="quiet"><code>${brief(fact.at, 200)}</code></p></details></li>`,
    )}${limited(
      unread,
      ({ id, call }) =>
        html`<li class="card"><p><span class="word warning">not read</span> <strong>${brief(id, 120)}</strong> of <code>${resourceText(call)}</code></p>${callHtml(call)}</li>`,
    )}</ul>`,
  };
}

function windows({ plan }: Book): Section {
  const found = windowsAt(plan, Date.parse(plan.createdAt));
  return {
    id: "windows",
    title: "Windows",
    count: found.length,
    body: html`<ul class="cards">${limited(
      found,
      ({ window, state, words, tooShort }) =>
        html`<li class="card"><p><span class="word ${state.open ? "good" : "warning"}">${state.open ? "open" : "closed"}</span> <strong>${brief(window.name, 120)}</strong> <small>when the plan was made</small></p>${docHtml(window.doc)}<p>${words}</p>${tooShort === null ? "" : html`<p class="warning">${tooShort}</p>`}${terms(
          [
            ["time zone", html`<code>${brief(window.timezone, 80)}</code>`],
            window.calendar === null ? null : ["calendar", html`<code>${brief(window.calendar.path, 200)}</code>`],
            ["written at", html`<code>${brief(window.at, 200)}</code>`],
          ],
        )}</li>`,
    )}</ul>`,
  };
}

function keeping({ plan }: Book): Section {
  const told = keepingWords(plan);
  return {
    id: "keeping",
    title: "Locks and limits",
    count: told.length,
    body: html`<ul>${limited(told, (words) => html`<li>${words}</li>`)}</ul>`,
  };
}

function hooks(book: Book): Section {
  const found = book.plan.hooks.filter(({ nodes }) => nodes.some(({ kind }) => kind !== "join"));
  return {
    id: "hooks",
    title: "Hooks",
    wide: true,
    count: found.length,
    body: html`<p class="quiet">They are not undone, and change no outcome.</p>${found.map(
      (hook) => html`<h3>on ${hook.event}</h3>${hookHtml(book, hook)}`,
    )}`,
  };
}

const SECRET: Type = { kind: "secret", of: { kind: "string" } };

/** Whether a setting is one of the secrets that the plan names; what only looks like one is shown. */
function isSecret({ secrets }: Plan, value: Value): boolean {
  const mark = markIn(value);
  return typeof mark === "string" && secrets.some(({ id }) => id === mark);
}

/** What the plan was made from: sources, providers, versions. */
function restsOn({ plan, file }: Book): Section {
  return {
    id: "made-from",
    title: "Made from",
    count: plan.sources.length + plan.providers.length,
    body: html`${terms([
      ["if it fails", failureWords(plan)],
      plan.timeout === null ? null : ["timeout", deadlineWords(plan.timeout)],
      ["opsc", plan.opsc],
      [
        "trust root",
        html`${plan.trust.root}${plan.trust.digest === null ? "" : html` <code>${shortDigest(plan.trust.digest)}</code>`}, identities ${plan.trust.identities}`,
      ],
      ["plan", html`<code>${file.digest}</code>`],
    ])}<details class="more"><summary>${plural(plan.providers.length, "provider")} and ${plural(plan.sources.length, "source")}</summary>${terms(
      [
        ...plan.providers
          .slice(0, MOST)
          .map(
            ({ instance, provider, version, manifest, config }) =>
              [
                html`<code>${brief(instance, 80)}</code>`,
                html`${brief(provider, 80)} ${brief(version, 40)} <code>${shortDigest(manifest)}</code>${Object.entries(
                  config,
                ).map(
                  ([name, value]) =>
                    html` <small>${brief(name, 80)}: ${valueHtml({ is: "known", value }, isSecret(plan, value) ? SECRET : null)}</small>`,
                )}`,
              ] as const,
          ),
        ...plan.sources
          .slice(0, MOST)
          .map(
            ({ path, sha256 }) =>
              [html`<code>${brief(path, 200)}</code>`, html`<code>${shortDigest(sha256)}</code>`] as const,
          ),
      ],
    )}${plan.sources.length > MOST ? html`<p class="quiet">and ${count(plan.sources.length - MOST)} more</p>` : NOTHING}</details>`,
  };
}

/** What is around the steps: who asked, from where, with what, and what a run is held to as a whole. */
import type { Value } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanFact, PlanLoop, PlanPart } from "../plan/plan.schema.ts";
import { valueIn } from "../render/facts.ts";
import { approverName, brief, count, FULL, showValue } from "../render/show-value.ts";
import { callText } from "../render/words.ts";
import { showSource } from "../secret.ts";
import { compareCall, typeChanged, valueChanged } from "./call.ts";
import type { Spot } from "./entry.ts";
import { byName, compareFields, type Rules } from "./fields.ts";
import { alike, ignore } from "./ignored.ts";
import { bound, conditions, text } from "./rules.ts";
import { differenceIn, focus, leavesOf } from "./show.ts";

type Of<K extends keyof Plan> = Plan[K];

const listed = (names: readonly string[]): string => names.map((name) => brief(name, 120)).join(", ");

export const RISKS = ["low", "medium", "high", "critical"];

/** The action itself, or one that a step runs. */
export function compareAction(old: Of<"action">, now: Of<"action">, at: Spot): void {
  compareFields(ACTION, old, now, at, undefined);
}

const ACTION: Rules<Of<"action">, undefined> = {
  id: (old, now, at) =>
    at.in("plan").say("widened", "is another action", { from: brief(old, 200), to: brief(now, 200), rank: -3 }),
  name: (old, now, at, _, both) => {
    if (both.old.id !== both.now.id) return "told";
    text("is called otherwise")(old, now, at.in("names"));
    return undefined;
  },
  module: (old, now, at, _, both) => {
    if (both.old.id !== both.now.id) return "told";
    text("stands in another module")(old, now, at.in("names"));
    return undefined;
  },
  title: (old, now, at) => text("has another title")(old, now, at.in("texts")),
  doc: (old, now, at) => text("is described otherwise")(old, now, at.in("texts")),
  risk: (old, now, at) => {
    const rank = (risk: string | null): number => (risk === null ? -1 : RISKS.indexOf(risk));
    const said = { from: old === null ? "none" : brief(old, 60), to: now === null ? "none" : brief(now, 60) };
    const known = [old, now].every((risk) => risk === null || RISKS.includes(risk));
    if (!known) at.in("plan").say("changed", "states another risk", said);
    else if (rank(now) < rank(old))
      at.in("plan").say("widened", "states a lower risk, under which fewer rules may apply", said);
    else at.in("plan").say("narrowed", "states a higher risk", said);
  },
  owner: (old, now, at) => text("has another owner")(old, now, at.in("plan")),
  tags: (old, now, at) =>
    at.in("plan").say("changed", "has other tags, by which rules may choose", { from: listed(old), to: listed(now) }),
  at: ignore("at"),
};

export function compareParts(old: Of<"parts">, now: Of<"parts">, windows: KnownWindows, at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (part) => part.id);
  const on = (part: PlanPart): Spot =>
    at
      .in("plan")
      .on(part.id === "" ? "the action" : `action of ${part.id}`, part.id === "" ? null : part.id)
      .of("parts");
  const shown = ({ action }: PlanPart): string =>
    `${brief(action.id, 120)}${action.risk === null ? "" : `, risk ${brief(action.risk, 30)}`}`;
  for (const part of gone) on(part).say("removed", "is not run any more", { from: shown(part) });
  for (const part of come) on(part).say("added", "is run too", { to: shown(part) });
  for (const pair of pairs) compareFields(PART, pair.old, pair.now, on(pair.now), windows);
}

/** The windows of both plans. */
export interface KnownWindows {
  readonly old: Of<"windows">;
  readonly now: Of<"windows">;
}

const PART: Rules<PlanPart, KnownWindows> = {
  id: ignore("matched"),
  action: (old, now, at) => compareAction(old, now, at),
  inputs: (old, now, at, _, both) => {
    const [known, other] = [old.flatMap(knownInput), now.flatMap(knownInput)];
    // Those of the action itself are told as the plan's.
    if (both.now.id === "" && known.length === old.length && other.length === now.length)
      return compareInputs(known, other, at);
    const { pairs, gone, come } = byName(old, now, (input) => input.name);
    const here = at.in("inputs");
    for (const { name } of gone) here.of(name).say("removed", `does not take ${brief(name, 60)} any more`);
    for (const { name, type, value } of come)
      here.of(name).say("added", `takes ${brief(name, 60)} too`, {
        to: value.is === "known" ? brief(showValue(value.value, type, FULL), 200) : "known at the run",
      });
    for (const pair of pairs) {
      if (!alike(pair.old.type, pair.now.type))
        typeChanged(pair.old.type, pair.now.type, here.of(pair.now.name).of("type"));
      valueChanged(
        pair.old.value,
        pair.old.type,
        pair.now.value,
        pair.now.type,
        here.of(pair.now.name),
        `input ${brief(pair.now.name, 60)}`,
        false,
      );
    }
    order(old, now, (input) => input.name, here);
  },
  when: (old, now, at) => conditions(old, now, at.in("conditions"), "acts"),
  windows: (old, now, at, known) => {
    const here = at.in("windows");
    const there = (windows: Of<"windows">, id: string): boolean => windows.some((window) => window.id === id);
    // Where only one of the plans has a window at all, it is told of the window.
    const apart = (id: string): boolean => there(known.old, id) === there(known.now, id);
    const nameOf = (id: string): string => brief(known.now.find((window) => window.id === id)?.name ?? id, 120);
    const gone = old.filter((each) => !now.includes(each));
    const come = now.filter((each) => !old.includes(each));
    for (const id of gone.filter(apart))
      here.say("widened", "does not wait for a window any more", { from: nameOf(id) });
    for (const id of come.filter(apart)) here.say("narrowed", "waits for a window too", { to: nameOf(id) });
    order(old, now, nameOf, here);
    return gone.length + come.length > 0 ? "told" : undefined;
  },
  timeout: (old, now, at) => bound("may take longer in all", "may take less long in all")(old, now, at.in("times")),
};

type Known = Of<"inputs">[number];

const knownInput = ({ name, type, value }: PlanPart["inputs"][number]): Known[] =>
  value.is === "known" ? [{ name, type, value: value.value }] : [];

/** The same things in another order; of other things, that says nothing more. */
function order<T>(old: readonly T[], now: readonly T[], name: (item: T) => string, at: Spot): void {
  const [a, b] = [old.map(name), now.map(name)];
  if (a.join("\n") !== b.join("\n") && [...a].sort().join("\n") === [...b].sort().join("\n"))
    at.say("changed", "lists the same in another order", focus(listed(a), listed(b)));
}

export function compareInputs(old: Of<"inputs">, now: Of<"inputs">, at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (input) => input.name);
  const on = ({ name }: Of<"inputs">[number]): Spot => at.in("inputs").on(`input ${name}`).of("inputs");
  const shown = ({ value, type }: Of<"inputs">[number]): string => brief(showValue(value, type, FULL), 200);
  for (const input of gone) on(input).say("removed", "is not there any more", { from: shown(input) });
  for (const input of come) on(input).say("added", "is new", { to: shown(input) });
  for (const { old: a, now: b } of pairs) {
    if (!alike(a.type, b.type)) typeChanged(a.type, b.type, on(b).of("type"));
    const { leaves, more } = leavesOf(a.value, a.type, b.value, b.type);
    for (const leaf of leaves)
      on(b)
        .of(leaf.path)
        .say("changed", leaf.path === "" ? "is another" : `differs in ${brief(leaf.path, 120)}`, leaf);
    if (more > 0) on(b).say("changed", `differs in ${count(more)} more places`);
  }
  order(old, now, (input) => input.name, at.in("inputs").on("the action").of("inputs"));
}

const ROOTS: Readonly<Record<Of<"trust">["root"], string>> = {
  project: "the project itself",
  path: "a folder beside it",
  git: "a commit of another repository",
};

export const TRUST: Rules<Of<"trust">, undefined> = {
  root: (old, now, at) => {
    const from = ROOTS[old];
    const to = ROOTS[now];
    if (now === "project")
      at.say("widened", "approvers and guardrails come from the reviewed tree itself", { from, to });
    else if (old === "project") at.say("narrowed", `approvers and guardrails come from ${to}`, { from, to });
    else at.say("changed", `the trust root is ${to}`, { from, to });
  },
  identities: (old, now, at) =>
    now === "unverified"
      ? at.say("widened", "takes names at their word", { from: old, to: now })
      : at.say("narrowed", "only what is signed counts", { from: old, to: now }),
  breakGlass: (old, now, at) => {
    const people = (groups: typeof old): string =>
      groups.length === 0 ? "nobody" : groups.map(({ title, members }) => `${title}: ${members.join(", ")}`).join("; ");
    if (people(old) === people(now)) return;
    const wider = now.some(({ members }) => members.some((who) => !old.some((group) => group.members.includes(who))));
    at.say(wider ? "widened" : "narrowed", wider ? "others may set approvals aside" : "fewer may set approvals aside", {
      from: people(old),
      to: people(now),
    });
  },
  digest: (old, now, at, _, both) => {
    if (both.old.root !== both.now.root) return "told";
    at.say("widened", "approvers and guardrails come from another trust root", {
      from: old?.slice(0, 19) ?? "none",
      to: now?.slice(0, 19) ?? "none",
    });
    return undefined;
  },
};

type Provider = Of<"providers">[number];

export function compareProviders(old: Of<"providers">, now: Of<"providers">, at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (each) => each.instance);
  const on = (each: Provider): Spot => at.in("providers").on(`provider ${each.instance}`).of("providers");
  const shown = (each: Provider): string => `${brief(each.provider, 80)} ${brief(each.version, 40)}`;
  for (const each of gone) on(each).say("narrowed", "is not used any more", { from: shown(each) });
  for (const each of come) on(each).say("widened", "is used too", { to: shown(each) });
  for (const pair of pairs) compareFields(PROVIDER, pair.old, pair.now, on(pair.now), undefined);
  order(old, now, (each) => each.instance, at.in("providers").of("providers"));
}

const PROVIDER: Rules<Provider, undefined> = {
  instance: ignore("matched"),
  provider: (old, now, at) => at.say("widened", "is another provider", { from: brief(old, 120), to: brief(now, 120) }),
  version: (old, now, at) => at.say("widened", "is another version", { from: brief(old, 60), to: brief(now, 60) }),
  manifest: (old, now, at) =>
    at.say("widened", "says something else of what its operations do", {
      from: old.slice(0, 19),
      to: now.slice(0, 19),
    }),
  config: (old, now, at) => {
    const { leaves, more } = leavesOf(old as Value, null, now as Value, null);
    for (const leaf of leaves) {
      const private_ = isPrivate(leaf.path);
      const said = private_
        ? { from: "(not shown)", to: "(another, not shown)" }
        : { from: withoutLogin(leaf.from), to: loginAside(leaf.from, leaf.to) };
      at.of(leaf.path).say("widened", `is set up otherwise: ${brief(leaf.path, 120)}`, said);
    }
    if (more > 0) at.say("widened", `is set up otherwise in ${count(more)} more places`);
  },
};

/** Settings are written in the source and hold no secrets that opsc knows of; one that is called so is not repeated. */
const isPrivate = (path: string): boolean => /pass|secret|token|auth|credential|key|cookie|private/i.test(path);
const withoutLogin = (shown: string): string => shown.replace(/(:\/\/)[^/@\s"]*@/g, "$1…@");

function loginAside(from: string, to: string): string {
  const shown = withoutLogin(to);
  return withoutLogin(from) === shown && from !== to ? `${shown} (another login)` : shown;
}

/** What was read of the world that the plan rests on. Notes tell of what was read and not used. */
export function compareFacts(old: Of<"facts">, now: Of<"facts">, at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (fact) => fact.id);
  const on = (fact: PlanFact): Spot => at.in("facts").on(`fact ${fact.id}`).of("facts");
  for (const fact of gone) {
    const used = fact.used.length > 0;
    on(fact).say(
      used ? "widened" : "removed",
      used
        ? "is not looked at any more: should it be otherwise, the plan is used all the same"
        : "is not read any more",
      { from: callText(fact.call) },
    );
  }
  for (const fact of come) {
    const used = fact.used.length > 0;
    on(fact).say(
      used ? "narrowed" : "added",
      used ? "is looked at too: should it be otherwise, the plan is refused" : "is read too",
      { to: callText(fact.call) },
    );
  }
  for (const pair of pairs) compareFields(FACT, pair.old, pair.now, on(pair.now), undefined);
  order(old, now, (fact) => fact.id, at.in("facts").of("facts"));
}

const FACT: Rules<PlanFact, undefined> = {
  id: ignore("matched"),
  at: ignore("at"),
  call: (old, now, at) => compareCall(old, now, at, new Set()),
  value: (_, __, at, ___, both) => {
    const used = both.now.used.filter(
      (path) => !alike({ value: valueIn(both.old.value, path) }, { value: valueIn(both.now.value, path) }),
    );
    for (const path of used) {
      const [a, b] = [valueIn(both.old.value, path), valueIn(both.now.value, path)];
      for (const leaf of leavesOf(a, typeIn(both.old.type, path), b, typeIn(both.now.type, path)).leaves) {
        const name = [...path, ...(leaf.path === "" ? [] : [leaf.path])].join(".");
        at.of(name).say("changed", `was otherwise${name === "" ? "" : ` in ${brief(name, 120)}`}`, leaf);
      }
    }
    // What is left was read and not used: a note tells of it.
    return used.length === 0 ? "told" : undefined;
  },
  type: (old, now, at) => typeChanged(old, now, at),
  used: (old, now, at) => {
    const [a, b] = [old.map((path) => path.join(".")), now.map((path) => path.join("."))];
    const shown = (path: string): string => (path === "" ? "all of it" : brief(path, 120));
    for (const path of a.filter((each) => !b.includes(each)))
      at.say("widened", "is looked at less: should it be otherwise, the plan is used all the same", {
        from: shown(path),
      });
    for (const path of b.filter((each) => !a.includes(each)))
      at.say("narrowed", "is looked at more: should it be otherwise, the plan is refused", { to: shown(path) });
    if (!alike(old, now) && a.length === b.length && a.every((each) => b.includes(each)))
      at.say("changed", "is looked at in another order", focus(a.map(shown).join(", "), b.map(shown).join(", ")));
  },
};

function typeIn(type: PlanFact["type"], path: readonly string[]): PlanFact["type"] | null {
  let at: PlanFact["type"] | null = type;
  for (const name of path) {
    while (at?.kind === "refined" || at?.kind === "optional") at = at.kind === "refined" ? at.base : at.of;
    if (at?.kind === "record") at = at.fields.find((field) => field.name === name)?.type ?? null;
    else if (at?.kind === "map" || at?.kind === "list") at = at.of;
    else if (at?.kind !== "secret") return null;
  }
  return at;
}

export function compareLoops(old: Of<"loops">, now: Of<"loops">, at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (loop) => loop.id);
  const on = (loop: PlanLoop): Spot => at.in("failure").on(`loop ${loop.id}`, `${loop.id}.`).of("loops");
  const may = ({ tolerate, elements }: PlanLoop): string => `${count(tolerate)} of ${count(elements.length)} may fail`;
  for (const loop of gone)
    on(loop).say(
      loop.tolerate > 0 ? "narrowed" : "changed",
      loop.tolerate > 0 ? "does not go on when elements fail any more" : "knows its elements before the run",
      { from: may(loop) },
    );
  for (const loop of come)
    on(loop).say("widened", loop.tolerate > 0 ? "goes on when elements fail" : "only the run knows its elements", {
      to: may(loop),
    });
  for (const pair of pairs) compareFields(LOOP, pair.old, pair.now, on(pair.now), undefined);
  order(old, now, (loop) => loop.id, at.in("failure").of("loops"));
}

const LOOP: Rules<PlanLoop, undefined> = {
  id: ignore("matched"),
  at: ignore("at"),
  tolerate: (old, now, at, _, both) => {
    const shown = (n: number | null): string =>
      `${count(n ?? 0)} of ${count((n === old ? both.old : both.now).elements.length)}`;
    bound("more elements may fail", "fewer elements may fail", shown)(old, now, at);
  },
  elements: (old, now, at) => {
    const { pairs, gone, come } = byName(old, now, (element) => element.id);
    const names = (elements: readonly PlanLoop["elements"][number][]): string => {
      const shown = elements.slice(0, 12).map(({ id }) => brief(id, 80));
      return `${shown.join(", ")}${elements.length > shown.length ? ` and ${count(elements.length - shown.length)} more` : ""}`;
    };
    const here = at.of("elements");
    if (gone.length > 0) here.say("removed", "has some elements no more", { from: names(gone) });
    if (come.length > 0) here.say("added", "has more elements", { to: names(come) });
    for (const { old: a, now: b } of pairs) {
      const of = `${brief(b.id, 120)}: `;
      if (!alike(a.key, b.key)) {
        const opened = a.key.is === "known" && b.key.is === "deferred";
        const shown = (key: typeof a.key): string =>
          key.is === "known" ? showValue(key.value, null) : "known at the run";
        here.say(opened ? "widened" : "changed", `${of}is another element`, {
          from: shown(a.key),
          to: `${shown(b.key)}${shown(a.key) === shown(b.key) ? differenceIn(a.key, b.key) : ""}`,
        });
      }
      if (a.within !== b.within)
        here.say("changed", `${of}lies in another element`, {
          from: a.within === null ? "none" : brief(a.within, 120),
          to: b.within === null ? "none" : brief(b.within, 120),
        });
    }
    order(old, now, (element) => element.id, here);
  },
};

/** What is read as a secret, and where. */
export function compareSecrets(old: Of<"secrets">, now: Of<"secrets">, at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (each) => each.id);
  const on = (each: Of<"secrets">[number]): Spot => at.in("secrets").on(`secret ${each.id}`).of("secrets");
  const shown = (each: Of<"secrets">[number]): string => brief(showSource(each.source), 120);
  for (const each of gone) on(each).say("narrowed", "is not read any more", { from: shown(each) });
  for (const each of come) on(each).say("widened", "is read too", { to: shown(each) });
  for (const pair of pairs) {
    const [from, to] = [shown(pair.old), shown(pair.now)];
    if (showSource(pair.old.source) !== showSource(pair.now.source))
      on(pair.now).say("widened", "is read somewhere else", { from, to });
  }
  order(old, now, (each) => each.id, at.in("secrets").of("secrets"));
}

export function compareLocks(old: readonly string[], now: readonly string[], at: Spot): void {
  const on = (name: string): Spot => at.in("locks").on(`lock ${name}`).of("locks");
  for (const name of old.filter((each) => !now.includes(each)))
    on(name).say("widened", "is not held any more: other runs may work on the same");
  for (const name of now.filter((each) => !old.includes(each))) on(name).say("narrowed", "is held too");
  order(old, now, (name) => name, at.in("locks").of("locks"));
}

type Limit = Of<"limits">[number];

export function compareLimits(old: Of<"limits">, now: Of<"limits">, at: Spot): void {
  const name = ({ action, key }: Limit): string =>
    `limit on ${approverName(action)}${key === null ? "" : ` for ${key}`}`;
  const on = (limit: Limit): Spot => at.in("limits").on(name(limit)).of("limits");
  const shown = ({ count: n, per }: Limit): string => `${count(n)} in ${formatDuration(per)}`;
  const { pairs, gone, come } = byName(old, now, ({ action, key }) => JSON.stringify([action, key]));
  for (const limit of gone) on(limit).say("widened", "is not there any more", { from: shown(limit) });
  for (const limit of come) on(limit).say("narrowed", "is new", { to: shown(limit) });
  for (const { old: a, now: b } of pairs) {
    if (a.count === b.count && a.per === b.per) continue;
    const wider = b.count > a.count || b.per < a.per;
    on(b).say(wider ? "widened" : "narrowed", wider ? "lets more runs start" : "lets fewer runs start", {
      from: shown(a),
      to: shown(b),
    });
  }
  order(old, now, name, at.in("limits").of("limits"));
}

/** Made without reading facts, or with others of them unread: it is only to be looked at. */
export function compareUnread(old: Plan["unread"], now: Plan["unread"], at: Spot): void {
  const shown = (unread: Plan["unread"]): string =>
    unread === undefined ? "all facts read" : `made offline, not read: ${listed(unread.map(({ id }) => id)) || "none"}`;
  const here = at.in("facts").of("unread");
  const said = { from: shown(old), to: shown(now) };
  if (old === undefined || now === undefined)
    here.say(
      now === undefined ? "narrowed" : "widened",
      now === undefined ? "its facts are read" : "its facts are not read, and what depends on them stays open",
      said,
    );
  else if (said.from !== said.to) here.say("changed", "other facts are not read", said);
  else {
    for (const pair of byName(old, now, (fact) => fact.id).pairs)
      compareCall(pair.old.call, pair.now.call, here.on(`fact ${pair.now.id}`).of("call"), new Set());
  }
}

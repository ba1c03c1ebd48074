/** `window`: when runs may start and write. */
import type * as tree from "../../language/tree.ts";
import type { Window, WindowRule } from "../program.ts";
import { STRING } from "../types/relations.ts";
import { type CheckedBlock, checkBlock, constantOf } from "./block.ts";
import { at, type Context, isConst, isSettled, NO_VALUE, nearestTo, report, sourceText } from "./context.ts";
import { checkCalendar } from "./data.ts";
import { checkAs } from "./expr.ts";
import type { Binding } from "./scope.ts";
import { nearestZone, zoneFault } from "./time-zones.ts";
import { coverage } from "./window-coverage.ts";

/** In the order of ISO 8601: 1 is Monday. */
export const DAYS: readonly string[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export function resolveWindow(cx: Context, item: tree.WindowItem): Binding {
  const name = item.name?.text ?? "?";
  const place = item.name?.span ?? item.span;
  const before = cx.project.diagnostics.length;
  const block = checkBlock(cx, "window", item.body, place);
  const nodes = block.statements.filter((s) => s.kind === "window_rule");
  const rules = nodes.map((node) => checkRule(cx, node));
  const window: Window = {
    id: `${cx.module.path}#${name}`,
    name,
    doc: item.doc,
    timezone: checkZone(cx, block),
    rules,
    calendar: checkCalendar(cx, block.nodes.get("calendar"), constantOf(block, "calendar", null)),
    at: at(cx, place),
  };
  // Rules with a mistake in them would look as if they did nothing.
  if (cx.project.diagnostics.length === before) tellCoverage(cx, { name, span: place }, rules, nodes);
  return { b: "window", window };
}

function checkZone(cx: Context, block: CheckedBlock): string {
  const node = block.nodes.get("timezone");
  const zone = constantOf(block, "timezone", null);
  if (node === undefined || typeof zone !== "string" || !isConst(block.values.get("timezone") ?? NO_VALUE)) return "";
  const why = zoneFault(zone);
  if (why === null) return zone;
  const near = nearestZone(zone, (name, names) => nearestTo(cx, name, names));
  const help = near === "" ? why : `did you mean "${near}"?`;
  report(cx, "unknown-time-zone", node.value.span, { name: zone }, { help });
  return "";
}

function checkRule(cx: Context, node: tree.WindowRule): WindowRule {
  const days = new Set<number>();
  const dates: { from: string; to: string }[] = [];
  const times: { from: number; to: number }[] = [];
  for (const part of node.parts) {
    const read = readPart(cx, part);
    switch (read?.of) {
      case "days":
        for (const day of read.days) days.add(day);
        break;
      case "dates":
        dates.push({ from: read.from, to: read.to });
        break;
      case "times":
        times.push({ from: read.from, to: read.to });
        break;
    }
  }
  return {
    effect: node.effect,
    days: [...days].sort((a, b) => a - b),
    dates,
    times,
    because: checkBecause(cx, node),
    at: at(cx, node.span),
  };
}

function checkBecause(cx: Context, node: tree.WindowRule): string | null {
  if (node.because === null) return null;
  if (node.effect === "allow") {
    report(cx, "misplaced", node.because.span, {
      what: "because",
      where: "an allow: it says why a window is closed",
    });
    return null;
  }
  const why = checkAs(cx, node.because, STRING, "because");
  if (isConst(why)) return typeof why.v === "string" ? why.v : null;
  if (!isSettled(why)) report(cx, "not-constant", node.because.span, { what: "because" });
  return null;
}

type Part =
  | { readonly of: "days"; readonly days: readonly number[] }
  | { readonly of: "dates"; readonly from: string; readonly to: string }
  | { readonly of: "times"; readonly from: number; readonly to: number };

/** A day, a date, or a range of days, dates or times of day; null once a mistake is told. */
function readPart(cx: Context, node: tree.Expr): Part | null {
  if (node.kind === "missing") return null;
  const from = readPoint(cx, node.kind === "range" ? node.from : node);
  const to = node.kind === "range" ? readPoint(cx, node.to) : from;
  if (from === null || to === null) return null;
  const wrong = (why: string, help = ""): null => {
    report(cx, "window-range", node.span, { range: sourceText(cx, node.span), why }, help === "" ? {} : { help });
    return null;
  };
  if (from.of === "day" && to.of === "day")
    return {
      of: "days",
      days: Array.from({ length: ((to.day - from.day + 7) % 7) + 1 }, (_, i) => ((from.day - 1 + i) % 7) + 1),
    };
  if (from.of === "date" && to.of === "date") {
    if (from.date <= to.date) return { of: "dates", from: from.date, to: to.date };
    return wrong("ends before it begins", "put the earlier date first");
  }
  if (from.of === "time" && to.of === "time") {
    if (node.kind !== "range")
      return wrong("is a moment, not a time to work in", "write from when to when: 09:00..17:00");
    if (from.minute === to.minute) return wrong("has no length", "leave the time out for the whole day");
    return { of: "times", from: from.minute, to: to.minute };
  }
  return wrong("goes from one kind to another", "both ends are days, or dates, or times of day");
}

type Point =
  | { readonly of: "day"; readonly day: number }
  | { readonly of: "date"; readonly date: string }
  | { readonly of: "time"; readonly minute: number };

function readPoint(cx: Context, node: tree.Expr): Point | null {
  if (node.kind === "missing") return null;
  if (node.kind === "unit" && node.unit === "date") return { of: "date", date: node.value };
  if (node.kind === "unit" && node.unit === "time_of_day") return { of: "time", minute: node.value };
  const day = node.kind === "name" ? DAYS.indexOf(node.text) : -1;
  if (day >= 0) return { of: "day", day: day + 1 };
  const near = node.kind === "name" ? nearestDay(node.text) : "";
  const fixes =
    near === "" ? [] : [{ title: `write ${near}`, edits: [{ module: cx.module.path, span: node.span, text: near }] }];
  report(cx, "window-part", node.span, { found: sourceText(cx, node.span), near }, { fixes });
  return null;
}

/** `Monday`, `MON` and `tues` begin like the day they mean. */
function nearestDay(word: string): string {
  const start = word.toLowerCase().slice(0, 3);
  return DAYS.find((day) => day === start) ?? "";
}

/** A window that is never open, and rules that make no difference. */
function tellCoverage(
  cx: Context,
  window: tree.Name | { readonly name: string; readonly span: tree.Span },
  rules: readonly WindowRule[],
  nodes: readonly tree.WindowRule[],
): void {
  const found = coverage(rules);
  if (found === null) return;
  if (!found.opens) {
    const name = "name" in window ? window.name : window.text;
    report(cx, "window-never-open", window.span, { name });
    return;
  }
  for (const index of found.idle) {
    const node = nodes[index];
    if (node === undefined) continue;
    const why =
      node.effect === "allow"
        ? "the window is open then anyway, or another rule denies all of it"
        : "the window is closed then anyway";
    report(cx, "window-rule-idle", node.span, { effect: node.effect, why });
  }
}

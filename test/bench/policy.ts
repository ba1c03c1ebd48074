/** What a guardrail's decision and a window cost in the run, before each of many writes. */
import { constant } from "../../compiler/ir/expr.ts";
import { known } from "../../compiler/ir/partly/value.ts";
import { prepareWindow } from "../../compiler/window/window.ts";
import { judge } from "../../runtime/engine/guardrails.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { time as timeOfDay, windowOf } from "../compiler/window/windows.ts";
import { guardrail, op, ref } from "../runtime/run-plans.ts";
import type { Row } from "./commands.ts";
import { time } from "./time.ts";

const TIMES = 100_000;

export function decisions(): Row[] {
  const now = known("2026-11-21T09:14:00.000Z");
  const env = {
    fresh: { next: 0 },
    ref: (_root: string, name: string) => (name === "now" ? now : undefined),
  };
  const freeze = op(
    "or",
    op("lt", ref("run", "now"), constant("2026-12-20T00:00:00.000Z")),
    op("gt", ref("run", "now"), constant("2027-01-03T00:00:00.000Z")),
  );
  const decided = guardrail("decided", constant(true));
  const timed = guardrail("timed", freeze, { saw: [{ name: "run.now", value: "2026-11-21T09:00:00.000Z" }] });
  const night = prepareWindow(windowOf("Europe/Berlin", [{ effect: "allow", times: [timeOfDay("06:00", "22:00")] }]));
  const start = Date.parse("2026-11-21T09:14:00.000Z");
  return [
    row("guardrail that the plan decided", "aim 1 µs", () => judge(decided, realRules, env, []).status === "pass"),
    row("guardrail on the time: a freeze", "aim 1 µs", () => judge(timed, realRules, env, []).status === "pass"),
    row("window, open", "before each write", () => night(start).open),
  ];
}

function row(what: string, beside: string, holds: () => boolean): Row {
  const took = time(5, () => {
    for (let i = 0; i < TIMES; i++) if (!holds()) throw new Error(`${what}: it does not hold`);
  });
  const each = (took / TIMES) * 1_000;
  return { what, figure: `${each.toFixed(3)} µs`, beside, value: each };
}

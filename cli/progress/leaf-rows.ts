/** What is shown of a single node: how long it takes already, what it waits for, why it failed. */
import { formatDuration } from "../../compiler/ir/format.ts";
import { FATE_INKS, FATE_SIGNS } from "../../compiler/render/fates.ts";
import { type Ink, type Line, run } from "../../compiler/render/ink.ts";
import { below, type Row, row } from "./rows.ts";
import type { Standing } from "./standing.ts";
import { countdown, shortTime, tickingTime } from "./time.ts";
import type { NodeView, RunView } from "./view.ts";
import { waitingFor } from "./waiting.ts";

export interface Scene {
  readonly view: RunView;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly width: number;
  /** Lines of a reason before it is cut. */
  readonly reasons: number;
}

export const WEIGHT = { failed: 80, waiting: 75, active: 70, tolerated: 60, done: 30, ahead: 20, skipped: 10 } as const;

/** After so long, in milliseconds, one begins to wonder when it would be ended. */
const LONG = 10_000;

/** The sign of a fate, and its colour, as all renderings of a run have them. */
export const markOf = (fate: Standing): readonly [string, Ink] => [FATE_SIGNS[fate], FATE_INKS[fate]];

/** How long it goes on already. */
export function elapsed(n: NodeView, now: number): string {
  if (n.since === null || n.standing === "unknown") return "";
  return tickingTime(now - (n.standing === "retrying" ? (n.began ?? n.since) : n.since));
}

export const tookText = (n: NodeView): string => (n.took === null ? "" : shortTime(n.took));

/** What goes on with it, in a few words; where there is little room, those at the end are cut off. */
export function goingOn(n: NodeView, now: number): Line {
  const { node } = n;
  switch (n.standing) {
    case "running":
      if (node.kind === "check") return checking(n, now);
      if (node.kind === "wait") return [run(`goes on in ${countdown((n.until ?? now) - now)}`, "cyan")];
      return running(n, now);
    case "retrying": {
      const of = node.kind === "step" ? ` of ${node.retry.attempts}` : "";
      const why = n.why === null ? [] : [run(` · ${n.why}`, "dim")];
      const next = n.until === null ? "when it is taken up again" : `again in ${countdown(n.until - now)}`;
      return [run(`attempt ${n.attempt + 1}${of}, ${next}`, "yellow"), ...why];
    }
    case "undoing":
      return [run(`is undone${n.attempt > 1 ? `, attempt ${n.attempt}` : ""}`, "yellow")];
    case "waiting":
      return [run("waits for approval", "yellow")];
    case "unknown":
      return [run(n.why ?? "was cut off: what became of it is not known", "yellow")];
    case "pending":
    case "done":
    case "skipped":
    case "failed":
    case "undone":
    case "undo failed":
      return [];
  }
}

function running(n: NodeView, now: number): Line {
  const { node } = n;
  if (node.kind !== "step") return [];
  const long = n.since !== null && now - n.since >= LONG;
  const words = [
    ...(n.attempt > 1 ? [`attempt ${n.attempt} of ${node.retry.attempts}`] : []),
    ...(long ? [`at most ${formatDuration(node.timeout)}`] : []),
  ];
  return words.length === 0 ? [] : [run(words.join(" · "), n.attempt > 1 ? "yellow" : "dim")];
}

function checking(n: NodeView, now: number): Line {
  const { node } = n;
  if (node.kind !== "check") return [];
  if (n.holdingSince !== null) {
    const held = Math.min(node.hold, now - n.holdingSince);
    return [run(`has held for ${tickingTime(held)} of ${formatDuration(node.hold)}`, "green")];
  }
  if (n.why === null) return [];
  const left = (n.since ?? now) + node.within - now;
  return [run(`not yet: ${n.why}`, "yellow"), run(left > 0 ? ` · ${countdown(left)} left` : "", "dim")];
}

/** A node on its own. `name` is what it is called where it stands. */
export function leafRows(scene: Scene, n: NodeView, name: string, depth: number): Row[] {
  const { now, width, reasons } = scene;
  const why = (text: string | null, ink: Ink): Row[] =>
    text === null ? [] : below(depth, text, ink, WEIGHT.failed, width, reasons);
  switch (n.standing) {
    case "waiting":
      return approvalRows(scene, n, name, depth);
    case "running":
    case "undoing":
    case "retrying":
    case "unknown": {
      const mark = markOf(n.standing);
      return [
        row(depth, mark, name, WEIGHT.active, {
          detail: goingOn(n, now),
          time: elapsed(n, now),
          ink: "bold",
          spills: true,
        }),
      ];
    }
    case "done":
      return [row(depth, markOf("done"), name, WEIGHT.done, { detail: triedOften(n), time: tookText(n) })];
    case "failed":
      return [
        row(depth, markOf("failed"), name, WEIGHT.failed, {
          detail: [run(`failed${often(n)}`, "red")],
          time: tookText(n),
          ink: "bold-red",
        }),
        ...why(n.why, "red"),
      ];
    case "undo failed":
      return [
        row(depth, markOf("failed"), name, WEIGHT.failed, {
          detail: [run("could not be undone", "red")],
          ink: "bold-red",
        }),
        ...why(n.why, "red"),
      ];
    case "undone":
      return n.failure === null
        ? [row(depth, markOf("undone"), name, WEIGHT.done, { detail: [run("undone", "dim")] })]
        : [
            row(depth, markOf("undone"), name, WEIGHT.failed, {
              detail: [run(`failed${often(n)}, and is undone`, "red")],
              time: tookText(n),
            }),
            ...why(n.failure, "red"),
          ];
    case "skipped":
      return [row(depth, markOf("skipped"), name, WEIGHT.skipped, { detail: [run("skipped", "dim")], ink: "dim" })];
    case "pending":
      return [row(depth, markOf("pending"), name, WEIGHT.ahead, { ink: "dim" })];
  }
}

const often = (n: NodeView): string => (n.attempts > 1 ? ` after ${n.attempts} attempts` : "");
const triedOften = (n: NodeView): Line => (n.attempts > 1 ? [run(`at attempt ${n.attempts}`, "dim")] : []);

function approvalRows({ view, now, width }: Scene, n: NodeView, name: string, depth: number): Row[] {
  const head = row(depth, markOf("waiting"), name, WEIGHT.waiting, { time: elapsed(n, now), ink: "bold" });
  const told = waitingFor(view, n, now);
  if (told === null) return [head];
  const given = told.by.length === 0 ? told.given : `${told.given}: ${told.by.join(", ")}`;
  const more = [
    given,
    ...told.missing.map((each) => `waits for ${each}`),
    ...(told.escalation === null ? [] : [told.escalation]),
    `opsc approve ${view.run} --as WHO`,
  ];
  return [
    head,
    ...more.flatMap((text, i) =>
      below(depth, text, i === more.length - 1 ? "dim" : "yellow", WEIGHT.waiting, width, 2),
    ),
  ];
}

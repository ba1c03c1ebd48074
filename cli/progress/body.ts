/** What a run does, nested as its outline is: what is done is folded, what failed and what goes on stays visible. */
import { type Line, run } from "../../compiler/render/ink.ts";
import { plural } from "../words.ts";
import { elapsed, goingOn, leafRows, markOf, type Scene, WEIGHT } from "./leaf-rows.ts";
import { type Row, row } from "./rows.ts";
import { activeIn, allIn, doneWords, failedIn, isActive, overIn } from "./standing.ts";
import { countdown, shortTime } from "./time.ts";
import type { Branch, Leaf } from "./tree.ts";
import type { NodeView, RunView } from "./view.ts";

export interface BodyScene extends Scene {
  /** How many that are alike stand each on a line of their own. */
  readonly unfolded: number;
}

/** How something stands as a whole. `mixed`: between two of its steps. */
export type State = "pending" | "active" | "mixed" | "failed" | "done" | "skipped" | "undone";

export function stateOf(each: Branch | Leaf): State {
  if (each.kind === "leaf") return leafState(each.n);
  const { counts } = each;
  const all = allIn(counts);
  if (activeIn(counts) > 0) return "active";
  if (failedIn(counts) > 0) return "failed";
  if (counts.skipped === all) return "skipped";
  if (overIn(counts) === all) return "done";
  if (counts.pending === all) return "pending";
  if (counts.undone === 0) return "mixed";
  // An element or a step of several is undone with the first of them; a loop or a part when nothing of it stands.
  if (each.kind === "element") return "undone";
  return each.children.every((child) => ["undone", "pending", "skipped"].includes(stateOf(child))) ? "undone" : "mixed";
}

function leafState({ standing, failure }: NodeView): State {
  if (isActive(standing)) return "active";
  switch (standing) {
    case "failed":
    case "undo failed":
      return "failed";
    case "undone":
      return failure === null ? "undone" : "failed";
    case "done":
    case "skipped":
    case "pending":
      return standing;
    default:
      return "active";
  }
}

export function bodyRows(scene: BodyScene, top: Branch): Row[] {
  return inside(scene, top, 0);
}

type Group = { readonly state: "done" | "undone" | "skipped" | "pending"; readonly all: (Branch | Leaf)[] };

/** Those of a loop are gathered wherever they stand; of anything else, those that follow one another. */
function inside(scene: BodyScene, parent: Branch, depth: number): Row[] {
  const parts: (Group | Row[])[] = [];
  const gathered = new Map<State, Group>();
  for (const child of parent.children) {
    const state = stateOf(child);
    const quiet = child.kind === "hook" && state !== "active" && state !== "failed";
    if (quiet) continue;
    if (state === "active" || state === "mixed" || state === "failed" || tolerates(scene, child)) {
      parts.push(rowsOf(scene, child, depth));
      continue;
    }
    const last = parts.at(-1);
    const known =
      parent.kind === "loop"
        ? gathered.get(state)
        : last !== undefined && "state" in last && last.state === state
          ? last
          : undefined;
    if (known !== undefined) {
      known.all.push(child);
      continue;
    }
    const group: Group = { state, all: [child] };
    gathered.set(state, group);
    parts.push(group);
  }
  const ordered = parent.kind === "loop" ? [...parts].sort((a, b) => place(a) - place(b)) : parts;
  return ordered.flatMap((part) => ("state" in part ? groupRows(scene, part, depth) : part));
}

/** In a loop: what is done, what goes on, what is to come. */
const place = (part: Group | Row[]): number => ("state" in part ? (part.state === "pending" ? 2 : 0) : 1);

const tolerates = ({ view }: BodyScene, child: Branch | Leaf): boolean =>
  child.kind === "element" && view.tolerated.has(child.id);

function groupRows(scene: BodyScene, { state, all }: Group, depth: number): Row[] {
  if (all.length <= scene.unfolded && state !== "pending") return all.flatMap((each) => rowsOf(scene, each, depth));
  const names = run(all.slice(0, 30).map(nameOf).join(", "), "dim");
  const [first] = all;
  if (all.length === 1 && first !== undefined) return rowsOf(scene, first, depth);
  switch (state) {
    case "done":
      return [row(depth, markOf("done"), `${all.length} done`, WEIGHT.done, { detail: [names] })];
    case "undone":
      return [row(depth, markOf("undone"), `${all.length} undone`, WEIGHT.done, { detail: [names] })];
    case "skipped":
      return [row(depth, markOf("skipped"), `${all.length} skipped`, WEIGHT.skipped, { detail: [names], ink: "dim" })];
    case "pending":
      return [
        row(
          depth,
          markOf("pending"),
          `${all.length} ${scene.view.phase === "running" || scene.view.phase === "starting" ? "to come" : "not begun"}`,
          WEIGHT.ahead,
          { detail: [names], ink: "dim" },
        ),
      ];
  }
}

const nameOf = (each: Branch | Leaf): string => each.name;

function rowsOf(scene: BodyScene, each: Branch | Leaf, depth: number): Row[] {
  if (each.kind === "leaf") return leafRows(scene, each.n, each.name, depth);
  const state = stateOf(each);
  const forgiven = tolerates(scene, each);
  switch (state) {
    case "done":
      return [
        row(depth, markOf("done"), each.name, WEIGHT.done, { detail: [run(sizeOf(each), "dim")], time: spanOf(each) }),
      ];
    case "undone":
      return forgiven
        ? [tolerated(scene, each, depth)]
        : [row(depth, markOf("undone"), each.name, WEIGHT.done, { detail: [run("undone", "dim")] })];
    case "skipped":
      return [
        row(depth, markOf("skipped"), each.name, WEIGHT.skipped, { detail: [run("skipped", "dim")], ink: "dim" }),
      ];
    case "pending":
      return [
        row(depth, markOf("pending"), each.name, WEIGHT.ahead, { detail: [run(sizeOf(each), "dim")], ink: "dim" }),
      ];
    case "active":
    case "mixed":
    case "failed":
      if (forgiven && state !== "active") return [tolerated(scene, each, depth)];
      return short(scene, each, depth) ?? failedRows(scene, each, depth) ?? whole(scene, each, depth);
  }
}

/** An element that failed, and that its loop tolerates. */
function tolerated({ view }: BodyScene, each: Branch, depth: number): Row {
  const how = each.counts["undo failed"] > 0 ? "could not be undone" : "undone alone";
  const why = view.tolerated.get(each.id) ?? "";
  return row(depth, markOf("failed"), each.name, each.counts["undo failed"] > 0 ? WEIGHT.failed : WEIGHT.tolerated, {
    detail: [run(`failed, is tolerated, ${how}`, "red"), run(` · ${within(each, why)}`, "dim")],
    ink: "red",
    spills: true,
  });
}

/** `roll[web-1].healthy: no` is `healthy: no` in that element. */
const within = ({ id }: Branch, text: string): string => (text.startsWith(`${id}.`) ? text.slice(id.length + 1) : text);

/** An element of which one thing goes on, in one row. */
function short(scene: BodyScene, each: Branch, depth: number): Row[] | null {
  const forgiven = tolerates(scene, each);
  if (each.kind !== "element" || activeIn(each.counts) !== 1 || (failedIn(each.counts) > 0 && !forgiven)) return null;
  const leaf = activeLeaf(each);
  if (leaf === null || leaf.n.standing === "waiting") return null;
  const [only] = leafRows(scene, leaf.n, each.name, depth);
  if (only === undefined) return null;
  const all = allIn(each.counts);
  const at =
    all > 1 && leaf.n.standing !== "undoing" ? [run(`${Math.min(all, overIn(each.counts) + 1)}/${all} `, "dim")] : [];
  const going = goingOn(leaf.n, scene.now);
  const step: Line = [...at, run(leaf.name), ...(going.length === 0 ? [] : [run("  "), ...going])];
  const failing = forgiven ? [run("failed, is tolerated · ", "red")] : [];
  return [{ ...only, detail: [...failing, ...step], time: elapsed(leaf.n, scene.now) }];
}

/** A loop of which no more failed than it tolerates. */
const forgives = ({ tolerated }: RunView, { kind, children }: Branch): boolean =>
  kind === "loop" &&
  children.every((child) => stateOf(child) !== "failed" || (child.kind === "element" && tolerated.has(child.id)));

function headMark({ view }: BodyScene, each: Branch, state: State): ReturnType<typeof markOf> {
  if (state === "failed" && !forgives(view, each)) return markOf("failed");
  if (state === "failed") return markOf(view.phase === "ended" ? "done" : "running");
  if (view.phase !== "running" && each.counts.undone + each.counts.undoing > 0) return markOf("undone");
  return state === "mixed" && view.phase === "ended" ? markOf("pending") : markOf("running");
}

/** An element of which one thing failed, in as few. */
function failedRows(scene: BodyScene, each: Branch, depth: number): Row[] | null {
  if (each.kind !== "element" || activeIn(each.counts) > 0) return null;
  const failed = leavesOf(each).filter(({ n }) => leafState(n) === "failed");
  const [leaf] = failed;
  if (leaf === undefined || failed.length > 1) return null;
  const [head, ...why] = leafRows(scene, leaf.n, each.name, depth);
  const undone = each.counts.undone > 0 && leaf.n.standing !== "undone" ? [run(", and the rest is undone", "red")] : [];
  return head === undefined
    ? null
    : [{ ...head, detail: [run(`${leaf.name} `), ...head.detail, ...undone], spills: true }, ...why];
}

const leavesOf = (branch: Branch): Leaf[] =>
  branch.children.flatMap((child) => (child.kind === "leaf" ? [child] : leavesOf(child)));

function activeLeaf(branch: Branch): Leaf | null {
  for (const child of branch.children) {
    if (child.kind === "leaf") {
      if (isActive(child.n.standing)) return child;
    } else if (activeIn(child.counts) > 0) return activeLeaf(child);
  }
  return null;
}

function whole(scene: BodyScene, each: Branch, depth: number): Row[] {
  const rows = [...pauseRows(scene, each, depth + 1), ...inside(scene, each, depth + 1)];
  const weight = Math.max(WEIGHT.done, ...rows.map((inner) => inner.weight));
  const state = stateOf(each);
  return [
    row(depth, headMark(scene, each, state), each.name, weight, { detail: headDetail(scene, each), ink: "bold" }),
    ...rows,
  ];
}

function headDetail({ view }: BodyScene, each: Branch): Line {
  const whole = view.phase === "undoing" || (view.phase === "ended" && !forgives(view, each));
  if (whole && each.counts.undone > 0) return [run(`${each.counts.undone} undone`, "dim")];
  if (each.kind !== "loop") return [run(doneWords(each.counts, allIn(each.counts)).join(" · "), "dim")];
  let [done, failed, wave] = [0, 0, Number.POSITIVE_INFINITY];
  for (const element of each.children) {
    const state = stateOf(element);
    if (state === "done" || state === "skipped") done++;
    else if (state === "failed") failed++;
    else if (state !== "undone" && element.kind !== "leaf") wave = Math.min(wave, each.waves.get(element.id) ?? 0);
  }
  const words = [
    `${done} of ${each.children.length} done`,
    ...(failed > 0 ? [`${failed} failed${each.tolerate > 0 ? `, ${each.tolerate} tolerated` : ""}`] : []),
    ...(each.waveCount > 1 && Number.isFinite(wave) && view.phase !== "ended"
      ? [`wave ${wave + 1} of ${each.waveCount}`]
      : []),
  ];
  return [run(words.join(" · "), "dim")];
}

/** The pause before the next wave. */
function pauseRows({ now }: BodyScene, each: Branch, depth: number): Row[] {
  const pause = each.pauses.find((n) => n.standing === "running");
  if (pause === undefined) return [];
  const detail = [run(`the next wave begins in ${countdown((pause.until ?? now) - now)}`, "cyan")];
  return [row(depth, markOf("running"), "pause", WEIGHT.active, { detail, time: elapsed(pause, now), ink: "bold" })];
}

function sizeOf(each: Branch): string {
  return each.kind === "loop" ? plural(each.children.length, "element") : "";
}

/** From the first beginning in it to the last end. */
export function spanOf(each: Branch): string {
  const [from, to] = span(each);
  return Number.isFinite(from) && Number.isFinite(to) ? shortTime(to - from) : "";
}

function span(each: Branch | Leaf): readonly [number, number] {
  if (each.kind === "leaf")
    return [
      each.n.began ?? Number.POSITIVE_INFINITY,
      each.n.began === null ? Number.NEGATIVE_INFINITY : (each.n.ended ?? Number.NEGATIVE_INFINITY),
    ];
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const child of each.children) {
    const [a, b] = span(child);
    from = Math.min(from, a);
    to = Math.max(to, b);
  }
  return [from, to];
}

/** What a terminal shows at certain moments, at several widths: golden, so that a change of it is looked at. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frameOf, lastFrame } from "../../cli/progress/frame.ts";
import { treeOf } from "../../cli/progress/tree.ts";
import { newView, see } from "../../cli/progress/view.ts";
import { lineWidth, paint } from "../../compiler/render/ink.ts";
import { expectGolden } from "../render/golden.ts";
import { hostile, wide } from "../render/plans.ts";
import { History } from "./history.ts";
import { asking, failed, pause, undoing, waiting, wave } from "./runs.ts";

const MOMENTS: Readonly<Record<string, () => History>> = { wave, waiting, pause, undoing, asking, failed };

function shown(history: History, width: number, height: number): string {
  const view = history.view();
  const draw = view.phase === "ended" ? lastFrame : frameOf;
  const lines = draw(view, treeOf(view), { now: history.now, frame: 3, width, height });
  for (const line of lines) expect(lineWidth(line)).toBeLessThan(width);
  return lines.map((line) => `${paint(line, false)}\n`).join("");
}

describe.each(Object.entries(MOMENTS))("%s", (name, make) => {
  test("at 100, 60 and 40 columns, and on ten rows", () => {
    const views = [
      [100, 30],
      [60, 30],
      [40, 30],
      [80, 10],
    ] as const;
    const frames = views.map(([width, height]) => `== ${width} × ${height}\n${shown(make(), width, height)}`);
    expectGolden(`frame-${name}.txt`, frames.join("\n"));
  });
});

test("a colour changes no layout", () => {
  const view = undoing().view();
  const lines = frameOf(view, treeOf(view), { now: undoing().now, frame: 0, width: 80, height: 24 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = lines.map((line) => paint(line, true).replace(/\u001b\[[\d;]*m/g, ""));
  expect(plain).toEqual(lines.map((line) => paint(line, false)));
});

test("whatever happens in whatever order, no row is too wide and there are never too many", () => {
  const plans = [hostile(), wide(40), undoing().file];
  fc.assert(
    fc.property(
      fc.constantFrom(...plans),
      fc.array(fc.tuple(fc.nat(), fc.nat(9)), { maxLength: 60 }),
      fc.integer({ min: 8, max: 130 }),
      fc.integer({ min: 3, max: 40 }),
      (file, acts, width, height) => {
        const history = new History(file);
        for (const [pick, what] of acts) {
          const node = file.plan.nodes[pick % file.plan.nodes.length];
          if (node !== undefined) act(history.later(1), node.id, what);
        }
        const view = newView(file.plan);
        const tree = treeOf(view);
        for (const event of history.events) see(view, event);
        for (const draw of [frameOf, lastFrame]) {
          const lines = draw(view, tree, { now: history.now, frame: 0, width, height });
          for (const line of lines) expect(lineWidth(line)).toBeLessThan(width);
          if (draw === frameOf) expect(lines.length).toBeLessThan(height);
        }
        // Counts kept as events come are those of a fresh look.
        const fresh = history.view();
        expect(tree.counts).toEqual(fresh.counts);
        expect(Math.min(...Object.values(view.counts))).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 150 },
  );
});

function act(history: History, node: string, what: number): void {
  const long = `${"日本語 👩‍👩‍👧 ".repeat(20)}\u001b[31m\n::error::no`;
  switch (what) {
    case 0:
    case 1:
      history.start(node);
      break;
    case 2:
      history.succeed(node);
      break;
    case 3:
      history.fail(node, long);
      break;
    case 4:
      history.again(node, 1, 7);
      break;
    case 5:
      history.poll(node, long);
      break;
    case 6:
      history.start(node, 1, "undo");
      break;
    case 7:
      history.succeed(node, 1, "undo");
      break;
    case 8:
      history.add({ type: "approval.awaited", node });
      break;
    default:
      history.add({ type: "element.failed", element: node.slice(0, node.lastIndexOf("]") + 1), why: long });
  }
}

/** Progress on a terminal, redrawn in place as long as the run goes on. */
import process from "node:process";
import { type Line, paint, run, wrap } from "../../compiler/render/ink.ts";
import { frameOf, lastFrame } from "./frame.ts";
import { openScreen } from "./screen.ts";
import { treeOf } from "./tree.ts";
import { cutOff, type RunView } from "./view.ts";

const FRAME_MS = 100;
/** Of the time at most this share goes into drawing. */
const SHARE = 0.2;
/** And however long that takes, it is never longer until the next. */
const SLOWEST_MS = 500;

export interface Live {
  /** A line that stays, above what is redrawn. */
  keep(line: string): void;
  /** Leaves what became of the run in few lines, and gives the terminal back. */
  stop(): void;
}

export function startLive({ color }: { readonly color: boolean }, view: RunView): Live {
  const tree = treeOf(view);
  const screen = openScreen(process.stderr);
  let frame = 0;
  const painted = (lines: readonly Line[], inColor: boolean): string[] => lines.map((line) => paint(line, inColor));
  let timer: NodeJS.Timeout;
  const draw = (): void => {
    const now = Date.now();
    // Before the first event there is nothing to tell: a refusal is not to flicker past.
    if (view.phase !== "starting" && view.phase !== "ended") {
      const lines = frameOf(view, tree, { now, frame: frame++, ...screen.size() });
      screen.draw(painted(lines, color), painted(lines, false));
    }
    timer = setTimeout(draw, Math.min(SLOWEST_MS, Math.max(FRAME_MS, (Date.now() - now) / SHARE)));
  };
  draw();
  return {
    keep: (text) => screen.above(painted(wrap([run(text, "yellow")], screen.size().width, 2), color).join("\n")),
    stop() {
      clearTimeout(timer);
      if (view.phase !== "ended") cutOff(view);
      // Of a run that was refused, or that ended before it began, nothing became of anything.
      const last = view.begun ? lastFrame(view, tree, { now: Date.now(), frame, ...screen.size() }) : [];
      screen.close(painted(last, color));
    },
  };
}

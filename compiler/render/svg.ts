/** A plan as an SVG picture, with what became of it in a run where that is known. Graphviz places what is drawn; the drawing is ours. */
import type { PlanFile } from "../plan/plan.schema.ts";
import type { Happened } from "./happened.ts";
import { compose } from "./picture/compose.ts";
import { layOut } from "./picture/layout.ts";
import { styleSheet, type Theme } from "./picture/palette.ts";
import { pictureOf } from "./picture/picture.ts";

export interface SvgOptions {
  /** `auto`, which is usual, follows the setting of who looks at it. */
  readonly theme?: Theme;
  /** Without heading, legend and ground, for a page that has its own. */
  readonly bare?: boolean;
}

/** Above this many boxes, alike ones counted once, a picture is neither readable nor drawn in reasonable time. */
export const MOST_BOXES = 1000;

/** The plan has too much in it to be drawn. */
export class TooLargeError extends Error {
  constructor(boxes: number) {
    super(
      `the plan has ${boxes} nodes that are not alike; a picture is drawn of ${MOST_BOXES} at most. The text and Markdown renderings have no limit.`,
    );
    this.name = "TooLargeError";
  }
}

/** A standalone SVG document; the same bytes for the same plan. Rejects with `TooLargeError`. */
export async function planSvg(
  file: PlanFile,
  options: SvgOptions = {},
  happened: Happened | null = null,
): Promise<string> {
  const picture = pictureOf(file, happened);
  if (picture.size > MOST_BOXES) throw new TooLargeError(picture.size);
  // Graphviz is a megabyte of WebAssembly: only a picture pays for it.
  const graphviz = await (await import("@viz-js/viz")).instance();
  const engine = (dot: string): string => graphviz.renderString(dot, { format: "json0", engine: "dot" });
  const placed = picture.flows.map((flow) => layOut(flow, engine));
  return compose(picture, placed, { theme: options.theme ?? "auto", bare: options.bare ?? false });
}

/** What stands in the picture's `<style>`. */
export function pictureStyle(theme: Theme): string {
  return styleSheet(theme);
}

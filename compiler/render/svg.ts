/** A plan as an SVG picture with a background of its own, so that it looks the same on any page. */
import type { PlanFile } from "../plan/plan.schema.ts";
import { planDot, type Theme } from "./dot.ts";
import { pictureOf } from "./picture.ts";
import { escapeControls } from "./safe.ts";

/** Above this many nodes a picture is neither readable nor drawn in reasonable time. */
export const MOST_NODES = 1000;

/** The plan has too many nodes to be drawn. */
export class TooLargeError extends Error {
  constructor(nodes: number) {
    super(
      `the plan has ${nodes} nodes; a picture is drawn for ${MOST_NODES} at most. The text and Markdown renderings have no limit.`,
    );
    this.name = "TooLargeError";
  }
}

/** A standalone SVG document; the same bytes for the same plan. Rejects with `TooLargeError`. */
export async function planSvg(
  file: PlanFile,
  options: { readonly theme: Theme } = { theme: "light" },
): Promise<string> {
  const { nodes } = file.plan;
  if (nodes.length > MOST_NODES) throw new TooLargeError(nodes.length);
  // Graphviz is a megabyte of WebAssembly: only a picture pays for it.
  const { instance } = await import("@viz-js/viz");
  const svg = (await instance()).renderString(planDot(file, options), { format: "svg", engine: "dot" });
  return finish(svg, file);
}

/** Takes off what is not picture (prolog, comments, edge names) and puts the nodes' ids where their made-up names stood. */
function finish(svg: string, file: PlanFile): string {
  const { title } = pictureOf(file.plan);
  const ids = file.plan.nodes.map(({ id }) => xml(id));
  return `${svg
    .slice(svg.indexOf("<svg"))
    .replace(/<!--[\s\S]*?-->\n?/g, "")
    .replace(/<title>([^<]*)<\/title>\n?/g, (_, name: string) => {
      const at = /^n(\d+)$/.exec(name)?.[1];
      return at === undefined ? "" : `<title>${ids[Number(at)] ?? ""}</title>\n`;
    })
    // Boxes are laid out for Helvetica's widths; drawn a little smaller, wider fonts fit too.
    .replace(/font-size="([\d.]+)"/g, (_, size: string) => `font-size="${(Number(size) * 0.87).toFixed(2)}"`)
    .replace("<svg ", () => `<svg role="img" aria-label="${xml(title)}" `)
    .trimEnd()}\n`;
}

function xml(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

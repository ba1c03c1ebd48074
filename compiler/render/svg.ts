/** A plan as an SVG picture with a background of its own, so that it looks the same on any page. */
import type { PlanFile } from "../plan/plan.schema.ts";
import { planDot, type Theme } from "./dot.ts";
import { type Box, type Frame, pictureOf } from "./picture.ts";
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

/** Takes off what is not picture (prolog, comments) and writes what a page needs to find nodes, edges and frames: see the README of this folder. */
function finish(svg: string, file: PlanFile): string {
  const { title, root } = pictureOf(file.plan);
  const boxes = new Map(boxesOf(root).map((box) => [box.name, box]));
  const frames = new Map(framesOf(root).map((frame) => [frame.name, frame]));
  return `${svg
    .slice(svg.indexOf("<svg"))
    .replace(/<!--[\s\S]*?-->\n?/g, "")
    .replace(/<g id="node\d+" class="node">\n<title>n(\d+)<\/title>/g, (_, index: string) => {
      const box = boxes.get(`n${index}`);
      const marks = box?.irreversible === true ? " irreversible" : "";
      const id = xml(box?.id ?? "");
      return `<g class="node ${box?.look ?? ""}${marks}" id="opsc-n${index}" data-nodes="${index}" data-id="${id}">\n<title>${id}</title>`;
    })
    .replace(
      /<g id="edge\d+" class="edge">\n<title>(n\d+)&#45;&gt;(n\d+)<\/title>/g,
      (_, from: string, to: string) => `<g class="edge" data-from="opsc-${from}" data-to="opsc-${to}">`,
    )
    .replace(/<g id="clust\d+" class="cluster">\n<title>cluster_(c\d+)<\/title>/g, (_, name: string) => {
      return `<g class="frame element" data-id="${xml(frames.get(name)?.title ?? "")}">`;
    })
    .replace(/<title>plan<\/title>\n?/g, "")
    // Boxes are laid out for Helvetica's widths; drawn a little smaller, wider fonts fit too.
    .replace(/font-size="([\d.]+)"/g, (_, size: string) => `font-size="${(Number(size) * 0.87).toFixed(2)}"`)
    .replace('<g id="graph0" class="graph"', '<g class="graph"')
    .replace("<svg ", () => `<svg class="opsc-picture" role="img" aria-label="${xml(title)}" `)
    .trimEnd()}\n`;
}

function boxesOf(frame: Frame): Box[] {
  return [...frame.boxes, ...frame.frames.flatMap(boxesOf)];
}

function framesOf(frame: Frame): Frame[] {
  return [frame, ...frame.frames.flatMap(framesOf)];
}

function xml(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

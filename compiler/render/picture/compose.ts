/** The whole picture as one SVG: heading, the flow in its columns, hooks, legend. */

import type { PlacedBox, PlacedColumn, Point } from "./layout.ts";
import { legendSvg } from "./legend.ts";
import { clipTo, lines, textWidth } from "./measure.ts";
import type { Flow, Picture } from "./model.ts";
import { styleSheet, type Theme } from "./palette.ts";
import {
  alarmSvg,
  arrivalsSvg,
  boxSvg,
  edgeSvg,
  frameSvg,
  groundSvg,
  headingSvg,
  idOf,
  railsSvg,
  ribbonSvg,
  rounded,
} from "./shapes.ts";
import { ALARM } from "./size.ts";
import { element, path, px, text, xml } from "./xml.ts";

export interface Sheet {
  readonly theme: Theme;
  /** Without heading, legend and ground. */
  readonly bare: boolean;
}

const MARGIN = 24;
/** Between columns, for arrows that go from one to the next. */
const GUTTER = 36;
const LANE = 7;
const HOOK_PAD = 16;
const HOOKS_GAP = 36;
/** Rails beside a gate are at least this long. */
const RAIL = 32;
/** A heading needs this much, however small the flow is. */
const NARROWEST = 560;
/** The line of no return has to have room for what it says. */
const NO_RETURN_ROOM = 220;
const NO_RETURN = "POINT OF NO RETURN";
const NO_RETURN_MEANS = "what stands below cannot be taken back, or comes after what cannot";

interface Block {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** `placed`: the columns of each flow, in the order of `picture.flows`. */
export function compose(picture: Picture, placed: readonly (readonly PlacedColumn[])[], sheet: Sheet): string {
  const blocks = picture.flows.map((flow, i) =>
    flowBlock(placed[i] ?? [], flow.event === null && !sheet.bare ? NARROWEST : 0),
  );
  const [main = { svg: "", width: 0, height: 0 }, ...hooks] = blocks;
  const width = Math.max(sheet.bare ? 0 : NARROWEST, main.width, ...hooks.map((hook) => hook.width + HOOK_PAD * 2));
  const parts: string[] = [];
  let y = MARGIN;
  if (!sheet.bare) {
    const head = headSvg(picture, width, y);
    parts.push(head.svg);
    y += head.height + 18;
  }
  parts.push(moved(main.svg, MARGIN + Math.max(0, (Math.min(width, NARROWEST) - main.width) / 2), y));
  y += main.height;
  if (hooks.length > 0) {
    const below = hooksBlock(picture.flows.slice(1), hooks, width);
    parts.push(moved(below.svg, MARGIN, y + HOOKS_GAP));
    y += below.height + HOOKS_GAP;
  }
  if (!sheet.bare) {
    const legend = legendSvg(picture, MARGIN, y + 24, width);
    parts.push(legend.svg);
    y += legend.height === 0 ? 0 : legend.height + 24;
  }
  const [w, h] = [Math.ceil(width + MARGIN * 2), Math.ceil(y + MARGIN)];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="opsc-picture" role="img" aria-label="${xml(picture.title)}" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">
<style>${styleSheet(sheet.theme)}</style>
${sheet.bare ? "" : `<rect class="back" width="${w}" height="${h}"/>\n`}${parts.filter((part) => part !== "").join("\n")}
</svg>
`;
}

function moved(svg: string, x: number, y: number): string {
  return `<g transform="translate(${px(x)} ${px(y)})">\n${svg}\n</g>`;
}

function headSvg(picture: Picture, width: number, top: number): { readonly svg: string; readonly height: number } {
  const parts: string[] = [];
  let y = top + 18;
  for (const line of lines(picture.title, width, 20, 2, true)) {
    parts.push(text(MARGIN, y, "title", line));
    y += 24;
  }
  y -= 2;
  const risk = picture.risk === null ? "" : `risk ${clipTo(picture.risk, 160, 11)}`;
  const grave = picture.risk === "high" || picture.risk === "critical";
  const pill = risk === "" ? 0 : Math.ceil(textWidth(risk.toUpperCase(), 11, true)) + 16;
  if (risk !== "")
    parts.push(
      grave
        ? ribbonSvg(risk, MARGIN, y - 11, pill)
        : `${path("outline", rounded(MARGIN, y - 11, pill, 15, 3))}${text(MARGIN + pill / 2, y, "b", risk.toUpperCase(), "middle")}`,
    );
  const indent = pill === 0 ? 0 : pill + 10;
  for (const line of inRows(picture.facts, width - indent)) {
    parts.push(text(MARGIN + indent, y, "note m", line));
    y += 17;
  }
  y += 4;
  for (const [at, { text: words, bad, alarm }] of picture.notes.entries()) {
    if (alarm !== undefined) {
      if (picture.notes[at - 1]?.alarm === undefined) y += 4;
      const tone = alarm === "grave" ? "bad" : "warn";
      lines(words, width - ALARM, 12, 2, true).forEach((line, i) => {
        if (i === 0) parts.push(alarmSvg({ words: line, grave: alarm === "grave" }, MARGIN, y, width, 12));
        else parts.push(text(MARGIN + ALARM, y, `note b ${tone}`, line));
        y += 17;
      });
      continue;
    }
    for (const line of bad ? lines(words, width, 12, 4, true) : inRows(words.split(" · "), width)) {
      parts.push(text(MARGIN, y, bad ? "note b bad" : "note m", line));
      y += 17;
    }
  }
  return { svg: element("g", { class: "head" }, parts.join("\n")), height: y - 17 - top };
}

/** Facts joined by dots, broken only between them. */
function inRows(facts: readonly string[], width: number): string[] {
  const rows: string[] = [];
  for (const fact of facts) {
    const last = rows.at(-1);
    const longer = last === undefined ? fact : `${last} · ${fact}`;
    if (last === undefined || textWidth(longer, 12) > width) rows.push(clipTo(fact, width, 12));
    else rows[rows.length - 1] = longer;
  }
  return rows;
}

/** Columns side by side, tops in line, with the arrows that lead from one to the next. */
function flowBlock(columns: readonly PlacedColumn[], narrowest: number): Block {
  const widthOf = (column: PlacedColumn | undefined): number =>
    Math.max(column?.width ?? 0, columns.length === 1 ? narrowest : column?.line == null ? 0 : NO_RETURN_ROOM);
  const shift = (at: number, [x, y]: Point): Point => [
    (lefts[at] ?? 0) + (widthOf(columns[at]) - (columns[at]?.width ?? 0)) / 2 + x,
    top + y,
  ];
  const routes = routesOf(columns);
  const lanes = lanesOf(routes);
  const most = Math.max(0, ...lanes.values()) + 1;
  const top = routes.length === 0 ? 0 : 16 + most * LANE;
  const gutter = GUTTER + most * LANE;
  const lefts: number[] = [];
  let x = 0;
  for (const [i, column] of columns.entries()) {
    lefts.push(x);
    x += widthOf(column) + (i < columns.length - 1 ? gutter : 0);
  }
  const tallest = Math.max(0, ...columns.map(({ height }) => height));
  const bottom = routes.length === 0 ? 0 : 12 + most * LANE;
  const maybe = new Set(
    columns.flatMap(({ boxes }) => boxes.flatMap(({ box }) => (box.conditional ? [box.name] : []))),
  );
  const parts = columns.map((column, i) =>
    columnSvg(column, { left: lefts[i] ?? 0, top, width: widthOf(column), height: tallest, gutter }, maybe),
  );
  for (const { name, from, to } of routes) {
    const [exit, entry] = [columns[from]?.exits.get(name), columns[to]?.entries.get(name)];
    if (exit === undefined || entry === undefined) continue;
    const lane = (lanes.get(`${name} ${from}`) ?? 0) * LANE;
    const start = shift(from, exit);
    const end = shift(to, entry);
    const down = top + (columns[from]?.height ?? 0) + 8 + lane;
    const side = (lefts[from] ?? 0) + widthOf(columns[from]) + 14 + lane;
    const up = top - 10 - lane;
    parts.push(routeSvg(name, [start, [start[0], down], [side, down], [side, up], [end[0], up], end]));
  }
  return { svg: parts.join("\n"), width: x, height: top + tallest + bottom };
}

interface Route {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function routesOf(columns: readonly PlacedColumn[]): Route[] {
  return columns.flatMap(({ exits }, from) =>
    [...exits.keys()].flatMap((name) =>
      columns.flatMap(({ entries }, to) => (to > from && entries.has(name) ? [{ name, from, to }] : [])),
    ),
  );
}

/** For each box and column it leads from the track of its arrow: arrows whose ways lie side by side have different ones. */
function lanesOf(routes: readonly Route[]): ReadonlyMap<string, number> {
  const lanes = new Map<string, number>();
  /** Of each track the last column that it is taken up to. */
  const taken: number[] = [];
  const ways = new Map<string, Route>();
  for (const route of routes) {
    const key = `${route.name} ${route.from}`;
    if (route.to > (ways.get(key)?.to ?? -1)) ways.set(key, route);
  }
  for (const [key, { from, to }] of [...ways].sort(([, a], [, b]) => a.from - b.from)) {
    const free = taken.findIndex((until) => until <= from);
    const lane = free === -1 ? taken.length : free;
    taken[lane] = to;
    lanes.set(key, lane);
  }
  return lanes;
}

interface Room {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Between it and the column before. */
  readonly gutter: number;
}

function columnSvg(
  column: PlacedColumn,
  { left, top, width, height, gutter }: Room,
  maybe: ReadonlySet<string>,
): string {
  const parts: string[] = [];
  const by = (width - column.width) / 2;
  parts.push(...column.frames.map(groundSvg));
  if (column.after) parts.push(zone(-by + 9 - gutter, -6, width + gutter + 1, height + 12));
  if (column.line !== null) parts.push(zone(-by - 10, column.line, width + 20, height + 6 - column.line));
  parts.push(...column.frames.map(frameSvg));
  parts.push(...column.boxes.map((box) => railsFor(box, column, -by, width - by)));
  parts.push(...column.edges.map((edge) => edgeSvg(edge, maybe.has(edge.to))));
  if (column.line !== null) parts.push(noReturnSvg(-by - 10, column.line, width + 20));
  parts.push(
    ...column.frames.map((frame) =>
      headingSvg(frame, column.after || frame.y > (column.line ?? Number.POSITIVE_INFINITY)),
    ),
  );
  parts.push(...column.frames.map((frame) => arrivalsSvg(frame, column.edges)));
  parts.push(...column.boxes.map(boxSvg));
  return moved(parts.filter((part) => part !== "").join("\n"), left + by, top);
}

function zone(x: number, y: number, width: number, height: number): string {
  return element("rect", { class: "zone", x, y, width, height });
}

function noReturnSvg(x: number, y: number, width: number): string {
  const room = textWidth(NO_RETURN, 11, true) + 12;
  return element(
    "g",
    { class: "no-return" },
    `<title>${xml(NO_RETURN_MEANS)}</title>${element("line", { x1: x, y1: y, x2: x + width, y2: y })}${element("rect", { class: "ribbon", x, y: y - 8, width: room, height: 16, rx: 2 })}${text(x + 6, y + 4, "b on", NO_RETURN)}`,
  );
}

function railsFor(gate: PlacedBox, { boxes, frames }: PlacedColumn, left: number, right: number): string {
  const around = frames.filter(
    ({ x, y, width, height }) =>
      x < gate.x && x + width > gate.x + gate.width && y < gate.y && y + height > gate.y + gate.height,
  );
  const inner = around.at(-1);
  const [from, to] =
    inner === undefined
      ? [Math.min(left, gate.x - RAIL), Math.max(right, gate.x + gate.width + RAIL)]
      : [inner.x + 8, inner.x + inner.width - 8];
  const beside = boxes.filter(({ x, width }) => x < to && x + width > from);
  return railsSvg(gate, beside, from, to);
}

/** Straight pieces with round corners. */
function routeSvg(name: string, points: readonly Point[]): string {
  const [first = [0, 0], ...rest] = points;
  let d = `M${px(first[0])} ${px(first[1])}`;
  let before = first;
  rest.forEach((corner, i) => {
    const next = rest[i + 1];
    if (next === undefined) {
      d += `L${px(corner[0])} ${px(corner[1])}`;
      return;
    }
    const radius = Math.min(6, distance(before, corner) / 2, distance(corner, next) / 2);
    const [ax, ay] = towards(corner, before, radius);
    const [bx, by] = towards(corner, next, radius);
    d += `L${px(ax)} ${px(ay)}Q${px(corner[0])} ${px(corner[1])} ${px(bx)} ${px(by)}`;
    before = corner;
  });
  return element("g", { class: "edge", "data-from": idOf(name) }, element("path", { d }));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to) || 1;
  return [from[0] + ((to[0] - from[0]) / length) * by, from[1] + ((to[1] - from[1]) / length) * by];
}

function hooksBlock(flows: readonly Flow[], blocks: readonly Block[], width: number): Block {
  const parts = [
    `${text(0, 4, "h", "Hooks")}${text(52, 4, "m", "told beside the flow: they change no outcome and are not undone")}`,
  ];
  let [x, y, row] = [0, 18, 0];
  flows.forEach((flow, i) => {
    const block = blocks[i] ?? { svg: "", width: 0, height: 0 };
    const [w, h] = [Math.max(block.width, 120) + HOOK_PAD * 2, block.height + HOOK_PAD * 2 + 18];
    if (x > 0 && x + w > width) [x, y, row] = [0, y + row + 16, 0];
    parts.push(
      element(
        "g",
        { class: "hook", "data-event": flow.event },
        `${path("panel", rounded(x, y, w, h, 8))}${text(x + 12, y + 20, "f", `on ${flow.event ?? ""}`)}${moved(block.svg, x + HOOK_PAD, y + HOOK_PAD + 18)}`,
      ),
    );
    x += w + 16;
    row = Math.max(row, h);
  });
  return { svg: parts.join("\n"), width, height: y + row };
}

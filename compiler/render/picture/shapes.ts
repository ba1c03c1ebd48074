/** Boxes, frames and arrows as SVG. */

import { count } from "../show-value.ts";
import { ends, type PlacedBox, type PlacedEdge, type PlacedFrame, type Point } from "./layout.ts";
import { clipTo } from "./measure.ts";
import type { Alarm, BoxFate, Look } from "./model.ts";
import { boxesOf } from "./model.ts";
import { TONES } from "./palette.ts";
import { ALARM_SIGN, FATE_SIGNS, LEASE_SIGN, LOOK_SIGNS } from "./signs.ts";
import { ALARM, BAND, badgeWidth, isGate, RIBBON, SMALL, STACK, STRIP } from "./size.ts";
import { element, path, px, text, xml } from "./xml.ts";

/** A tooltip of more characters than this is cut, and says so. */
const LONGEST_TIP = 4000;

/** The `id` of a box: what a page finds it by. */
export function idOf(name: string): string {
  return `opsc-${name}`;
}

export function classOf(fate: string): string {
  return fate.replaceAll(" ", "-");
}

export function boxSvg(placed: PlacedBox): string {
  const { box, x, y, width, height } = placed;
  const tip = [...box.tip].join("\n");
  const classes = [
    "node",
    box.look,
    ...(box.final === null ? [] : ["irreversible"]),
    ...(box.conditional ? ["conditional"] : []),
    ...(box.after ? ["after"] : []),
    ...(box.nodes.length > 1 ? ["folded"] : []),
    ...(box.fate === null ? [] : [`fate-${classOf(box.fate.fate)}`]),
  ];
  return element(
    "g",
    {
      class: classes.join(" "),
      id: idOf(box.name),
      [box.hook === null ? "data-nodes" : "data-hook-nodes"]: box.nodes.length === 0 ? null : box.nodes.join(" "),
      "data-hook": box.hook === null ? null : String(box.hook),
      "data-id": box.nodes.length === 0 ? null : box.id,
    },
    `${titleSvg(tip)}${box.look === "join" ? joinSvg(x + width / 2, y + height / 2) : bodySvg(placed)}`,
  );
}

/** Tooltips have lines; every other control character is written out. */
export function titleSvg(tip: string): string {
  if (tip === "") return "";
  const shown =
    tip.length <= LONGEST_TIP
      ? tip
      : `${tip.slice(0, LONGEST_TIP).replace(/[\ud800-\udbff]$/, "")}\n… and ${tip.length - LONGEST_TIP} more characters`;
  return `<title>${shown.split("\n").map(xml).join("\n")}</title>`;
}

function joinSvg(x: number, y: number): string {
  return element("circle", { class: "shape", cx: x, cy: y, r: 4 });
}

function bodySvg({ box, x, y, width, height, head, details }: PlacedBox): string {
  const gate = isGate(box);
  const left = gate ? x + 8 : x;
  const parts: string[] = [];
  if (box.nodes.length > 1) {
    for (const by of [STACK, STACK / 2]) parts.push(path("behind", outline(box.look, x + by, y + by, width, height)));
  }
  if (box.final !== null) parts.push(path("ring", outline(box.look, x - 4, y - 4, width + 8, height + 8)));
  parts.push(path("shape", outline(box.look, x, y, width, height)));
  if (gate)
    for (const post of [x, x + width - 5])
      parts.push(element("rect", { class: "post", x: post, y: y - 5, width: 5, height: height + 10, rx: 2 }));
  parts.push(discSvg(box.look, left + 15, y + 17));
  const textX = left + BAND + 4;
  parts.push(text(textX, y + 21, "h", head));
  details.forEach((line, i) => {
    parts.push(text(textX, y + 38 + i * 15, line.muted ? "m" : "", line.text));
  });
  const below = details.length + (box.lease === null ? 0 : 1);
  if (box.lease !== null) parts.push(leaseSvg(box.lease, textX, y + 38 + details.length * 15, width - (textX - x) - 8));
  box.alarms.forEach((alarm, i) => {
    parts.push(alarmSvg(alarm, textX, y + 38 + (below + i) * 15, width - (textX - x) - 8));
  });
  if (box.nodes.length > 1) parts.push(badgeSvg(x + width - 6, y + 8, box.nodes.length));
  let bottom = y + height - 4;
  if (box.fate !== null) {
    parts.push(stripSvg(box.fate, x + 10, bottom - STRIP + 2, width - 20));
    bottom -= STRIP;
  }
  if (box.final !== null) parts.push(ribbonSvg(box.final, x + 10, bottom - RIBBON + 2, width - 20));
  return parts.join("");
}

/** `y`: of the line that its words stand on. */
export function alarmSvg({ words, grave }: Alarm, x: number, y: number, width: number, size = SMALL): string {
  const tone = grave ? "bad" : "warn";
  const shown = clipTo(words, width - ALARM, size, true);
  return element(
    "g",
    { class: `alarm ${tone}` },
    `${path("i", ALARM_SIGN, [x, y - 9.5])}${text(x + ALARM, y, `${size > SMALL ? "note " : ""}b ${tone}`, shown)}`,
  );
}

/** `y`: of the line that its words stand on. */
export function leaseSvg(words: string, x: number, y: number, width: number): string {
  return `${path("i lease", LEASE_SIGN, [x, y - 9.5])}${text(x + ALARM, y, "b", clipTo(words, width - ALARM, SMALL, true))}`;
}

/** Kinds differ in shape as well as in colour. */
function outline(look: Look, x: number, y: number, w: number, h: number): string {
  switch (look) {
    case "destroy":
      return polygon([
        [x + 9, y],
        [x + w - 9, y],
        [x + w, y + 9],
        [x + w, y + h - 9],
        [x + w - 9, y + h],
        [x + 9, y + h],
        [x, y + h - 9],
        [x, y + 9],
      ]);
    case "check":
      return polygon([
        [x + 8, y],
        [x + w - 8, y],
        [x + w, y + h / 2],
        [x + w - 8, y + h],
        [x + 8, y + h],
        [x, y + h / 2],
      ]);
    case "wait":
      return rounded(x, y, w, h, Math.min(14, h / 2));
    case "read":
      return rounded(x, y, w, h, 11);
    case "write":
    case "join":
      return rounded(x, y, w, h, 4);
    case "approve":
    case "require":
    case "rules":
    case "window":
      return rounded(x, y, w, h, 2);
  }
}

function polygon(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join("L")}Z`;
}

export function rounded(x: number, y: number, w: number, h: number, r: number): string {
  const a = `A${px(r)} ${px(r)} 0 0 1`;
  return `M${px(x + r)} ${px(y)}H${px(x + w - r)}${a} ${px(x + w)} ${px(y + r)}V${px(y + h - r)}${a} ${px(x + w - r)} ${px(y + h)}H${px(x + r)}${a} ${px(x)} ${px(y + h - r)}V${px(y + r)}${a} ${px(x + r)} ${px(y)}Z`;
}

export function discSvg(look: Look, x: number, y: number): string {
  if (look === "join") return "";
  return `${element("circle", { class: "disc", cx: x, cy: y, r: 10 })}${path("i disc-i", LOOK_SIGNS[look], [x - 8, y - 8])}`;
}

/** `right`, `top`: its upper right corner. */
export function badgeSvg(right: number, top: number, count: number): string {
  const width = badgeWidth(count);
  return `${element("rect", { class: "badge", x: right - width, y: top, width, height: 16, rx: 8 })}${text(right - width / 2, top + 12, "b on", `×${count}`, "middle")}`;
}

export function ribbonSvg(words: string, x: number, y: number, width: number): string {
  return `${element("rect", { class: "ribbon", x, y, width, height: RIBBON - 2, rx: 2 })}${text(x + width / 2, y + 11, "b on", words.toUpperCase(), "middle")}`;
}

export function stripSvg(fate: BoxFate, x: number, y: number, width: number): string {
  const words = clipTo(fate.words, width - 22, SMALL);
  return element(
    "g",
    { class: TONES[fate.fate] },
    `${element("rect", { class: "strip", x, y, width, height: STRIP - 2, rx: 3 })}${path("i sign", FATE_SIGNS[fate.fate], [x + 4, y + 1.5])}${text(x + 20, y + 11.5, "", words)}`,
  );
}

/** What lies under everything else of a frame. */
export function groundSvg({ x, y, width, height }: PlacedFrame): string {
  return path("area", rounded(x, y, width, height, 8));
}

export function frameSvg({ frame, continued, x, y, width, height }: PlacedFrame): string {
  const [right, bottom] = [x + width, y + height];
  const behind = [3, 6].map((by) =>
    path(
      "behind",
      `M${point([x + by + 4, bottom])}V${px(bottom + by)}H${px(right + by)}V${px(y + by + 4)}H${px(right)}`,
    ),
  );
  return element(
    "g",
    {
      class: `frame ${frame.kind}${frame.count > 1 ? " folded" : ""}`,
      "data-id": frame.id,
      "data-pauses": continued || frame.pauses.length === 0 ? null : frame.pauses.join(" "),
    },
    `${frame.count > 1 ? behind.join("") : ""}${path("outline", rounded(x, y, width, height, 8))}`,
  );
}

/** What lies under the words and elements of a frame, so that no arrow runs through them. */
function coverOf({ heading, continued, x, y, width }: PlacedFrame): Rect {
  return {
    x: x + 2,
    y: y + 2,
    width: Math.min(width, heading.width + 14) - 4,
    height: 4 + (continued ? 30 : heading.height),
  };
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Drawn after the arrows, which go behind it. */
export function headingSvg(placed: PlacedFrame, after: boolean): string {
  const { frame, heading, continued, x, y, width } = placed;
  const left = x + 12;
  const top = y + 8;
  const parts: string[] = [
    // Arrows that would run through what stands here end where the frame begins, and go on below it.
    element("rect", { class: "cover", ...coverOf(placed), rx: 6 }),
    text(left, top + 11, "f", heading.title),
  ];
  if (frame.count > 1) parts.push(badgeSvg(x + width - 8, y + 7, frame.count));
  const notes = continued ? ["goes on from the column before"] : heading.notes;
  notes.forEach((note, i) => {
    parts.push(text(left, top + 27 + i * 14, "m", note));
  });
  if (!continued) {
    heading.alarms.forEach((alarm, i) => {
      parts.push(alarmSvg(alarm, left, top + 27 + (notes.length + i) * 14, width - 24));
    });
    for (const { text: words, y: at } of heading.labels) parts.push(text(left, top + at + 4, "k m", words));
    for (const placed of heading.chips) parts.push(chipSvg(placed, left, top));
    if (heading.left > 0) parts.push(text(left, top + heading.height - 4, "m", `and ${count(heading.left)} more`));
  }
  return element("g", { class: after ? "heading after" : "heading" }, parts.join(""));
}

function chipSvg(
  { chip, text: words, x, y, width, height }: PlacedFrame["heading"]["chips"][number],
  left: number,
  top: number,
): string {
  const fate = chip.fate;
  const sign =
    fate === null
      ? ""
      : path("i sign", FATE_SIGNS[fate.fate], words === "" ? [left + x - 1, top + y - 1] : [left + x + 4, top + y + 3]);
  const label = words === "" ? "" : text(left + x + width - 6, top + y + height / 2 + 3.5, "k", words, "end");
  return element(
    "g",
    {
      class: `element-of${fate === null ? "" : ` ${TONES[fate.fate]} fate-${classOf(fate.fate)}`}`,
      "data-id": chip.id,
    },
    `${titleSvg(fate === null ? chip.id : `${chip.id}: ${fate.words}`)}${element("rect", { class: "chip", x: left + x, y: top + y, width, height, rx: words === "" ? 2 : 9 })}${sign}${label}`,
  );
}

export function edgeSvg(edge: PlacedEdge, maybe: boolean): string {
  const [start, ...rest] = edge.curve;
  if (start === undefined) return "";
  const { from, to } = ends(edge);
  const goesOn = edge.to.startsWith("x");
  const d = `M${point(start)}C${rest.map(point).join(" ")}`;
  const last = rest.at(-1);
  return element(
    "g",
    { class: maybe ? "edge maybe" : "edge", "data-from": idOf(from), "data-to": goesOn ? null : idOf(to) },
    `${element("path", { d })}${edge.tip === null || last === undefined ? "" : tipSvg(last, edge.tip)}`,
  );
}

/** The ends of arrows that lead into a frame, at its upper border, where its heading hides how they go on. */
export function arrivalsSvg(placed: PlacedFrame, edges: readonly PlacedEdge[]): string {
  const { frame, y } = placed;
  const cover = coverOf(placed);
  const inside = new Set(boxesOf(frame).map(({ name }) => name));
  const taken = new Set<number>();
  return edges
    .flatMap((edge) => {
      const { from, to } = ends(edge);
      const at = inside.has(to) && !inside.has(from) ? crossing(edge.curve, y) : null;
      if (at === null || at[0] < cover.x || at[0] > cover.x + cover.width || taken.has(Math.round(at[0]))) return [];
      taken.add(Math.round(at[0]));
      return [
        element(
          "g",
          { class: "edge", "data-from": idOf(from), "data-to": idOf(to) },
          tipSvg([at[0] - at[1] * 8, y - 8], [at[0], y]),
        ),
      ];
    })
    .join("");
}

/** Pieces of a Bézier curve that are taken for straight. */
const PIECES = 16;

/** Where a curve first comes down to `y`, and how far it goes sideways there for each pixel down; null where it does not. */
function crossing([start, ...rest]: readonly Point[], y: number): readonly [x: number, slant: number] | null {
  let before = start;
  for (let i = 0; before !== undefined && i + 2 < rest.length; i += 3) {
    const [p0, p1, p2, p3] = [i === 0 ? start : rest[i - 1], rest[i], rest[i + 1], rest[i + 2]];
    if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) return null;
    for (let k = 1; k <= PIECES; k++) {
      const t = k / PIECES;
      const at = (j: 0 | 1): number =>
        (1 - t) ** 3 * p0[j] + 3 * (1 - t) ** 2 * t * p1[j] + 3 * (1 - t) * t ** 2 * p2[j] + t ** 3 * p3[j];
      const next: Point = [at(0), at(1)];
      if (before[1] < y && next[1] >= y) {
        const slant = (next[0] - before[0]) / (next[1] - before[1]);
        return [before[0] + slant * (y - before[1]), slant];
      }
      before = next;
    }
  }
  return null;
}

function tipSvg([x0, y0]: Point, [x, y]: Point): string {
  const length = Math.hypot(x - x0, y - y0) || 1;
  const [dx, dy] = [(x - x0) / length, (y - y0) / length];
  const base: Point = [x - dx * 8, y - dy * 8];
  return path(
    "tip",
    polygon([
      [x, y],
      [base[0] - dy * 3.5, base[1] + dx * 3.5],
      [base[0] + dy * 3.5, base[1] - dx * 3.5],
    ]),
  );
}

function point([x, y]: Point): string {
  return `${px(x)} ${px(y)}`;
}

/** Where a gate stands alone in its row, rails on both sides close the way past it. */
export function railsSvg(gate: PlacedBox, others: readonly PlacedBox[], left: number, right: number): string {
  const y = gate.y + gate.height / 2;
  const clear = others.every(
    (other) => other === gate || other.y > gate.y + gate.height || other.y + other.height < gate.y,
  );
  if (!isGate(gate.box) || !clear) return "";
  const line = (from: number, to: number): string =>
    to - from < 12 ? "" : path("rail", `M${px(from)} ${px(y)}H${px(to)}`);
  return element("g", { class: gate.box.look }, `${line(left, gate.x - 8)}${line(gate.x + gate.width + 8, right)}`);
}

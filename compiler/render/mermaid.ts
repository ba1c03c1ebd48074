/** A plan as a Mermaid flowchart, for places that draw Mermaid themselves. */
import type { PlanFile } from "../plan/plan.schema.ts";
import { FATE_SIGNS } from "./fates.ts";
import type { Happened } from "./happened.ts";
import type { Box, Flow, Frame, Picture } from "./picture/model.ts";
import { boxesOf } from "./picture/model.ts";
import { PALETTES, TONES } from "./picture/palette.ts";
import { pictureOf } from "./picture/picture.ts";
import { count } from "./show-value.ts";
import { clip, displayWidth } from "./width.ts";

/** Columns of a line in a box, and of one in the heading of a frame. */
const COLUMNS = 34;
const HEADING = 100;

/** Mermaid source, each line ended. Boxes, folds and frames are those of the SVG; what must not be missed stands above them. */
export function planMermaid(file: PlanFile, happened: Happened | null = null): string {
  return mermaidOf(pictureOf(file, happened));
}

/** The same of a picture that is there already. */
export function mermaidOf(picture: Picture): string {
  const { flows } = picture;
  const lines = [
    "flowchart TB",
    ...headLines(picture),
    ...flows.flatMap((flow, i) => flowLines(flow, i)),
    ...classLines(flows),
  ];
  return `${lines.join("\n")}\n`;
}

/** How a run went, and what stands above the SVG in red; nothing where there is nothing of that. */
function headLines({ title, notes, flows: [main] }: Picture): string[] {
  const told = notes.filter(({ bad, ofRun }) => bad || ofRun === true);
  if (told.length === 0) return [];
  const label = [
    text(clip(title, HEADING)),
    ...told.map(({ text: words, alarm }) => text(clip(alarm === undefined ? words : `⚠ ${words}`, HEADING))),
  ];
  const first = main === undefined ? undefined : boxesOf(main.root).find(({ name }) => isFirst(main, name));
  const line = PALETTES.light[told.some(({ bad }) => bad) ? "danger" : "frame"].line;
  return [
    `  head["${label.join("<br/>")}"]`,
    `  style head fill:${PALETTES.light.back},stroke:${line},color:${PALETTES.light.text}`,
    // An arrow that is not drawn keeps it above.
    ...(first === undefined ? [] : [`  head ~~~ ${first.name}`]),
  ];
}

const isFirst = ({ edges }: Flow, name: string): boolean => edges.every(({ to }) => to !== name);

function flowLines({ event, root, edges }: Flow, at: number): string[] {
  const after = new Set(boxesOf(root).flatMap((box) => (box.after ? [box.name] : [])));
  const maybe = new Set(boxesOf(root).flatMap((box) => (box.conditional ? [box.name] : [])));
  const arrows = edges.map(({ from, to }) => {
    if (!after.has(from) && after.has(to)) return `  ${from} ==>|point of no return| ${to}`;
    return `  ${from} ${maybe.has(to) ? "-.->" : "-->"} ${to}`;
  });
  if (event === null) return [...frameLines(root, "  "), ...arrows];
  return [`  subgraph h${at}["${text(`on ${event}`)}"]`, ...frameLines(root, "    "), "  end", ...arrows];
}

function frameLines(frame: Frame, indent: string): string[] {
  return [
    ...frame.boxes.map((box) => `${indent}${boxText(box)}`),
    ...frame.frames.flatMap((inner) => {
      const times = inner.count > 1 ? ` ×${count(inner.count)}` : "";
      // On one line: Mermaid keeps no room for a second.
      const alarms = inner.alarms.map(({ words }) => `⚠ ${words}`);
      const heading = text(clip([`${inner.title}${times}`, ...alarms, ...inner.notes].join(" · "), HEADING));
      return [`${indent}subgraph ${inner.name}["${heading}"]`, ...frameLines(inner, `${indent}  `), `${indent}end`];
    }),
  ];
}

function boxText(box: Box): string {
  const times = box.nodes.length > 1 ? ` ×${count(box.nodes.length)}` : "";
  const label = [
    `${clip(box.head, COLUMNS - times.length)}${times}`,
    ...(box.look === "check" || box.look === "approve" ? box.details.flatMap(inTwo) : box.details),
    ...(box.lease === null ? [] : [box.lease]),
    ...box.alarms.map(({ words }) => `⚠ ${words}`),
    ...(box.final === null ? [] : [box.final.toUpperCase()]),
    ...(box.fate === null ? [] : [`${FATE_SIGNS[box.fate.fate]} ${box.fate.words}`]),
  ];
  const shown = `"${label.map((line) => text(clip(line, COLUMNS))).join("<br/>")}"`;
  return `${box.name}${shaped(box, shown)}`;
}

/** Broken at a space where one line has no room for it. */
function inTwo(line: string): string[] {
  const at = displayWidth(line) <= COLUMNS ? -1 : line.lastIndexOf(" ", COLUMNS);
  return at <= 0 ? [line] : [line.slice(0, at), line.slice(at + 1)];
}

function shaped({ look }: Box, label: string): string {
  switch (look) {
    case "read":
      return `(${label})`;
    case "write":
      return `[${label}]`;
    case "destroy":
      return `[[${label}]]`;
    case "check":
      return `{{${label}}}`;
    case "approve":
    case "require":
    case "rules":
    case "window":
      return `[/${label}\\]`;
    case "wait":
      return `([${label}])`;
    case "join":
      return '((" "))';
  }
}

/**
 * Colours by kind, then by fate, then what cannot be taken back: a later class goes before an earlier one. Contrast is that
 * of the light palette in both of Mermaid's themes, since text and fill are set here.
 */
function classLines(flows: readonly Flow[]): string[] {
  const { looks, fates, danger, edge, text: ink } = PALETTES.light;
  const boxes = flows.flatMap(({ root }) => boxesOf(root));
  const dashes: Readonly<Record<string, string>> = { read: ",stroke-dasharray:4 3", wait: ",stroke-dasharray:2 3" };
  const members = new Map<string, string[]>();
  const join = (name: string, box: Box): void => {
    const list = members.get(name) ?? [];
    members.set(name, list);
    list.push(box.name);
  };
  for (const box of boxes) {
    join(box.look, box);
    if (box.fate !== null) join(`fate_${TONES[box.fate.fate]}`, box);
    if (box.after && box.look !== "join") join("after", box);
    if (box.final !== null) join("irreversible", box);
  }
  const styles: readonly (readonly [string, string])[] = [
    ...Object.entries(looks).map(
      ([look, { fill, line }]) => [look, `fill:${fill},stroke:${line},color:${ink}${dashes[look] ?? ""}`] as const,
    ),
    ["join", `fill:${edge},stroke:${edge},color:${edge}`],
    ...Object.entries(fates).map(([tone, { fill }]) => [`fate_${tone}`, `fill:${fill},color:${ink}`] as const),
    ["after", `stroke:${danger.line}`],
    ["irreversible", `stroke:${danger.line},stroke-width:4px`],
  ];
  return styles.flatMap(([name, style]) => {
    const own = members.get(name);
    return own === undefined ? [] : [`  classDef ${name} ${style}`, `  class ${own.join(",")} ${name}`];
  });
}

/** Everything but letters, digits, spaces and harmless marks as entity codes: neither Mermaid nor HTML nor Markdown sees syntax. */
function text(line: string): string {
  return (
    line
      .replace(/[^\p{L}\p{N}\p{M} .,:/_=+-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`)
      // What would be a link, or an icon in place of a name.
      .replace(/:(?=\/\/|fa-)/g, "#58;")
  );
}

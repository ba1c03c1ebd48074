/** A plan as a Mermaid flowchart, for places that draw Mermaid themselves. */
import type { PlanFile } from "../plan/plan.schema.ts";
import { type Box, type Frame, pictureOf } from "./picture.ts";

/** Colours and shapes by kind; contrast of text to fill is above 7 in both of Mermaid's themes, since both are set here. */
const CLASSES = [
  "classDef read fill:#eef1f5,stroke:#5b6b7f,color:#1f2937,stroke-dasharray:4 3",
  "classDef write fill:#fff3d6,stroke:#9a6700,color:#1f2937",
  "classDef destroy fill:#ffe0e0,stroke:#b42318,color:#1f2937,stroke-width:3px",
  "classDef check fill:#e3f2ff,stroke:#0b62a8,color:#1f2937",
  "classDef approve fill:#f1e6ff,stroke:#6b3fb5,color:#1f2937",
  "classDef require fill:#ffffff,stroke:#5b6b7f,color:#1f2937",
  "classDef wait fill:#ffffff,stroke:#5b6b7f,color:#1f2937",
  "classDef join fill:#5b6b7f,stroke:#5b6b7f,color:#5b6b7f",
  "classDef irreversible stroke:#b42318,stroke-width:4px",
];

/** Mermaid source, each line ended. */
export function planMermaid(file: PlanFile): string {
  const { root, edges } = pictureOf(file.plan);
  const lines = ["flowchart TB", ...frameLines(root, "  "), ...edges.map(({ from, to }) => `  ${from} --> ${to}`)];
  return `${[...lines, ...CLASSES.map((line) => `  ${line}`)].join("\n")}\n`;
}

function frameLines(frame: Frame, indent: string): string[] {
  return [
    ...frame.boxes.map((box) => `${indent}${boxText(box)}`),
    ...frame.frames.flatMap((inner) => [
      `${indent}subgraph ${inner.name}["${text(inner.title)}"]`,
      ...frameLines(inner, `${indent}  `),
      `${indent}end`,
    ]),
  ];
}

function boxText(box: Box): string {
  const label = `"${box.lines.map(text).join("<br/>")}"`;
  const classes = `:::${box.look}${box.irreversible ? `\n  class ${box.name} irreversible` : ""}`;
  switch (box.look) {
    case "read":
      return `${box.name}(${label})${classes}`;
    case "write":
    case "require":
      return `${box.name}[${label}]${classes}`;
    case "destroy":
      return `${box.name}[[${label}]]${classes}`;
    case "check":
      return `${box.name}{{${label}}}${classes}`;
    case "approve":
    case "wait":
      return `${box.name}([${label}])${classes}`;
    case "join":
      return `${box.name}((" "))${classes}`;
  }
}

/** Everything but letters, digits, spaces and harmless marks as entity codes: neither Mermaid nor HTML nor Markdown sees syntax. */
function text(line: string): string {
  return line
    .replace(/[^\p{L}\p{N}\p{M} .,:/_=+-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`)
    .replace(/:\/\//g, "#58;//");
}

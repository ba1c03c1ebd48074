/** What the drawn renderings (DOT, SVG, Mermaid) show of a plan: boxes, edges and frames, without any syntax. */
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";
import { elementsOf } from "./outline.ts";
import { escapeControls } from "./safe.ts";
import { drawnEdges } from "./waits.ts";
import { clip } from "./width.ts";
import { approvalWords, requirementText, resourceText } from "./words.ts";

/** Decides colour and shape. */
export type Look = "read" | "write" | "destroy" | "check" | "approve" | "require" | "wait" | "join";

export interface Box {
  /** `n0`, `n1`, … in plan order: no text of the plan becomes syntax. */
  readonly name: string;
  readonly id: string;
  readonly look: Look;
  /** First the word and name, then details; none for joins. Safe, not escaped for any format. */
  readonly lines: readonly string[];
  readonly irreversible: boolean;
  readonly conditional: boolean;
}

export interface Frame {
  readonly name: string;
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly frames: readonly Frame[];
}

export interface Picture {
  /** The boxes outside all loops and, in frames, those of each element. */
  readonly root: Frame;
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly title: string;
  /** Boxes without joins. */
  readonly size: number;
}

const COLUMNS = 34;

export function pictureOf(plan: Plan): Picture {
  const first = plan.nodes.find((node) => node.kind === "step" && node.irreversible !== null);
  const boxes = plan.nodes.map((node, i) => boxOf(node, i, plan, node === first));
  const nameById = new Map<string, string>();
  for (const { id, name } of boxes) if (!nameById.has(id)) nameById.set(id, name);
  const waits = drawnEdges(plan.nodes);
  const edges = boxes.flatMap((box) =>
    (waits.get(box.id) ?? []).flatMap((id) => {
      const from = nameById.get(id);
      return from === undefined ? [] : [{ from, to: box.name }];
    }),
  );
  return {
    root: frames(boxes),
    edges,
    title: clip(escapeControls(plan.action.title), 60),
    size: plan.nodes.filter(({ kind }) => kind !== "join").length,
  };
}

function boxOf(node: PlanNode, i: number, plan: Plan, pointOfNoReturn: boolean): Box {
  const irreversible = node.kind === "step" && node.irreversible !== null;
  const marks = [
    ...(node.when.length > 0 ? ["only if a condition holds"] : []),
    ...(pointOfNoReturn ? ["POINT OF NO RETURN"] : irreversible ? ["IRREVERSIBLE"] : []),
  ];
  return {
    name: `n${i}`,
    id: escapeControls(node.id),
    look: node.kind === "step" ? node.call.effect : node.kind,
    lines:
      node.kind === "join" ? [] : [...labelOf(node, plan), ...marks].map((line) => clip(escapeControls(line), COLUMNS)),
    irreversible,
    conditional: node.when.length > 0,
  };
}

function labelOf(node: PlanNode, plan: Plan): string[] {
  const inner = elementsOf(node.id).at(-1)?.element;
  const name = inner === undefined ? node.id : node.id.slice(inner.length + 1);
  switch (node.kind) {
    case "step":
      return [`${node.call.effect} ${name}`, `${node.call.instance}.${node.call.operation}`, resourceText(node.call)];
    case "check":
      return [
        `check ${name}`,
        node.requires.map(requirementText).join(" and "),
        `within ${formatDuration(node.within)}`,
      ];
    case "approve": {
      const words = approvalWords(node, plan.requester);
      return [`approval: ${words.quorum}`, words.by, ...(node.upfront ? [] : ["the run pauses here"])];
    }
    case "require":
      return ["require", requirementText(node.requirement)];
    case "wait":
      return [`wait ${formatDuration(node.duration)}`];
    case "join":
      return [];
  }
}

interface Draft {
  readonly title: string;
  readonly boxes: Box[];
  readonly frames: Map<string, Draft>;
}

function frames(boxes: readonly Box[]): Frame {
  const draft = (title: string): Draft => ({ title, boxes: [], frames: new Map() });
  const root = draft("");
  for (const box of boxes) {
    let at = root;
    for (const { element } of elementsOf(box.id)) {
      const next = at.frames.get(element) ?? draft(element);
      at.frames.set(element, next);
      at = next;
    }
    at.boxes.push(box);
  }
  let counter = 0;
  const finish = (one: Draft): Frame => {
    const name = `c${counter++}`;
    return { name, title: clip(one.title, COLUMNS), boxes: one.boxes, frames: [...one.frames.values()].map(finish) };
  };
  return finish(root);
}

/** What is not written and yet so, shown between the characters: types of names, and what is done when nothing else is said. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import { visit } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import type { Observed } from "../check/module.ts";
import { DEFAULT_TIMEOUT } from "../expand/order.ts";
import { formatDuration } from "../ir/format.ts";
import { briefType, type Type } from "../types/type.ts";
import type { Analysis } from "./analysis.ts";
import { orderOf } from "./order.ts";

export interface Hint {
  /** Where it stands. */
  readonly offset: number;
  readonly text: string;
  readonly kind: "type" | "order" | "default";
  /** Why it is so. */
  readonly why: string;
}

/** Types longer than this say less than they hide. */
const LONGEST = 40;

/** So many declarations are looked at one by one, as in a part of a file that is in sight; of more the whole file is. */
const FEW = 12;

/** In the order of the text, of `within`. */
export function hintsOf(analysis: Analysis, file: Parsed, within: Span): Hint[] {
  const items = file.tree.items.filter(({ span }) => span.end >= within.start && span.start <= within.end);
  const whole = items.length > FEW ? analysis.whole(file.path) : null;
  return items
    .flatMap((item) => {
      const observed = whole ?? analysis.spot(file.path, item.span.start)?.observed ?? null;
      return observed === null ? [] : ofItem(file, observed, item, within);
    })
    .filter(({ offset }) => offset >= within.start && offset <= within.end)
    .sort((a, b) => a.offset - b.offset);
}

function ofItem(file: Parsed, observed: Observed, item: tree.Item, within: Span): Hint[] {
  const hints: Hint[] = [];
  visit(item, (node) => {
    if (node.span.end < within.start || node.span.start > within.end) return false;
    if (!("kind" in node)) return true;
    switch (node.kind) {
      case "action":
        hints.push(...orderOf(file, observed, node).map((note): Hint => ({ ...note, kind: "order" })));
        break;
      case "let":
        if (node.type === null && node.name !== null && !isPlain(node.value))
          hints.push(...typeHint(node.name, observed.observer.exprs.get(node.value)?.type));
        break;
      case "for": {
        const over = observed.observer.exprs.get(node.over)?.type;
        if (node.name !== null && over !== undefined) hints.push(...typeHint(node.name, elementOf(over)));
        break;
      }
      case "approve":
        if (!hasProperty(node.body, "quorum"))
          hints.push({
            offset: node.by.span.end,
            text: " 1 person",
            kind: "default",
            why: "quorum, if it is left out",
          });
        break;
      case "check":
        if (node.call.kind === "call" && !hasProperty(node.body, "within"))
          hints.push({
            offset: node.call.span.end,
            text: ` within ${formatDuration(DEFAULT_TIMEOUT)}`,
            kind: "default",
            why: "how long it may take until it holds, if it is left out",
          });
        break;
      default:
    }
    return true;
  });
  return hints;
}

/** A literal says its type itself. */
const isPlain = (value: tree.Expr): boolean =>
  value.kind === "string" || value.kind === "number" || value.kind === "bool" || value.kind === "unit";

function typeHint(name: tree.Name, type: Type | undefined): Hint[] {
  if (type === undefined || type.kind === "error") return [];
  const shown = briefType(type);
  return shown.length > LONGEST
    ? []
    : [{ offset: name.span.end, text: `: ${shown}`, kind: "type", why: "found by checking" }];
}

function elementOf(type: Type): Type | undefined {
  switch (type.kind) {
    case "list":
    case "range":
      return type.of;
    case "refined":
      return elementOf(type.base);
    default:
      return undefined;
  }
}

const hasProperty = (body: tree.Body | null, name: string): boolean =>
  body?.members.some((member) => member.kind === "property" && member.name.text === name) === true;

/** What can be done at a place: mending what is wrong there, and changing how something is written without changing what it means. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import { pathAt } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { specifierOf } from "../check/import-graph.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { compatible, mendsOf } from "../fix/apply.ts";
import type { Analysis } from "./analysis.ts";
import { occurrencesIn } from "./references.ts";
import type { Edit } from "./rename.ts";
import { namedAt } from "./symbol.ts";

export interface Action {
  readonly title: string;
  readonly kind: "quickfix" | "extract" | "inline" | "rewrite" | "imports" | "fix all";
  readonly edits: readonly Edit[];
  /** What it mends. */
  readonly diagnostic: Diagnostic | null;
  /** Of several that mend the same, the one to take. */
  readonly preferred: boolean;
}

/** Those of `diagnostics` that stand in `span`, mended; and what can be done with what is selected. */
export function actionsAt(analysis: Analysis, path: string, span: Span, diagnostics: readonly Diagnostic[]): Action[] {
  const file = analysis.file(path);
  if (file === null) return [];
  return [
    ...fixesIn(diagnostics, path, span),
    ...allows(file, diagnostics, span),
    ...extractLet(file, span),
    ...inlineLet(analysis, file, span),
    ...addRollback(file, span),
  ];
}

const touches = (place: Span, span: Span): boolean => place.start <= span.end && place.end >= span.start;

function fixesIn(diagnostics: readonly Diagnostic[], path: string, span: Span): Action[] {
  return diagnostics
    .filter((each) => each.module === path && touches(each.span, span))
    .flatMap((diagnostic) =>
      diagnostic.fixes.map(
        (fix, i): Action => ({
          title: fix.title,
          kind: "quickfix",
          edits: fix.edits,
          diagnostic,
          preferred: i === 0 && fix.suggested !== true,
        }),
      ),
    );
}

/** `// opsc-allow CODE: reason` above a warning, with the reason to be written. */
function allows({ path, text }: Parsed, diagnostics: readonly Diagnostic[], span: Span): Action[] {
  const warnings = diagnostics.filter(
    (each) => each.module === path && each.severity === "warning" && touches(each.span, span),
  );
  return warnings.map((diagnostic) => {
    const line = text.lastIndexOf("\n", diagnostic.span.start - 1) + 1;
    const indent = /^[ \t]*/.exec(text.slice(line))?.[0] ?? "";
    const edits = [
      { module: path, span: { start: line, end: line }, text: `${indent}// opsc-allow ${diagnostic.code}: TODO why\n` },
    ];
    return {
      title: `say why ${diagnostic.code} is fine here`,
      kind: "quickfix",
      edits,
      diagnostic,
      preferred: false,
    };
  });
}

/** All that can be mended without asking, of one file. */
export function fixAll(file: Parsed, diagnostics: readonly Diagnostic[]): Edit[] {
  const own = diagnostics.filter(({ module }) => module === file.path);
  const mends = compatible(mendsOf(own), new Map([[file.path, file.text]]));
  return mends.flatMap(({ fix }) => fix.edits.filter(({ module }) => module === file.path));
}

/** A value that is selected, whole, within an action: it gets a name in a line of its own above. */
function extractLet(file: Parsed, span: Span): Action[] {
  if (span.end <= span.start) return [];
  const text = file.text.slice(span.start, span.end);
  const nodes = pathAt(file.tree, span.start);
  const at = nodes.findIndex((node) => node.span.start === span.start && node.span.end === span.end);
  const value = nodes[at];
  if (value === undefined || !isValue(value)) return [];
  const statement = nodes.findLast((node, i) => i < at && isInBody(nodes, i) && "kind" in node);
  const item = nodes[1];
  const owner = statement ?? (item !== undefined && "kind" in item && item.kind === "let" ? item : undefined);
  // What a lambda or a condition `it` sees has no name outside.
  if (owner === undefined || nodes.slice(0, at).some((node) => "kind" in node && node.kind === "lambda")) return [];
  if (/\bit\b/.test(text)) return [];
  const name = freshName(file, "value");
  const line = file.text.lastIndexOf("\n", owner.span.start - 1) + 1;
  const indent = /^[ \t]*/.exec(file.text.slice(line))?.[0] ?? "";
  return [
    {
      title: "name this value in a let",
      kind: "extract",
      edits: [
        { module: file.path, span: { start: line, end: line }, text: `${indent}let ${name} = ${text}\n` },
        { module: file.path, span, text: name },
      ],
      diagnostic: null,
      preferred: false,
    },
  ];
}

const VALUES: ReadonlySet<string> = new Set(
  "string unit number list record binary unary conditional call field index match paren range".split(" "),
);

function isValue(node: ReturnType<typeof pathAt>[number]): boolean {
  return "kind" in node && VALUES.has(node.kind);
}

/** The node is a statement of a body that holds steps. */
function isInBody(nodes: ReturnType<typeof pathAt>, i: number): boolean {
  const body = nodes[i - 1];
  const owner = nodes[i - 2];
  return (
    body !== undefined &&
    "closed" in body &&
    owner !== undefined &&
    "kind" in owner &&
    ["action", "if", "for", "branch"].includes(owner.kind)
  );
}

function freshName({ text }: Parsed, name: string): string {
  for (let i = 1; ; i++) {
    const fresh = i === 1 ? name : `${name}_${i}`;
    if (!new RegExp(`\\b${fresh}\\b`).test(text)) return fresh;
  }
}

/** The name of a let, at its declaration or a use in its file: its value stands at each use instead. */
function inlineLet(analysis: Analysis, file: Parsed, span: Span): Action[] {
  const meaning = namedAt(analysis, file.path, span.start)?.meaning;
  if (meaning?.is !== "declared" || meaning.declared.as !== "let" || meaning.declared.module !== file.path) return [];
  const { node, name } = meaning.declared;
  if (!("kind" in node) || node.kind !== "let" || isCall(node.value)) return [];
  const value = file.text.slice(node.value.span.start, node.value.span.end);
  if (value.trim() === "") return [];
  const uses = occurrencesIn(analysis, file, meaning.declared).filter(({ role }) => role === "use");
  const put = /^[\w.]+$|^"[^"]*"$/.test(value) ? value : `(${value})`;
  return [
    {
      title: `put the value of ${name} where it is used`,
      kind: "inline",
      edits: [
        { module: file.path, span: wholeLines(file.text, node.span), text: "" },
        ...uses.map((use) => ({ module: file.path, span: use.span, text: put })),
      ],
      diagnostic: null,
      preferred: false,
    },
  ];
}

/** Data is read where it is named. */
const isCall = (value: tree.Expr): boolean => value.kind === "call" && value.callee.kind === "name";

function wholeLines(text: string, { start, end }: Span): Span {
  const line = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", end);
  const alone = text.slice(line, start).trim() === "" && text.slice(end, next < 0 ? text.length : next).trim() === "";
  return alone ? { start: line, end: next < 0 ? text.length : next + 1 } : { start, end };
}

/** A step that has no way back yet gets the frame of one. */
function addRollback(file: Parsed, span: Span): Action[] {
  const nodes = pathAt(file.tree, span.start);
  const step = nodes.findLast((node): node is tree.StepStatement => "kind" in node && node.kind === "step");
  if (step === undefined || nodes.some((node) => "kind" in node && node.kind === "rollback")) return [];
  const stated = step.body?.members.some(({ kind }) => kind === "rollback" || kind === "irreversible") === true;
  if (stated || step.call.kind !== "call") return [];
  const call = file.text.slice(step.call.span.start, step.call.span.end);
  const at = step.body === null ? step.span.end : step.body.span.start + 1;
  const text = step.body === null ? ` {\n    rollback ${call}\n  }` : ` rollback ${call} `;
  return [
    {
      title: "add a rollback to this step",
      kind: "rewrite",
      edits: [{ module: file.path, span: { start: at, end: at }, text }],
      diagnostic: null,
      preferred: false,
    },
  ];
}

/** The imports of a file sorted, those from one file together, names that nothing uses left out; null where there is nothing to do. */
export function organizeImports(file: Parsed, diagnostics: readonly Diagnostic[]): Edit | null {
  const imports = file.tree.items.filter((item) => item.kind === "import");
  const [first] = imports;
  const last = imports.at(-1);
  if (first === undefined || last === undefined || imports.some((item) => specifierOf(item) === null)) return null;
  const span = { start: first.span.start, end: last.span.end };
  // What stands between them would be lost.
  const between = file.tree.comments.some((comment) => touches(comment.span, span));
  const others = file.tree.items.some((item) => item.kind !== "import" && touches(item.span, span));
  if (between || others) return null;
  const unused = new Set(
    diagnostics.flatMap((each) => (each.module === file.path && each.code === "unused-name" ? [each.span.start] : [])),
  );
  const bySpecifier = new Map<string, string[]>();
  for (const item of imports) {
    const names = bySpecifier.get(specifierOf(item) ?? "") ?? [];
    bySpecifier.set(specifierOf(item) ?? "", names);
    for (const { name, as } of item.names)
      if (!unused.has((as ?? name).span.start)) names.push(as === null ? name.text : `${name.text} as ${as.text}`);
  }
  const text = [...bySpecifier]
    .filter(([, names]) => names.length > 0)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([from, names]) => `import { ${[...new Set(names)].sort().join(", ")} } from "${from}"`)
    .join("\n");
  return text === file.text.slice(span.start, span.end) ? null : { module: file.path, span, text };
}

/** Packages before files. */
const rank = (specifier: string): number => (specifier.startsWith(".") ? 1 : 0);

/** Data files: `let services = yaml("./services.yaml") as map<Service>`, and the calendars of windows. */
import type * as tree from "../../language/tree.ts";
import { DATA_FORMATS, type DataFile, type DataFormat, isDataPath } from "../data/file.ts";
import type { DataFault, DataNode, DataRead } from "../data/node.ts";
import { shapeOf } from "../data/shape.ts";
import { diagnose } from "../diagnostics/registry.ts";
import { constant, type Value } from "../ir/expr.ts";
import { valueFits } from "../ir/size.ts";
import { STRING } from "../types/relations.ts";
import { showType, type Type } from "../types/type.ts";
import { type Context, isConst, isSettled, report } from "./context.ts";
import { fitData, MAX_FAULTS } from "./data-fit.ts";
import { checkAs } from "./expr.ts";
import { resolvePath } from "./import-graph.ts";
import type { Binding } from "./scope.ts";

/** A call that reads a data file: of `yaml`, `json` or `csv`, where no name of the file stands for something else. */
export function dataFormat(cx: Context, node: tree.Expr): DataFormat | null {
  if (node.kind !== "call" || node.callee.kind !== "name") return null;
  const { text } = node.callee;
  return cx.scope.declared(text) === undefined ? (DATA_FORMATS.find((format) => format === text) ?? null) : null;
}

/** The constant that a file holds, as a value of `type`. What is wrong in the file is told in the file. */
export function resolveData(
  cx: Context,
  item: tree.LetStatement & { readonly value: tree.Expr },
  format: DataFormat,
  type: Type | null,
): Binding {
  const call = item.value;
  if (call.kind !== "call") return { b: "broken" };
  const found = findFile(cx, call, format);
  if (found === null || type?.kind === "error") return { b: "broken" };
  const read = cachedRead(cx, format, found.file);
  if (read === null) {
    const why = `nothing here reads ${FORMAT_NAMES[format]}`;
    report(cx, "data-unreadable", call.span, { path: found.path, why });
    return { b: "broken" };
  }
  const { node, faults } = read;
  for (const fault of faults.slice(0, MAX_FAULTS)) tellFault(cx, found.path, FORMAT_NAMES[format], fault);
  if (node === null || faults.length > 0) return { b: "broken" };
  if (type === null) {
    tellUntyped(cx, call, found.path, node, format);
    return { b: "broken" };
  }
  const wanted = { module: cx.module.path, span: item.type?.span ?? call.span, note: "the type it is read as" };
  const value = fitData(cx, { path: found.path, text: found.file.text, format, wanted }, node, type);
  if (value === undefined) return { b: "broken" };
  if (!valueFits(value)) {
    report(cx, "too-large", call.span, { what: `the data of ${found.path}` });
    return { b: "broken" };
  }
  return {
    b: "value",
    type,
    expr: constant(value),
    stage: "check",
    home: `${cx.module.path}#${item.name?.text ?? "?"}`,
  };
}

interface Found {
  readonly path: string;
  readonly file: { readonly text: string };
}

/** The file that a call names; null once a mistake is told. */
function findFile(cx: Context, call: tree.CallExpr, format: DataFormat): Found | null {
  const [arg, ...more] = call.args;
  if (arg === undefined || more.length > 0 || arg.label !== null) {
    const found = call.args.length === 0 ? "nothing" : arg?.label != null ? "a label" : `${call.args.length} arguments`;
    report(cx, "wrong-argument-count", call.span, { callee: format, wanted: "one path", found });
    return null;
  }
  const path = checkAs(cx, arg.value, STRING, "the path");
  if (!isConst(path) || typeof path.v !== "string") {
    if (!isSettled(path)) report(cx, "not-constant", arg.value.span, { what: "the path of a data file" });
    return null;
  }
  return openFile(cx, arg.value, path.v);
}

function openFile(cx: Context, node: tree.Expr, written: string): Found | null {
  const path = resolvePath(cx.module.path, written);
  const tell = (why: string, help: string | null): null => {
    report(
      cx,
      "data-unreadable",
      node.span,
      { path: isDataPath(written) ? path : written || "this", why },
      help === null ? {} : { help },
    );
    return null;
  };
  // The host reads what it finds written here; text put together is not found.
  if (node.kind !== "string" || node.block || node.parts.length > 1)
    return tell("its path is not written here as plain text", 'write "./file"');
  if (written === "") return tell("its path is empty", 'write "./file"');
  // Of an escape that is none, the text itself tells.
  const spoilt = cx.module.faults.some((f) => f.span.start >= node.span.start && f.span.end <= node.span.end);
  if (spoilt) return null;
  if (!isDataPath(written))
    return tell("its path does not begin with ./ or ../", `write "./${written.replace(/^\/+/, "")}"`);
  const file = cx.project.dataFile(path);
  if (file === undefined) return tell("there is no such file", "the path is from the file it is written in");
  return "problem" in file ? tell(file.problem, file.help) : { path, file };
}

const reads = new WeakMap<DataFile, Map<DataFormat, DataRead>>();

/** Each file is read once, however many lets name it. */
function cachedRead(cx: Context, format: DataFormat, file: { readonly text: string }): DataRead | null {
  const known = reads.get(file) ?? new Map<DataFormat, DataRead>();
  reads.set(file, known);
  const read = known.get(format) ?? cx.project.readers[format]?.(file.text);
  if (read !== undefined) known.set(format, read);
  return read ?? null;
}

type RelatedPlace = { readonly module: string; readonly span: tree.Span; readonly note: string };

function tellFault(cx: Context, path: string, format: string, fault: DataFault, asked?: RelatedPlace): void {
  const own = fault.related === null ? [] : [{ module: path, ...fault.related }];
  const related = asked === undefined ? own : [...own, asked];
  const extra = { related, ...(fault.help === null ? {} : { help: fault.help }) };
  const args = { format, why: fault.message };
  cx.project.diagnostics.push(diagnose("data-syntax", path, fault.span, args, extra));
}

const FORMAT_NAMES: Readonly<Record<DataFormat, string>> = { yaml: "YAML", json: "JSON", csv: "CSV" };

/** The type that the data has now is offered: a person then says which of it is meant. */
function tellUntyped(cx: Context, call: tree.CallExpr, path: string, node: DataNode, format: DataFormat): void {
  const shown = showType(shapeOf(node, format === "csv"));
  const type = shown.includes("…") || shown.length > 400 ? "json" : shown;
  const text = ` as ${type}`;
  const span = { start: call.span.end, end: call.span.end };
  const fixes = [{ title: `add${text}`, suggested: true as const, edits: [{ module: cx.module.path, span, text }] }];
  report(cx, "data-untyped", call.span, { path }, { fixes });
}

/** The path of a window's calendar within the project; null where there is none, or it cannot be read. */
export function checkCalendar(cx: Context, node: tree.Property | undefined, written: Value): string | null {
  if (node === undefined || typeof written !== "string") return null;
  const found = openFile(cx, node.value, written);
  if (found === null) return null;
  const faults = calendarFaults(cx, found.file);
  if (faults === null) {
    report(cx, "data-unreadable", node.value.span, { path: found.path, why: "nothing here reads iCalendar" });
    return null;
  }
  const place = { module: cx.module.path, span: node.value.span, note: "a calendar is expected here" };
  for (const fault of faults.slice(0, MAX_FAULTS)) tellFault(cx, found.path, "iCalendar", fault, place);
  return faults.length === 0 ? found.path : null;
}

const calendars = new WeakMap<DataFile, readonly DataFault[]>();

function calendarFaults(cx: Context, file: Found["file"]): readonly DataFault[] | null {
  const faults = calendars.get(file) ?? cx.project.readers.calendar?.(file.text) ?? null;
  if (faults !== null) calendars.set(file, faults);
  return faults;
}

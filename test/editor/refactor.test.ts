/** Refactorings change how something is written, and nothing of what it means: tried at every place of every example. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import type { Parsed } from "../../compiler/check/context.ts";
import { checkProject } from "../../compiler/check/project.ts";
import type { DataFile } from "../../compiler/data/file.ts";
import { parseYaml } from "../../compiler/data/yaml.ts";
import { actionsAt } from "../../compiler/editor/actions.ts";
import type { Analysis } from "../../compiler/editor/analysis.ts";
import type { Action } from "../../compiler/editor/refactor/action.ts";
import { format } from "../../language/format/format.ts";
import type { Span } from "../../language/tree.ts";
import { type Node, visit } from "../../language/walk.ts";
import { manifests } from "../compiler/project.ts";
import { analyse } from "./analysis.ts";

interface Project {
  readonly files: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, DataFile>;
}

function projectIn(folder: string): Project {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.split(path.sep).join("/"));
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  return {
    files: Object.fromEntries(all.filter((name) => name.endsWith(".ops")).map((name) => [name, read(name)])),
    data: new Map(
      all.filter((name) => /\.(ya?ml|json|csv|ics)$/.test(name)).map((name) => [name, { text: read(name) }] as const),
    ),
  };
}

const EXAMPLES = readdirSync("examples")
  .filter((folder) => folder !== "README.md")
  .map((folder) => `examples/${folder}`);

const checked = ({ files, data }: Project) =>
  checkProject({
    files: Object.entries(files).map(([file, text]) => ({ path: file, text })),
    data,
    readers: { yaml: parseYaml },
    manifests,
  });

const codes = (project: Project): string[] =>
  checked(project)
    .diagnostics.map(({ module, code }) => `${module} ${code}`)
    .sort();

function applied(text: string, { edits }: Action): string {
  return edits
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce((out, { span, text: put }) => out.slice(0, span.start) + put + out.slice(span.end), text);
}

const at = (
  analysis: Analysis,
  file: string,
  start: number,
  end: number,
  kind: Action["kind"],
  words: RegExp,
): Action[] =>
  actionsAt(analysis, file, { start, end }, []).filter((each) => each.kind === kind && words.test(each.title));

/** What actions do, whatever they call it and wherever it is written. */
const meaning = (project: Project): string =>
  JSON.stringify(checked(project).program.actions, (key, value: unknown) =>
    ["at", "shown", "places", "returns", "resource", "doc"].includes(key) ? undefined : value,
  );

/** Every statement that calls something, by where it begins. */
function statements({ tree }: { readonly tree: Node }): number[] {
  const places: number[] = [];
  visit(tree, (node) => {
    if ("kind" in node && ["step", "check", "fact", "rollback"].includes(node.kind)) places.push(node.span.start);
    return true;
  });
  return places;
}

function values({ tree }: { readonly tree: Node }): Span[] {
  const places: Span[] = [];
  visit(tree, (node) => {
    if ("kind" in node && VALUES.includes(node.kind)) places.push(node.span);
    return true;
  });
  return places;
}

/** Every eighth; `OPSC_REFACTOR=1` for all. */
const sample = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % 8 === 0 || process.env.OPSC_REFACTOR === "1");

const VALUES = ["string", "unit", "number", "list", "record", "binary", "call", "field", "conditional"];

describe("at every place of every example", () => {
  const all = EXAMPLES.map((folder) => {
    const project = projectIn(folder);
    return { project, analysis: analyse(project.files, { data: project.data }), before: codes(project) };
  });

  /** How often there was something to do. */
  function tryAll(
    ask: (analysis: Analysis, file: Parsed) => Action[],
    same: (before: Project, now: Project) => boolean,
  ): number {
    let taken = 0;
    for (const { project, analysis, before } of all)
      for (const file of analysis.files.values())
        for (const action of ask(analysis, file)) {
          const after = applied(file.text, action);
          const now = { ...project, files: { ...project.files, [file.path]: after } };
          expect(codes(now), after).toEqual(before);
          expect(format(after), after).toEqual({ text: after });
          expect(same(project, now), after).toBe(true);
          taken++;
        }
    return taken;
  }

  test("a call of a provider becomes an operation, and the actions do what they did", () => {
    const taken = tryAll(
      (analysis, file) =>
        statements(file).flatMap((place) => at(analysis, file.path, place, place, "extract", /operation/)),
      (project, now) => meaning(project) === meaning(now),
    );
    expect(taken).toBeGreaterThan(10);
  });

  test("a value gets a name", () => {
    const taken = tryAll(
      (analysis, file) =>
        sample(values(file)).flatMap(({ start, end }) => at(analysis, file.path, start, end, "extract", /let/)),
      () => true,
    );
    expect(taken).toBeGreaterThan(20);
  });

  test("the value of a let stands where it is used", () => {
    const taken = tryAll(
      (analysis, file) =>
        [...file.text.matchAll(/(?<=\blet )\w/g)].flatMap(({ index }) =>
          at(analysis, file.path, index, index, "inline", /./),
        ),
      () => true,
    );
    expect(taken).toBeGreaterThan(3);
  });
});

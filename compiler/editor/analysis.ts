/**
 * A project as it stands at one moment, for editors: its files, and what checking finds out about each place, found out
 * when something first asks. Of one version of the files only: after an edit there is another.
 */
import type { ImportItem, Item } from "../../language/tree.ts";
import { type Node, pathAt } from "../../language/walk.ts";
import type { KnownManifest, Parsed } from "../check/context.ts";
import { importedPath } from "../check/import-graph.ts";
import type { Observed } from "../check/module.ts";
import type { PackageImports } from "../check/packages.ts";
import type { ProjectChecker } from "../check/project.ts";
import { type Binding, Scope } from "../check/scope.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

export interface AnalysisInput {
  /** Has checked the project; the files may have been edited since. */
  readonly checker: ProjectChecker;
  /** By path, as they are now. */
  readonly files: ReadonlyMap<string, Parsed>;
  readonly manifests: ReadonlyMap<string, KnownManifest>;
  readonly packages: PackageImports;
}

/** A place in a file, with the nodes around it. */
export interface Spot {
  readonly file: Parsed;
  readonly offset: number;
  /** From the module inwards. */
  readonly nodes: readonly Node[];
  readonly observed: Observed | null;
}

export class Analysis {
  readonly manifests: ReadonlyMap<string, KnownManifest>;
  readonly #input: AnalysisInput;
  readonly #items = new Map<Item, Observed | null>();
  readonly #whole = new Map<string, Observed | null>();

  constructor(input: AnalysisInput) {
    this.#input = input;
    this.manifests = input.manifests;
  }

  /** All files, those of packages among them, in the order of their paths. */
  get files(): ReadonlyMap<string, Parsed> {
    return this.#input.files;
  }

  file(path: string): Parsed | null {
    return this.#input.files.get(path) ?? null;
  }

  /** The file that an import means; null where it means none. */
  imported(from: string, item: ImportItem): string | null {
    return importedPath(from, item, this.#input.packages);
  }

  /** Null where there is no such file. Costs what checking the declaration around `offset` takes, the first time. */
  spot(path: string, offset: number): Spot | null {
    const file = this.file(path);
    if (file === null) return null;
    const nodes = pathAt(file.tree, offset);
    const item = file.tree.items.findLast(({ span }) => span.start <= offset && offset <= span.end);
    return { file, offset, nodes, observed: item === undefined ? this.whole(path) : this.#ofItem(file, item) };
  }

  /** What a name of another file stands for, as it was when the project was checked last. */
  exported(path: string, name: string): Binding | undefined {
    return this.#input.checker.exported(path, name);
  }

  /** Of a declaration of a file as it might be. */
  observe(file: Parsed, item: Item): Observed | null {
    return this.#input.checker.observe(file, item);
  }

  /** What is wrong in a declaration of a file as it might be, and in what that makes use of. */
  examine(file: Parsed, item: Item): readonly Diagnostic[] {
    return this.#input.checker.examine(file, item);
  }

  /** Of a whole file. */
  whole(path: string): Observed | null {
    const known = this.#whole.get(path);
    if (known !== undefined) return known;
    const file = this.file(path);
    const observed = file === null ? null : this.#input.checker.observe(file, null);
    this.#whole.set(path, observed);
    return observed;
  }

  #ofItem(file: Parsed, item: Item): Observed | null {
    const whole = this.#whole.get(file.path);
    if (whole !== undefined) return whole;
    const known = this.#items.get(item);
    if (known !== undefined) return known;
    const observed = this.#input.checker.observe(file, item);
    this.#items.set(item, observed);
    return observed;
  }
}

/**
 * What names of scopes stand for, for lists of many. Actions of the file are as they were at the last check: to check
 * them all, only to name them, would take as long as checking the file.
 */
export function glances(analysis: Analysis, file: Parsed): (scope: Scope | null, name: string) => Binding | undefined {
  const actions = new Set(file.tree.items.flatMap((each) => (each.kind === "action" ? (each.name?.text ?? []) : [])));
  return (scope, name) => {
    const known = scope?.parent === null && actions.has(name) ? analysis.exported(file.path, name) : undefined;
    return known ?? scope?.peek(name);
  };
}

/** The names seen at a spot; those of the file where nothing nearer is known. */
export function scopeAt({ nodes, observed }: Pick<Spot, "nodes" | "observed">): Scope {
  if (observed === null) return new Scope(null);
  for (const node of nodes.toReversed()) {
    const scope = scopeOf(node, observed);
    if (scope !== undefined) return scope;
  }
  return observed.scope;
}

function scopeOf(node: Node, { observer }: Observed): Scope | undefined {
  if ("closed" in node) return observer.bodies.get(node.members)?.scope;
  if (!("kind" in node)) return undefined;
  switch (node.kind) {
    case "call":
      return observer.exprs.get(node)?.scope ?? observer.calls.get(node)?.scope;
    case "missing_type":
    case "named_type":
    case "optional_type":
    case "record_type":
    case "literal_type":
    case "union_type":
    case "one_of_type":
      return observer.types.get(node)?.scope;
    case "missing":
    case "number":
    case "bool":
    case "none":
    case "string":
    case "unit":
    case "rate":
    case "name":
    case "list":
    case "record":
    case "range":
    case "unary":
    case "binary":
    case "conditional":
    case "field":
    case "index":
    case "lambda":
    case "match":
    case "paren":
      return observer.exprs.get(node)?.scope;
    default:
      return undefined;
  }
}

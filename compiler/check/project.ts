/** A whole project: files in, checked program and diagnostics out. */
import { lineIndex } from "../../language/lines.ts";
import { parse } from "../../language/parse.ts";
import type { Item } from "../../language/tree.ts";
import type { DataFile } from "../data/file.ts";
import { type DataReaders, READERS } from "../data/read.ts";
import type { Silenced } from "../diagnostics/allow.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { sha256 } from "../digest.ts";
import { PROGRAM_VERSION, type Program } from "../program.ts";
import { same } from "../same.ts";
import type { TestCase } from "../test-case.ts";
import type { KnownManifest, Parsed } from "./context.ts";
import { checkingOrder, importGraph, withImported } from "./import-graph.ts";
import {
  type CheckedGroup,
  type CheckedModule,
  checkGroup,
  examine,
  type Observed,
  observe,
  type Surroundings,
} from "./module.ts";
import { isInForce, type PackageImports, packageOf } from "./packages.ts";
import { patched } from "./patch.ts";
import type { Binding } from "./scope.ts";
import { earlyOf, order, type Parts, shownOf } from "./shown.ts";
import { isTestFile } from "./test-file.ts";
import { World } from "./world.ts";

export interface ProjectInput {
  /** Paths within the project, with `/`. What is parsed already is not parsed again. */
  readonly files: readonly (Parsed | { readonly path: string; readonly text: string })[];
  /** Files that are no sources, by their paths; none, if it is left out. `mentionedFiles` says which are wanted. */
  readonly data?: ReadonlyMap<string, DataFile>;
  /** Readers of data beside those that are always there. */
  readonly readers?: DataReaders;
  /** What imports of packages mean; the files are among `files`. None, if it is left out. */
  readonly packages?: PackageImports;
  /** Folders of packages (`packageOf`) whose guardrails are in force, though nothing need import them. */
  readonly inForce?: ReadonlySet<string>;
  /** Who is believed; the project itself and names at their word, if it is left out. */
  readonly trust?: Program["trust"];
  /** By the name in `use`. */
  readonly manifests: ReadonlyMap<string, KnownManifest>;
}

export interface CheckedProject {
  readonly program: Program;
  /** In the order of their files. */
  readonly tests: readonly TestCase[];
  /** Sorted by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  /** Warnings that an `opsc-allow` answers. */
  readonly silenced: readonly Silenced[];
  /** Errors in packages whose guardrails are in force: what is wrong there is not enforced. */
  readonly broken: readonly Diagnostic[];
}

/** Never throws for what people write. The program is to be planned only if no diagnostic is an error. */
export function checkProject(input: ProjectInput): CheckedProject {
  return new ProjectChecker().check(input);
}

/**
 * Checks a project again and again, as it is edited. Files are checked in the order of their imports; a file (or the
 * files of an import circle together) is checked anew only if its text is another, or something it read of other
 * files is. The outcome is that of `checkProject`, always.
 */
export class ProjectChecker {
  #parsed: ReadonlyMap<string, Parsed> = new Map();
  #groups: ReadonlyMap<string, CheckedGroup> = new Map();
  /** What else than files was given: what was checked with other does not count. */
  #given: { readonly manifests: ProjectInput["manifests"]; readonly readers: DataReaders } | null = null;
  #rechecked: readonly string[] = [];
  #last: { readonly world: World; readonly input: ProjectInput } | null = null;
  /** The check that has not come to its end. */
  #underWay: Checking | null = null;

  /** Paths that the last check went through anew, in that order. */
  get rechecked(): readonly string[] {
    return this.#rechecked;
  }

  /** Those of them of which one action was. */
  get patched(): readonly string[] {
    return this.#rechecked.filter((path) => this.#groups.get(path)?.patch != null);
  }

  check(input: ProjectInput): CheckedProject {
    const parts = drained(this.#begun(input, { exact: true, whole: true }));
    const { parsed, world, modules, data, inForce } = parts;
    const { shown, allowed, silenced } = shownOf(parts);
    return {
      program: assemble(modules, [...parsed.values()], world, { data, inForce, trust: input.trust ?? ITS_OWN }),
      tests: modules.flatMap((m) => m.tests),
      diagnostics: shown,
      silenced: silenced.filter(({ diagnostic }) => packageOf(diagnostic.module) === null),
      broken: order(allowed).filter((d) => d.severity === "error" && inForce.has(packageOf(d.module) ?? "")),
    };
  }

  /** The diagnostics of `check`, for who asks after every edit: of an edit within an action nothing else is checked. */
  diagnose(input: ProjectInput): readonly Diagnostic[] {
    return drained(this.diagnosing(input));
  }

  /**
   * The same a file at a time, for who has other things to do: null where another check was begun before it came to its end. What it has
   * checked by then is not checked again.
   */
  *diagnosing(input: ProjectInput): Generator<undefined, readonly Diagnostic[] | null> {
    const parts = yield* this.#begun(input, { exact: false, whole: true });
    // One that was ended gives nothing when it is asked for more.
    return parts ? shownOf(parts).shown : null;
  }

  /**
   * What is wrong in `paths`, whatever else the project holds, found out from them and what they import, of which `fileOf` gives each as it is asked
   * for: by path, and nothing of those whose findings other files might change. It is no check of the project; what it has checked
   * is known to the next.
   */
  early(
    input: Omit<ProjectInput, "files">,
    paths: readonly string[],
    fileOf: (path: string) => Parsed | null,
  ): ReadonlyMap<string, readonly Diagnostic[]> {
    const files = withImported(paths, fileOf, input.packages ?? new Map());
    const { parsed, groups } = drained(this.#begun({ ...input, files }, { exact: false, whole: false }));
    return new Map(paths.flatMap((path) => (packageOf(path) === null ? earlyOf(path, groups, parsed) : [])));
  }

  #begun(input: ProjectInput, how: How): Checking {
    this.#underWay?.return(null);
    const checking = this.#groupsOf(input, how);
    this.#underWay = checking;
    return checking;
  }

  *#groupsOf(input: ProjectInput, { exact, whole }: How): Checking {
    const parsed = this.#parse(input.files);
    const data = input.data ?? new Map<string, DataFile>();
    const packages: PackageImports = input.packages ?? new Map();
    const inForce = input.inForce ?? new Set<string>();
    const graph = importGraph(parsed, packages);
    const world = new World(parsed, data, packages);
    const given = { manifests: input.manifests, readers: { ...READERS, ...input.readers } };
    const surroundings = { world, ...given };
    const groups = new Map<string, CheckedGroup>();
    const rechecked: string[] = [];
    const before = same(this.#given, given) ? this.#groups : new Map<string, CheckedGroup>();
    let ended = false;
    try {
      for (const paths of checkingOrder(graph)) {
        const files = paths.flatMap((path) => parsed.get(path) ?? []);
        const key = paths.join("\n");
        const known = before.get(key);
        const holds = known?.reads.holdIn(world) === true && !(exact && known.patch !== null);
        let group = holds ? known : undefined;
        if (group === undefined || !isOf(group, files)) {
          const [file] = files;
          const patch = exact || group === undefined || file === undefined ? null : patched(group, file, surroundings);
          group = patch ?? checkGroup(files, surroundings);
          rechecked.push(...paths);
        }
        world.add(new Map(group.modules.map((m) => [m.path, m.exports])), group.declared);
        groups.set(key, group);
        yield;
      }
      ended = true;
    } finally {
      this.#underWay = null;
      this.#parsed = parsed;
      // What was checked holds, whether or not the rest was: before it is used again its reads are looked at.
      this.#groups = ended && whole ? groups : new Map([...before, ...groups]);
      this.#given = given;
    }
    this.#rechecked = rechecked;
    if (whole) this.#last = { world, input };
    const modules = [...groups.values()].flatMap((g) => g.modules).sort(byPath);
    return { parsed, data, packages, inForce, graph, world, groups: [...groups.values()], modules };
  }

  /**
   * What checking `file` finds out about its places, in a project that else is as it was checked last: `file` may have
   * another text since. Of one `item` of it, which costs only what that takes; of all of it where that is null. Null before the first check.
   */
  observe(file: Parsed, item: Item | null): Observed | null {
    const around = this.#around(file);
    return around === null ? null : observe(around.files, file.path, item, around.surroundings);
  }

  /** What is wrong in one `item` of `file`, and in what it makes use of, of a file that is as in `observe`. */
  examine(file: Parsed, item: Item): readonly Diagnostic[] {
    const around = this.#around(file);
    return around === null ? [] : examine(around.files, file.path, item, around.surroundings);
  }

  /** `file` with those that are checked together with it, in the project as it was checked last. */
  #around(file: Parsed): { readonly files: readonly Parsed[]; readonly surroundings: Surroundings } | null {
    if (this.#last === null) return null;
    const { world, input } = this.#last;
    const group = [...this.#groups.values()].find(({ files }) => files.some(({ path }) => path === file.path));
    const files = group?.files.map((each) => (each.path === file.path ? file : each)) ?? [file];
    const surroundings = { world, manifests: input.manifests, readers: { ...READERS, ...input.readers } };
    return { files, surroundings };
  }

  /** What a file's name stood for at the last check. */
  exported(path: string, name: string): Binding | undefined {
    return this.#last?.world.exported(path, name);
  }

  /** In the order of the paths. What has the text it had is not read again. */
  #parse(files: ProjectInput["files"]): ReadonlyMap<string, Parsed> {
    const sorted = [...files].sort(byPath);
    return new Map(
      sorted.map((file) => {
        const { path, text } = file;
        if ("tree" in file) return [path, file];
        const known = this.#parsed.get(path);
        if (known !== undefined && known.text === text) return [path, known];
        return [path, { path, text, ...parse(text), lines: lineIndex(text) }];
      }),
    );
  }
}

interface How {
  /** The program is wanted too: all places in it are to be those of the text. */
  readonly exact: boolean;
  /** The files are all of the project. */
  readonly whole: boolean;
}

/** Null where it was ended before it came to its end. */
type Checking = Generator<undefined, Parts | null>;

/** Without looking at anything else meanwhile. */
function drained<T>(work: Generator<undefined, T | null>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) {
      // Nothing can end it between two steps.
      if (value === null) throw new Error("a check was ended by another");
      return value;
    }
  }
}

function isOf(group: CheckedGroup, files: readonly Parsed[]): boolean {
  return group.files.length === files.length && group.files.every((file, i) => file === files[i]);
}

/** Of a project that names no trust root and says nothing of identities. */
const ITS_OWN: Program["trust"] = { root: "project", identities: "unverified", breakGlass: [], files: [] };

function assemble(
  modules: readonly CheckedModule[],
  files: readonly Parsed[],
  world: World,
  { data, inForce, trust }: Pick<Parts, "data" | "inForce"> & Pick<Program, "trust">,
): Program {
  const exported = modules.flatMap((m) => [...m.exports.values()]);
  const instances = new Map(
    modules.flatMap((m) => m.uses.map(({ instance }) => [instance.id, instance] as const)).reverse(),
  );
  return {
    programVersion: PROGRAM_VERSION,
    // A plan is not another because a test is.
    modules: files.filter(({ path }) => !isTestFile(path)).map(digested),
    data: [...data]
      .flatMap(([path, file]) => ("text" in file ? [digested({ path, text: file.text })] : []))
      .sort(byPath),
    trust,
    instances: [...instances.values()].sort(byId),
    approvers: exported.flatMap((binding) => (binding.b === "approver" ? [binding.approver] : [])).sort(byId),
    windows: exported.flatMap((binding) => (binding.b === "window" ? [binding.window] : [])).sort(byId),
    secrets: exported.flatMap((binding) => (binding.b === "secret" ? [binding.secret] : [])).sort(byId),
    // Importing a package puts none of its guardrails in force; configuration does.
    guardrails: modules
      .filter((m) => isInForce(m.path, inForce))
      .flatMap((m) => m.guardrails.map((g) => g.guardrail))
      .sort(byId),
    actions: modules.flatMap((m) => m.actions).sort(byId),
    choices: Object.fromEntries([...world.table("choice")].sort(byKey)),
    refinements: Object.fromEntries([...world.table("refinement")].sort(byKey)),
  };
}

/** The digest is made when asked for: a plan names it, and checking has no use for it. */
function digested({ path, text }: Pick<Parsed, "path" | "text">): Program["modules"][number] {
  return {
    path,
    get sha256() {
      return `sha256:${sha256(text)}`;
    },
  };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What only the whole project shows: circles of imports, settings that differ, guardrails without an action, names nobody uses. */
import type * as tree from "../../language/tree.ts";
import { canonicalJson } from "../canonical.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../diagnostics/registry.ts";
import type { Action, Guardrail, Instance } from "../program.ts";
import { proveGuardrails } from "../prove/guardrails.ts";
import { matches } from "./guardrails.ts";
import { type ImportGraph, importCycles, importedPath } from "./import-graph.ts";
import { tellMatchesNothing } from "./matches-nothing.ts";
import type { CheckedModule } from "./module.ts";
import { isInForce, type PackageImports, packageOf } from "./packages.ts";
import type { MayBeUnused } from "./unused.ts";

type Trees = ReadonlyMap<string, { readonly path: string; readonly tree: tree.Module }>;

/** `modules` in the order of their paths. */
export function checkWhole(
  modules: readonly CheckedModule[],
  trees: Trees,
  graph: ImportGraph,
  packages: PackageImports,
  inForce: ReadonlySet<string>,
): Diagnostic[] {
  const actions = modules.flatMap((m) => m.actions);
  const budget = { work: 0 };
  const found = [
    ...importCycles(graph).flatMap((cycle) => cycleAt(trees, cycle, packages)),
    ...differingInstances(modules),
    ...modules
      .filter(isOwn)
      .flatMap((m) =>
        m.guardrails.flatMap(({ guardrail, span }) => tellMatchesNothing(m.path, span, guardrail, actions, budget)),
      ),
  ];
  // Files with errors are left alone: what is broken may be the use.
  const broken = new Set([...modules.flatMap((m) => m.diagnostics), ...found].filter(isError).map((d) => d.module));
  const sound = modules.filter((m) => !broken.has(m.path));
  // Those of packages, in force or not, are for those who write them to hold together.
  const guardrails = sound.filter(isOwn).flatMap((m) => m.guardrails.map((g) => ({ ...g, module: m.path })));
  return [
    ...found,
    ...proveGuardrails(guardrails, actions, matches),
    ...unused(sound, modules, trees, packages, inForce),
  ];
}

const isOwn = (module: CheckedModule): boolean => packageOf(module.path) === null;
const isError = (d: Diagnostic): boolean => d.severity === "error";

/** Told at the import that closes the circle. */
function cycleAt(trees: Trees, cycle: readonly string[], packages: PackageImports): Diagnostic[] {
  const [first, second] = cycle;
  const module = first === undefined ? undefined : trees.get(first);
  for (const item of module?.tree.items ?? []) {
    if (module === undefined || item.kind !== "import" || importedPath(module.path, item, packages) !== second)
      continue;
    return [diagnose("import-cycle", module.path, item.from?.span ?? item.span, { cycle: cycle.join(" → ") })];
  }
  return [];
}

/** Kept, since all are compared at every edit. */
const settings = new WeakMap<Instance, string>();

function settingsOf(instance: Instance): string {
  const known = settings.get(instance) ?? canonicalJson(instance);
  settings.set(instance, known);
  return known;
}

/** `use` of one name in several files is one instance, with the settings of the first. */
function differingInstances(modules: readonly CheckedModule[]): Diagnostic[] {
  const first = new Map<string, string>();
  return modules.flatMap((module) =>
    module.uses.flatMap(({ instance, span }) => {
      const own = settingsOf(instance);
      const before = first.get(instance.id);
      if (before === undefined) first.set(instance.id, own);
      return before === undefined || before === own
        ? []
        : [diagnose("instance-differs", module.path, span, { name: instance.id })];
    }),
  );
}

function unused(
  told: readonly CheckedModule[],
  all: readonly CheckedModule[],
  trees: Trees,
  packages: PackageImports,
  inForce: ReadonlySet<string>,
): Diagnostic[] {
  const imported = new Set<string>();
  for (const { path, tree } of trees.values()) {
    for (const item of tree.items) {
      const target = item.kind === "import" ? importedPath(path, item, packages) : null;
      if (item.kind === "import") for (const { name } of item.names) imported.add(`${target}#${name.text}`);
    }
  }
  const actions = new Map(all.flatMap((m) => m.actions).map((action) => [action.id, action]));
  const guardrails = all.filter((m) => isInForce(m.path, inForce)).flatMap((m) => m.guardrails.map((g) => g.guardrail));
  return told.flatMap(({ path, unused }) =>
    unused
      .filter(
        (name) => !(name.top && imported.has(`${path}#${name.name}`)) && !readByGuardrail(name, actions, guardrails),
      )
      .map(({ kind, name, span }) => diagnose("unused-name", path, span, { kind, name })),
  );
}

function readByGuardrail(
  name: MayBeUnused,
  actions: ReadonlyMap<string, Action>,
  guardrails: readonly Guardrail[],
): boolean {
  const action = name.action === null ? undefined : actions.get(name.action);
  if (action === undefined) return false;
  return guardrails.some((g) => g.inputs.some((input) => input.name === name.name) && matches(g, action));
}

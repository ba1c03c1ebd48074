/** From an action's name and inputs as given to a plan, for `plan` and `apply`. */
import { hostname } from "node:os";
import process from "node:process";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { checkInputs, type Given } from "../compiler/expand/inputs.ts";
import type { Problem } from "../compiler/expand/problem.ts";
import { sourcesIn } from "../compiler/expand/secrets.ts";
import { readWord } from "../compiler/expand/words.ts";
import { previewOf } from "../compiler/manifest.ts";
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Action, Program } from "../compiler/program.ts";
import { makePlan } from "../runtime/plan/make-plan.ts";
import type { Provider } from "../runtime/provider/contract.ts";
import { loadProvider } from "../runtime/provider/load.ts";
import { EXIT, type ExitCode, Stop } from "./exit.ts";
import { readInputsFile } from "./inputs-file.ts";
import type { Io } from "./io.ts";
import { actorOf } from "./person.ts";
import { demandNoSecret } from "./plain-secrets.ts";
import { checkFiles, type Project, textsOf, textsToShow } from "./project.ts";
import { environment, openSecrets, sourcesOfProgram, withoutSecrets } from "./secrets.ts";
import { SIGNALS } from "./signals.ts";
import { fingerprintOf } from "./store.ts";
import { VERSION } from "./version.ts";
import { workspaceOf } from "./workspace.ts";

export interface RequestOptions {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly as?: string;
  readonly reason?: string;
  readonly workspace?: string;
  readonly offline?: true;
  readonly key?: string;
}

/** The program of a project without errors; otherwise they are shown and the command ends with 1. */
export async function soundProgram(io: Io, project: Project): Promise<Program> {
  const { program, diagnostics } = checkFiles(project);
  if (!diagnostics.some((d) => d.severity === "error")) return program;
  throw await errorsStop(io, project, diagnostics);
}

/** Shows the errors, or carries them as data. */
async function errorsStop(io: Io, project: Project, diagnostics: readonly Diagnostic[]): Promise<Stop> {
  const { diagnosticsJson, renderDiagnostics } = await import("../compiler/diagnostics/frame.ts");
  const texts = textsToShow(project);
  const errors = diagnostics.filter((d) => d.severity === "error");
  const message = "the project has errors, so nothing can be done with it";
  const help = "opsc check shows its warnings too";
  if (io.json) {
    const { diagnostics: data } = diagnosticsJson(errors, (module) => texts.get(module));
    return new Stop(EXIT.wrong, message, help, { diagnostics: data });
  }
  io.rawErr(
    renderDiagnostics(errors, (module) => texts.get(module), {
      color: io.color,
      limit: 50,
      width: io.width,
    }),
  );
  return new Stop(EXIT.wrong, message, help);
}

export async function planFor(
  project: Project,
  program: Program,
  action: Action,
  options: RequestOptions,
): Promise<PlanFile> {
  const given = await readInputs(options);
  const inputs = checkInputs(program, action, given);
  if (inputs.problems.length > 0) throw problemStop(inputs.problems);
  const loaded = new Map<string, Promise<Provider>>();
  // First: a token is in nobody's environment from then on.
  const { who: requester } = await actorOf(options.as, project, options.key);
  const [variables, sources] = [environment(), sourcesOfProgram(program)];
  const inputSecrets = [...inputs.values.values()].flatMap(sourcesIn);
  const secrets = openSecrets(project, sources, variables, inputSecrets);
  const interrupted = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => interrupted.abort(signal);
  // What reads is ended with it, and not left behind. A second one ends the command at once.
  for (const name of SIGNALS) process.once(name, onSignal);
  try {
    const made = await makePlan(
      {
        program,
        action,
        inputs: inputs.values,
        texts: textsOf(project),
        requester,
        reason: options.reason ?? null,
        workspace: workspaceOf(project, options.workspace),
        now: new Date().toISOString(),
        lifetime: lifetimeOf(project),
        opsc: VERSION,
        ...(options.offline === true ? { offline: true } : {}),
      },
      {
        directory: project.root,
        environment: withoutSecrets(variables, [...sources.values(), ...inputSecrets], project.config),
        secrets,
        signal: interrupted.signal,
        fingerprint: fingerprintOf(project.root, { create: true }),
        provider: (name) => remember(loaded, name, () => provider(project, name)),
        previews: ({ instance, operation, args }) => {
          const used = program.instances.find((i) => i.id === instance);
          const declared = project.manifests.get(used?.provider ?? "")?.manifest.operations[operation];
          if (declared === undefined) return "none";
          const known = args.flatMap(({ name, value }) => (value.is === "known" ? [[name, value.value] as const] : []));
          return previewOf(declared, Object.fromEntries(known));
        },
      },
    );
    if (interrupted.signal.aborted)
      throw new Stop(EXIT.stopped, `no plan was made: the process was sent ${interrupted.signal.reason}`);
    if (made.ok) {
      demandNoSecret(made.file);
      return made.file;
    }
    // That it cannot be planned here says nothing against it.
    const lacks = made.problems.some(({ message }) => secrets.faults.some((fault) => message.includes(fault.message)));
    throw problemStop(made.problems, lacks ? EXIT.environment : undefined);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
    await secrets.close();
  }
}

/** Loads a provider's code; the manifest it is held against was read before. */
export async function provider(project: Project, name: string): Promise<Provider> {
  const entry = project.providers.find((p) => p.name === name);
  if (entry === undefined)
    throw new Stop(
      EXIT.environment,
      `no provider is called ${name}`,
      "name its package under providers in opsc.config.json",
    );
  const { value, problems } = await loadProvider(entry, project.root);
  if (value !== null) return value;
  const [problem] = problems;
  throw new Stop(
    EXIT.environment,
    `provider ${name}: ${problem?.what ?? "it cannot be loaded"}`,
    problem?.remedy ?? null,
  );
}

export function remember<T>(known: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}

/** This process, as the log names it. */
export const self = (): { readonly host: string; readonly pid: number } => ({ host: hostname(), pid: process.pid });

/** How long a plan may be applied, in milliseconds. */
export const lifetimeOf = (project: Project): number => milliseconds(project.config.plan.lifetime);

/** A duration of the configuration. */
export function milliseconds(text: string): number {
  const read = readWord(text, { kind: "duration" });
  if ("value" in read && typeof read.value === "number") return read.value;
  throw new Stop(EXIT.wrong, `opsc.config.json: ${text} is not a duration`, 'write "72h"');
}

async function readInputs(options: RequestOptions): Promise<Map<string, Given>> {
  const given = new Map<string, Given>();
  if (options.inputs !== undefined) {
    for (const [name, json] of await readInputsFile(options.inputs)) given.set(name, { json });
  }
  const words = new Set<string>();
  for (const pair of options.input ?? []) {
    const name = pair.slice(0, pair.indexOf("="));
    if (words.has(name)) throw new Stop(EXIT.wrong, `the input ${name} is given twice`, "give it once");
    words.add(name);
    given.set(name, { word: pair.slice(pair.indexOf("=") + 1) });
  }
  return given;
}

/** Problems as one end: refused if every one is a rule's no, else wrong. */
function problemStop(problems: readonly Problem[], code?: ExitCode): Stop {
  const refused = problems.every((p) => p.kind === "refused");
  const [first, ...more] = problems;
  const line = (p: Problem): string => `${p.message}${p.at === null ? "" : ` (${p.at})`}`;
  return new Stop(
    code ?? (refused ? EXIT.refused : EXIT.wrong),
    first === undefined ? "it cannot be planned" : line(first),
    first?.help ?? null,
    { problems },
    more.map((p) => ({ message: line(p), help: p.help })),
  );
}

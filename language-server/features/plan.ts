/**
 * `opsc/plan`: the plan of the action at a position, as it is written. `opsc/planUndo`: what would be undone if one of its nodes failed.
 * Planning is pure: no provider is loaded, no fact is read, nothing is run. README.md has both in full.
 */
import type { CancellationToken, Location, Position } from "vscode-languageserver";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { actionAt, actionIn, type Drafted, draftPlan, placeOf } from "../../compiler/editor/plan.ts";
import { type PlanView, planView, type UndoView, undoView } from "../../compiler/editor/plan-view.ts";
import type { Problem } from "../../compiler/expand/problem.ts";
import type { Schema } from "../../compiler/form/schema.ts";
import type { Value } from "../../compiler/ir/expr.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Asked, Feature, Serving } from "../feature.ts";
import { locationOf } from "../locations.ts";
import { rangeOf, uriOf } from "../places.ts";

export interface PlanParams {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
  /** As JSON, by name; what is missing is proposed. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly as?: string;
  readonly reason?: string;
}

export interface PlanUndoParams extends PlanParams {
  /** Position of the node that fails. */
  readonly node: number;
}

export interface PlanProblem {
  readonly message: string;
  readonly help: string | null;
  /** The input it is about. */
  readonly input: string | null;
  readonly location: Location | null;
}

type Placed<T> = Omit<T, "at"> & { readonly location: Location | null };

export interface PlanShown extends Omit<PlanView, "nodes" | "guardrails"> {
  /** One `svg` element that follows the `color-scheme` around it; null where there is too much to be drawn. */
  readonly svg: string | null;
  readonly nodes: readonly Placed<PlanView["nodes"][number]>[];
  readonly guardrails: readonly Placed<PlanView["guardrails"][number]>[];
}

export interface PlanAnswer {
  /** `id` is how the command names it, from the folder of the project, `root`. */
  readonly action: { readonly id: string; readonly name: string; readonly root: string; readonly location: Location };
  readonly form: Schema;
  readonly inputs: { readonly [name: string]: Value };
  readonly proposed: readonly string[];
  readonly problems: readonly PlanProblem[];
  readonly plan: PlanShown | null;
}

/** Errors beyond these are told by the editor itself. */
const MOST_ERRORS = 20;
/** Texts that nobody types into a form, and that are not worth keeping. */
const LONGEST = 1000;

export const plan: Feature = {
  capabilities: { experimental: { opsc: { plan: true } } },
  register(server) {
    server.connection.onRequest("opsc/plan", async (params: PlanParams, token: CancellationToken) => {
      const drafted = await draft(server, params, token);
      if (drafted === null) return null;
      const { answer, file, located } = drafted;
      return file === null ? answer : { ...answer, plan: await shown(file, located) };
    });
    server.connection.onRequest(
      "opsc/planUndo",
      async (params: PlanUndoParams, token: CancellationToken): Promise<UndoView | null> => {
        const file = (await draft(server, params, token))?.file ?? null;
        return file === null || file.plan.nodes[params.node] === undefined ? null : undoView(file, params.node);
      },
    );
  },
};

interface Answered {
  readonly answer: PlanAnswer;
  readonly file: PlanFile | null;
  readonly located: (at: string) => Location | null;
}

function draft(server: Serving, params: PlanParams, token: CancellationToken): Promise<Answered | null> {
  return server.at<Answered | null>(params, token, null, (asked, offset) => {
    const { file, project } = asked;
    const item = actionAt(file, offset);
    if (item === null) return null;
    const { program, diagnostics } = project.check();
    const span = item.name?.span ?? item.span;
    const name = item.name?.text ?? "";
    const action = {
      id: `${file.path}#${name}`,
      name,
      root: uriOf(project.root),
      location: { uri: project.uriAt(file.path), range: rangeOf(file.lines, span) },
    };
    const located = (at: string): Location | null => locate(asked, at);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const found = errors.length === 0 ? actionIn(program, file, item) : null;
    if (found === null) {
      const problems = errors.slice(0, MOST_ERRORS).map((each) => ofDiagnostic(asked, each));
      return { answer: { action, form: {}, inputs: {}, proposed: [], problems, plan: null }, file: null, located };
    }
    const drafted = draftPlan(program, found, {
      inputs: new Map(Object.entries(params.inputs ?? {})),
      requester: worded(params.as) ?? "you",
      reason: worded(params.reason),
      now: new Date().toISOString(),
      opsc: server.host.version,
      texts: project.texts(),
    });
    return { answer: { action, ...told(drafted, located), plan: null }, file: drafted.file, located };
  });
}

const worded = (text: string | undefined): string | null =>
  typeof text === "string" && text.trim() !== "" ? text.trim().slice(0, LONGEST) : null;

function told(
  { form, inputs, proposed, problems }: Drafted,
  located: (at: string) => Location | null,
): Omit<PlanAnswer, "action" | "plan"> {
  return { form, inputs, proposed, problems: problems.map((each) => ofProblem(each, located)) };
}

function ofProblem({ kind, what, message, at, help }: Problem, located: (at: string) => Location | null): PlanProblem {
  return {
    message,
    help,
    input: kind === "input" ? what.replace(/^input /, "") : null,
    location: at === null ? null : located(at),
  };
}

function ofDiagnostic({ project }: Asked, { module, span, message, help }: Diagnostic): PlanProblem {
  const [location = null] = locationOf(project, module, span);
  return { message, help, input: null, location };
}

/** Where a plan says something stands. */
function locate({ analysis, project }: Asked, at: string): Location | null {
  const place = placeOf(at, (path) => analysis.file(path));
  if (place === null) return null;
  const [location = null] = locationOf(project, place.module, place.span);
  return location;
}

async function shown(file: PlanFile, located: (at: string) => Location | null): Promise<PlanShown> {
  const { nodes, guardrails, ...view } = planView(file);
  return {
    ...view,
    svg: await picture(file),
    nodes: nodes.map(({ at, ...node }) => ({ ...node, location: located(at) })),
    guardrails: guardrails.map(({ at, ...guardrail }) => ({ ...guardrail, location: located(at) })),
  };
}

async function picture(file: PlanFile): Promise<string | null> {
  // Only who looks at plans has a use for what draws them.
  const { planSvg, TooLargeError } = await import("../../compiler/render/svg.ts");
  try {
    return await planSvg(file, { theme: "inherit", bare: true });
  } catch (error) {
    if (error instanceof TooLargeError) return null;
    throw error;
  }
}

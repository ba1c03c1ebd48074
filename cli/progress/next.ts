/** What to do next about a run: commands as they are to be typed. */
import { jsonOf } from "../../compiler/form/json-of.ts";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { shellWord } from "../../compiler/render/shell.ts";
import { holdsSecret } from "../../compiler/types/relations.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { safeName } from "../words.ts";
import type { RunView } from "./view.ts";

/** A command, and when it is the one; the words come first. */
export interface Next {
  readonly when: string;
  readonly command: string;
}

/** It is there to be copied; longer than this it hides what stands around it. */
const LONGEST = 400;

/** Leases for which it is told. */
const LEASES = 3;

/** What is to be known of the run beside how it ended or was let go. */
type Known = Pick<RunView, "plan" | "phase" | "said">;

export function nextOf(end: RunEnd, view: Known): Next[] {
  const { run } = end;
  switch (end.status) {
    case "waiting_approval":
      // All is given by now, and nobody has taken it up since.
      if (end.awaiting.length === 0) return [{ when: "since all is given", command: `opsc resume ${run}` }];
      return [
        { when: "by those who may", command: `opsc approve ${run} --as WHO` },
        { when: "after that", command: `opsc resume ${run}` },
      ];
    case "unknown_outcome":
      return end.unknown.flatMap(({ node }) => [
        { when: `if ${node} took place`, command: `opsc resume ${run} --mark ${shellWord(`done:${node}`)}` },
        { when: "if it did not", command: `opsc resume ${run} --mark ${shellWord(`retry:${node}`)}` },
      ]);
    case "frozen":
      return [{ when: "once that is lifted", command: `opsc resume ${run}` }];
    case "stopped":
    case "broken":
    case "paused":
      // Who has cancelled it need not do so again.
      if (isEnding(view)) return [{ when: "to bring it to its end", command: `opsc resume ${run}` }];
      return [
        { when: "to go on with it", command: `opsc resume ${run}` },
        { when: "to undo it instead", command: `opsc cancel ${run}` },
      ];
    case "waiting_lock":
      return [
        ...[...new Set(end.locked.map((held) => held.run))].map((holder) => ({
          when: "to see who holds it",
          command: `opsc show ${holder}`,
        })),
        { when: "once it is free", command: `opsc resume ${run}` },
      ];
    case "finished":
      return afterEnd(end, view.plan);
  }
}

const isEnding = ({ phase, said }: Known): boolean =>
  phase === "undoing" || said?.type === "run.cancel_requested" || said?.type === "run.rollback_requested";

function afterEnd({ run, outcome, rolledBack, left, leases }: RunEnd, plan: Plan): Next[] {
  if (rolledBack === "undone") return [];
  const stuck = leases.filter(({ is }) => is === "failed").slice(0, LEASES);
  if (stuck.length > 0)
    return stuck.map(({ node }) => ({
      when: `to take back what ${safeName(node)} gave, once that is mended`,
      command: `opsc leases revoke ${shellWord(`${run}:${node}`)}`,
    }));
  switch (outcome) {
    case "undone":
    case "refused":
      return [{ when: "once that is mended, to plan it again", command: planAgain(plan) }];
    case "cancelled":
      return [{ when: "to plan it again", command: planAgain(plan) }];
    case "denied":
      return [{ when: "once they agree, to plan it again", command: planAgain(plan) }];
    case "incomplete":
      return [
        { when: left.length > 0 ? "to see the list again" : "to see all that happened", command: `opsc show ${run}` },
      ];
    case "halted":
      return left.length > 0 ? [{ when: "to undo what stands", command: `opsc rollback ${run}` }] : [];
    case "succeeded":
    case null:
      return [];
  }
}

/** The command that plans it again, with its inputs where they are short and no secrets. */
function planAgain({ action, inputs, workspace, reason }: Plan): string {
  const words = inputs.flatMap(({ name, value, type }) => {
    if (value === null) return type.kind === "optional" ? ["-i", `${name}=none`] : [];
    if (holdsSecret(type)) return [null];
    const json = jsonOf({ approvers: [] }, value, type);
    return ["-i", shellWord(`${name}=${typeof json === "string" ? json : JSON.stringify(json)}`)];
  });
  const base = [
    "opsc",
    "plan",
    shellWord(action.name),
    ...(workspace === "default" ? [] : ["--workspace", shellWord(workspace)]),
  ];
  if (words.includes(null)) return `${base.join(" ")} …`;
  const command = [...base, ...words, ...(reason === null ? [] : ["--reason", shellWord(reason)])].join(" ");
  return command.length <= LONGEST ? command : `${base.join(" ")} …`;
}

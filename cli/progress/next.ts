/** What to do next about a run: commands as they are to be typed. */
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { RunEnd } from "../../runtime/run/go.ts";

/** A command, and when it is the one; the words come first. */
export interface Next {
  readonly when: string;
  readonly command: string;
}

/** Longer than this nobody types it again. */
const LONGEST = 160;

export function nextOf(end: RunEnd, plan: Plan): Next[] {
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
        { when: `if ${node} took place`, command: `opsc resume ${run} --mark ${quoted(`done:${node}`)}` },
        { when: "if it did not", command: `opsc resume ${run} --mark ${quoted(`retry:${node}`)}` },
      ]);
    case "stopped":
    case "broken":
    case "paused":
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
      return afterEnd(end, plan);
  }
}

function afterEnd({ run, outcome, rolledBack, left }: RunEnd, plan: Plan): Next[] {
  if (rolledBack === "undone") return [];
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

/** The command that plans it again, with its inputs where they are words that a shell takes. */
export function planAgain({ action, inputs, workspace, reason }: Plan): string {
  const words = inputs.flatMap(({ name, value, type }) => {
    if (value === null) return [];
    // Any other number has a unit that it would lose.
    if (typeof value === "string" || typeof value === "boolean" || type.kind === "int")
      return ["-i", quoted(`${name}=${String(value)}`)];
    return [null];
  });
  const base = [
    "opsc",
    "plan",
    quoted(action.name),
    ...(workspace === "default" ? [] : ["--workspace", quoted(workspace)]),
  ];
  if (words.includes(null)) return `${base.join(" ")} …`;
  const command = [...base, ...words, ...(reason === null ? [] : ["--reason", quoted(reason)])].join(" ");
  return command.length <= LONGEST ? command : `${base.join(" ")} …`;
}

/** As a POSIX shell takes it for one word. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** What is proved of whole actions and of guardrails beside one another: `compiler/prove/`. */
import { error, warning } from "./define.ts";

export const proofDiagnostics = {
  race: error((a: { steps: string; why: string }) => `${a.steps} may run at the same time, and ${a.why}`, {
    why: "Which of them comes last is decided by chance, and a rerun may end differently.",
    help: () => "let them follow one another, or give each operation the resource it really touches",
  }),
  "race-possible": warning((a: { steps: string; why: string }) => `${a.steps} may run at the same time, and ${a.why}`, {
    why: "Which of them comes last is decided by chance; the plan is refused as soon as two of them meet.",
  }),
  "rollback-reads-missing": error(
    (a: { step: string; what: string; why: string }) =>
      `the rollback of ${a.step} reads ${a.what}, which may not exist then: ${a.why}`,
    {
      why: "Undo runs after a failure, when the values it needs cannot be asked for again.",
    },
  ),
  "rollback-may-fail": warning(
    (a: { step: string; why: string }) => `the rollback of ${a.step} may fail before it undoes anything: ${a.why}`,
    {
      why: "What a rollback computes from results is computed after the failure, when nobody is there to mend it.",
    },
  ),
  "fact-after-write": warning(
    (a: { fact: string; step: string; resource: string }) =>
      `${a.fact} is read when the action is planned, before ${a.step} changes ${a.resource}`,
    {
      why: "A fact stands for the world as the reviewer sees it; what a step has changed, only a step or a check can read.",
      help: (a) => `make ${a.fact} a step, or move it above ${a.step} to say when it is read`,
    },
  ),
  "irreversible-early": warning(
    (a: { step: string; later: string }) =>
      `${a.step} cannot be undone, and ${a.later} comes after it: if that fails, undo goes no further back than ${a.step}`,
    {
      why: "Everything before the point of no return stays as it is, half done, for somebody to mend by hand.",
      help: (a) => `do ${a.step} last`,
    },
  ),
  "worst-case-too-long": warning(
    (a: { worst: string; timeout: string }) =>
      `the steps may take ${a.worst}, by their own timeouts, but the action has ${a.timeout}`,
    {
      why: "The action's timeout ends a run in the middle of what its steps were given time for.",
      help: () => "raise the timeout of the action, or lower those of its steps, their attempts and waits",
    },
  ),
  "check-never-holds": error(
    (a: { check: string; hold: string; within: string }) =>
      `${a.check} can never hold for ${a.hold}: it has only ${a.within}`,
    { help: () => "make within longer than hold" },
  ),
  "guardrail-contradicts": error(
    (a: { name: string; other: string; what: string }) =>
      `guardrails ${a.name} and ${a.other} cannot both hold: they leave nothing for ${a.what} to be`,
    {
      why: "Every action that both apply to is refused, and neither message says why.",
      help: () => "let them apply to different actions, or agree on what is allowed",
    },
  ),
  "guardrail-shadowed": warning(
    (a: { name: string; other: string }) => `guardrail ${a.name} never refuses anything that ${a.other} allows`,
    {
      why: "Whoever changes it believes to have changed what is allowed.",
      help: () => "take it away, or make it the stricter one",
    },
  ),
};

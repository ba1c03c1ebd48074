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
  "window-too-short": warning(
    (a: { worst: string; window: string; open: string }) =>
      `the steps may take ${a.worst}, by their own timeouts, but ${a.window} is never open for longer than ${a.open}`,
    {
      why: "Nothing is written while the window is closed, so the run fails in the middle and undoes what it did.",
      help: () => "split the action, lower the timeouts of its steps, or choose a window that is open for longer",
    },
  ),
  "lease-too-short": warning(
    (a: { step: string; lease: string; rest: string }) =>
      `the lease of ${a.step} ends after ${a.lease}, but what comes after it may take ${a.rest}`,
    {
      why: "When the lease is over, the rollback takes back what the rest of the run builds on.",
      help: (a) => `give the lease at least ${a.rest}, or the steps after it less`,
    },
  ),
  "lock-let-go": warning(
    (a: { before: string; after: string }) =>
      `the lock is let go while this approval is waited for, after ${a.before} and before ${a.after}`,
    {
      why: "Waiting for people may take days; meanwhile another run may take the lock and change what this one has half done.",
      help: (a) => `ask for approval before ${a.before}, or make two actions of it`,
    },
  ),
  "check-never-holds": error(
    (a: { check: string; hold: string; within: string }) =>
      `${a.check} can never hold for ${a.hold} within ${a.within}: to hold that long takes longer than that`,
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

/** Steps that run actions, leases, locks, limits, loops, escalations, hooks. */
import { error, warning } from "./define.ts";

export const statementDiagnostics = {
  "action-has-its-own": error(
    (a: { step: string; action: string; what: string }) =>
      `${a.step} runs the action ${a.action}, whose steps have ${a.what} of their own`,
    {
      why: "A reviewer of the action has agreed to how its steps are tried and undone; another rule from outside would not fit them.",
      help: (a) => `take ${a.what} away here, and say it at the steps of ${a.action}`,
    },
  ),
  "hook-runs-action": error(
    (a: { action: string }) => `a hook only notifies, so it cannot run the action ${a.action}`,
    {
      why: "What an action changes is planned, approved and undone; a hook runs when all of that is over.",
      help: () => "call an operation that tells people",
    },
  ),
  "hook-undoes": error(
    (a: { step: string; what: string }) => `${a.step} stands in a hook, where there is no ${a.what}`,
    {
      why: "Hooks run when undo is over, and their failure changes nothing.",
      help: (a) => `take ${a.what} away`,
    },
  ),
  "unknown-event": error((a: { name: string; near: string }) => `nothing is called ${a.name} in the course of a run`, {
    help: (a) =>
      a.near === "" ? "on start, approval_requested, failure, success or end" : `did you mean on ${a.near}?`,
  }),
  "lease-without-rollback": error(
    (a: { step: string; because: string }) => `the lease of ${a.step} could never end: ${a.because}`,
    {
      why: "At the end of a lease the rollback runs by itself. Access that nothing takes back stays for ever.",
      help: () => "give the step a rollback that takes back what it gave, or take lease away",
    },
  ),
  "for-over-bound": error(
    (a: { count: string; most: string }) => `there are ${a.count} elements here, and at most ${a.most} are allowed`,
    { help: () => "raise at most, or take elements away" },
  ),
  "tolerates-all": warning(
    (a: { count: string; tolerate: string }) =>
      `tolerate ${a.tolerate} lets all ${a.count} elements fail, and the run would go on as if nothing were wrong`,
    { help: () => "tolerate fewer than there are" },
  ),
  "escalation-order": error(
    (a: { after: string; before: string }) =>
      `this escalation is due after ${a.after}, but the one before it after ${a.before}`,
    { help: () => "put them in the order of their times, each later than the last" },
  ),
  "escalation-late": warning(
    (a: { after: string; within: string }) =>
      `this escalation comes after ${a.after}, when an approval given at the start, which holds for ${a.within}, counts no more`,
    { help: () => "escalate earlier, or let approvals hold longer" },
  ),
  "after-in-rollback": error((a: { name: string }) => `${a.name} stands in a rollback, where after orders nothing`, {
    why: "The steps of a rollback run one after the other, as they are written.",
    help: () => "take after away, and write the steps in their order",
  }),
  "test-elsewhere": error((_: Record<never, never>) => "tests stand in files whose names end in .test.ops", {
    why: "What is tested and what tests it are kept apart: a plan is made of the one, and says nothing of the other.",
    help: () => "move it into such a file, and import what it tests",
  }),
  "test-proves-nothing": error((a: { lacks: string }) => `this test ${a.lacks}, so it can never fail`, {
    help: () => 'add run action(…) by "somebody", and expect what must come of it',
  }),
  "given-what": error((_: Record<never, never>) => "only now is given with =", {
    help: () => "say given provider.operation returns …, or fails …; what the action takes stands in run",
  }),
  "operation-expected": error((a: { found: string }) => `${a.found} is no operation`, {
    help: () => "name it without its arguments, such as http.get",
  }),
  "run-no-action": error((_: Record<never, never>) => "a test runs an action", {
    help: () => "import the action and write run name(input: value)",
  }),
  "import-of-test": error((a: { path: string }) => `${a.path} is a file of tests, from which nothing is imported`, {
    why: "What tests use must not become part of what runs.",
    help: () => "move what both need into a file of its own",
  }),
  "override-not-soft": error(
    (a: { guardrail: string; enforcement: string }) => `${a.guardrail} is ${a.enforcement}, so nobody can override it`,
    {
      why: "advisory refuses nothing that would need overriding, and hard means that nobody may.",
      help: () => "say enforcement = soft, or take override away",
    },
  ),
};

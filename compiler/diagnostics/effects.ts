/** What the language is for: effects, undo, secrets, policy. */
import { error, warning } from "./define.ts";

const approvals = (count: string): string => (count === "1" ? "1 approval is" : `${count} approvals are`);

export const effectDiagnostics = {
  misplaced: error((a: { what: string; where: string }) => `${a.what} cannot stand in ${a.where}`, {}),
  "duplicate-statement": error((a: { what: string; where: string }) => `${a.where} has ${a.what} already`),
  "write-without-rollback": error(
    (a: { step: string; effect: string; callee: string }) =>
      `${a.step} ${a.effect} but does not say how that is undone`,
    {
      why: "When a later step fails, everything that started is undone; a change nobody can undo must be a decision that a reviewer sees.",
      help: () => 'add rollback, or rollback nothing "why", or irreversible "why"',
    },
  ),
  "reason-empty": error((a: { what: string }) => `${a.what} gives no reason`, {
    why: "The reason is what a reviewer judges, and what the next person reads when the run has stopped there.",
    help: () => "say why, in words",
  }),
  "message-empty": warning(() => "this message says nothing", {
    why: "It is all that people see when the run is refused.",
    help: () => "say what does not hold, with the values that matter; or take else away, and the condition is shown",
  }),
  "rollback-of-read": error((a: { step: string }) => `${a.step} only reads, so there is nothing to roll back`, {
    help: () => "take it away",
  }),
  "rollback-and-irreversible": error((a: { step: string }) => `${a.step} has a rollback and is irreversible`, {
    help: () => "keep one of them",
  }),
  "rollback-only-reads": error((a: { step: string }) => `the rollback of ${a.step} only reads, so it undoes nothing`, {
    why: "After a failure the run would say that everything was undone, and nothing was.",
    help: () => 'name the call that undoes it, or say rollback nothing "why"',
  }),
  "rollback-repeats-step": warning(
    (a: { step: string }) =>
      `the rollback of ${a.step} is the step's own call, and it runs before the steps ahead of it are undone: it sees what they changed`,
    {
      why: "Undo goes last-first: a service that was told to load its changed file would load the changed file again.",
      help: () =>
        'put the way back and this call together into the rollback of the step whose change it follows, in that order, and write rollback nothing "why" here',
    },
  ),
  "undo-not-offered": error((a: { operation: string }) => `${a.operation} does not know how to undo itself`, {
    help: () => "name the call that undoes it",
  }),
  "fact-writes": error((a: { callee: string; effect: string }) => `a fact only reads, but ${a.callee} ${a.effect}`, {
    why: "Facts are read while planning, before anybody has approved anything.",
    help: () => "make it a step, or declare the operation with effect = read if that is the truth",
  }),
  "check-writes": error((a: { callee: string; effect: string }) => `a check only reads, but ${a.callee} ${a.effect}`, {
    why: "A check is repeated until it holds.",
    help: () => "make it a step, or declare the operation with effect = read if that is the truth",
  }),
  "check-without-require": error((a: { check: string }) => `${a.check} requires nothing, so it can never say no`, {
    help: () => "add require it.… ",
  }),
  "effect-not-yours": error(
    (a: { operation: string; property: string; is: string; said: string }) =>
      `${a.operation} is ${a.is}; an operation over it cannot be ${a.said}`,
    {
      why: "Only a command line or a request can be anything; for all else the provider knows.",
      help: (a) => `take ${a.property} away`,
    },
  ),
  "retry-once": error((a: { operation: string }) => `${a.operation} may be done only once, so it cannot be retried`, {
    why: "When the first try timed out nobody knows whether it took place: a second could do it twice.",
    help: () => "take retry away, or use an operation that is idempotent or keyed",
  }),
  "secret-leak": error((a: { what: string; where: string }) => `${a.what} is secret and would show in ${a.where}`, {
    why: "What reaches a plan, a log, a message or an argument list is read by many and kept for years.",
    help: () => "hand it to a parameter of type secret, or declare the output public if it truly is",
  }),
  "secret-in-source": error((a: { what: string }) => `${a.what} is a secret, and stands here for all to read`, {
    why: "Sources are read by many, plans hold what they say, and version control forgets nothing.",
    help: () =>
      'keep it elsewhere and declare it: secret NAME from env("NAME"), or file("path"); what is no secret goes where none is asked for',
  }),
  "secret-withheld": error(
    (a: { what: string }) => `${a.what} is a secret that nobody keeps, so there is nothing to hand on`,
    {
      why: "What a provider answers is written down without its secrets: a step that starts after a crash would have none.",
      help: () =>
        "hand on a secret that is declared or an input, or take an operation that answers where it put the secret",
    },
  ),
  "template-not-literal": error(
    (a: { param: string; language: string }) => `${a.param} is ${a.language} and must be written here as text`,
    {
      why: "Code for another system that is put together elsewhere is how injections happen.",
      help: () => "write the text in place, and what varies as ${…}: the provider quotes it",
    },
  ),
  "call-expected": error((a: { what: string }) => `${a.what} calls an operation`, {
    help: () => "write provider.operation(name: value)",
  }),
  "after-unknown": error(
    (a: { name: string; near: string }) => `no step or check called ${a.name} stands before this`,
    {
      help: (a) => (a.near === "" ? "after names steps and checks that come earlier" : `did you mean ${a.near}?`),
    },
  ),
  "approver-empty": error((a: { name: string }) => `${a.name} has no members`, {
    help: () => "add members or includes",
  }),
  "quorum-unreachable": error(
    (a: { quorum: string; possible: string; who: string }) =>
      `${approvals(a.quorum)} asked for, but ${a.who} can give at most ${a.possible}`,
    {
      why: "An approval that can never be complete stops the action for ever, on the worst day.",
      help: () => "lower the quorum or add members",
    },
  ),
  "quorum-tight": warning(
    (a: { quorum: string; who: string }) =>
      `${approvals(a.quorum)} asked for, which takes every member of ${a.who}: none of them can request this action`,
    {
      help: () => "add a member, so that a member may be the requester",
    },
  ),
  "approvers-overlap": warning(
    (a: { quorum: string; who: string }) =>
      `${approvals(a.quorum)} asked for of each of ${a.who}, and they have too few people for that: somebody counts for more than one of them`,
    {
      why: "Who belongs to several groups counts for each, so that fewer people agree than it reads.",
      help: () => "add members who belong to one of them only",
    },
  ),
  "guardrail-matches-nothing": error(
    (a: { name: string; why: string }) => `guardrail ${a.name} applies to no action: ${a.why}`,
    {
      why: "A policy that matches nothing protects nothing, and nobody notices.",
      help: () => "name inputs that an action has, with types that fit, or take the guardrail away",
    },
  ),
  "guardrail-without-require": error((a: { name: string }) => `guardrail ${a.name} requires nothing`, {
    help: () => 'add require … else "…"',
  }),
  "guardrail-decided": warning(
    (a: { name: string; always: string }) => `guardrail ${a.name} ${a.always}, whatever the action`,
    {
      help: () => "let it depend on the action, its inputs, the plan or the run",
    },
  ),
  "when-decided": warning((a: { what: string; value: string }) => `this ${a.what} is always ${a.value}`, {
    help: () => "take it away, or let it depend on an input, a fact or a result",
  }),
  "unused-name": warning((a: { kind: string; name: string }) => `the ${a.kind} ${a.name} is never used`, {
    help: () => "use it or take it away",
  }),
};

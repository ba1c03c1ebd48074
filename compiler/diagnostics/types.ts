/** Faults of types and shapes. */
import { error, warning } from "./define.ts";

export const typeDiagnostics = {
  "type-mismatch": error(
    (a: { expected: string; found: string; what: string }) =>
      `${a.what} is ${a.found}, where ${a.expected} is expected`,
    {
      label: (a) => `this is ${a.found}`,
    },
  ),
  "operator-types": error(
    (a: { op: string; left: string; right: string }) => `${a.op} does not go between ${a.left} and ${a.right}`,
  ),
  "optional-use": error((a: { what: string; type: string }) => `${a.what} may be none here: it is ${a.type}`, {
    why: "A value that is not there must be met where it is used, not at three in the morning.",
    help: () => "use ?. to read on, or ?? to say what stands in for none",
  }),
  "missing-argument": error((a: { callee: string; names: string }) => `${a.callee} also needs ${a.names}`),
  "missing-property": error((a: { block: string; name: string }) => `${a.block} needs the property ${a.name}`, {
    help: (a) => `add ${a.name} = …`,
  }),
  "missing-field": error((a: { type: string; names: string }) => `${a.type} also needs ${a.names}`),
  "duplicate-field": error((a: { name: string }) => `${a.name} is given twice`),
  "not-callable": error((a: { what: string }) => `${a.what} cannot be called`),
  "not-a-value": error((a: { name: string; kind: string }) => `${a.name} is ${a.kind}, not a value`),
  "not-a-list": error((a: { found: string }) => `for goes over a list or a map, not over ${a.found}`),
  "key-taken": error(
    (a: { map: string }) => `the records of ${a.map} have a field key, which would hide the key they stand under`,
    {
      why: "A member of a map is read with .key for its key: the two would be taken for one another.",
      help: () => "rename the field key of the records",
    },
  ),
  "member-in-text": warning(
    (a: { what: string; map: string }) => `this writes all of ${a.what} into the text: it is a member of ${a.map}`,
    {
      why: "A member of a map is a record, and stands in a text as JSON: what is meant, in names, paths and words, is mostly its key.",
      help: (a) =>
        `write ${/^[\w.]+$/.test(a.what) ? `\${${a.what}.key}` : ".key after it"} for the key it stands under, or another of its fields`,
    },
  ),
  "range-empty": error((a: { range: string }) => `nothing lies in ${a.range}: it ends before it begins`, {
    help: () => "write the lower end first",
  }),
  "wrong-argument-count": error(
    (a: { callee: string; wanted: string; found: string }) => `${a.callee} takes ${a.wanted}, not ${a.found}`,
  ),
  "label-needed": error((a: { callee: string; param: string }) => `arguments of ${a.callee} are named`, {
    why: "A reviewer sees what each value is for.",
    help: (a) => `write ${a.param === "" ? "name" : a.param}: value`,
  }),
  "lambda-expected": error((a: { method: string }) => `${a.method} wants a function, such as x => x.name`),
  "bad-pattern": error((a: { why: string }) => `this pattern is not understood: ${a.why}`, {
    help: () => "it is a regular expression of characters, [sets], ( ), |, *, +, ?, {2,5}, \\d, \\w and \\s",
  }),
  "match-incomplete": error((a: { missing: string }) => `this match does not say what to do for ${a.missing}`, {
    help: () => "add the arms, or _ => for the rest",
  }),
  "match-unreachable": error((a: { what: string }) => `this arm is never taken: ${a.what}`),
  "not-constant": error((a: { what: string }) => `${a.what} must be known when the file is checked`, {
    help: () => "use literals and top-level lets only",
  }),
  "not-known-at-plan": error(
    (a: { what: string; from: string }) =>
      `${a.what} must be known when the action is planned, but it depends on ${a.from}`,
    {
      why: "People review the plan: how many steps, who approves and how long it may take must stand in it.",
      help: () => "take it from inputs, lets or facts",
    },
  ),
  "refinement-fails": error((a: { type: string; why: string }) => `this does not fit ${a.type}: ${a.why}`),
  "call-in-expression": error(
    (_: Record<never, never>) => "an operation is called by a step, a fact or a check, not within an expression",
    {
      why: "Every call of the outside world is a line of its own in the plan.",
      help: () => "give it a line of its own: fact name = …",
    },
  ),
  "key-needed": error((a: { what: string }) => `the elements of this for need a key: they are ${a.what}`, {
    why: "The key names each element in the plan and the log, and tells two of them apart.",
    help: () => "add key and an expression over the element, such as key x.name",
  }),
  "evaluation-fails": error((a: { why: string }) => `this has no value: ${a.why}`),
  "too-large": error((a: { what: string }) => `${a.what} grows too large`, {
    why: "Each use of a name writes out what it stands for; a few dozen that each use the last one twice fill any memory.",
    help: () => "make it smaller, or use each part once",
  }),
  "empty-enum": error((a: { name: string }) => `${a.name} has no members`, { help: () => "add at least one" }),
};

/**
 * Every declaration and statement as it is begun: what an editor puts there, and a line on what it is for. Places to fill
 * in are written as editors write them, `${1:name}`; `$0` is where the cursor ends.
 */
import type { Item, Statement } from "../../language/tree.ts";

export interface Phrase {
  /** What it is found by; its first word is a keyword. */
  readonly label: string;
  readonly insert: string;
  readonly doc: string;
}

const phrase = (label: string, insert: string, doc: string): Phrase => ({ label, insert, doc });

export const DECLARATION_PHRASES: Readonly<Record<Item["kind"], readonly Phrase[]>> = {
  import: [phrase("import", 'import { $2 } from "${1:./file.ops}"', "Names of another file.")],
  use: [phrase("use", "use ${1:file}", "Brings in a provider: what can be done to the world.")],
  enum: [phrase("enum", "enum ${1:Name} { ${2:one}, ${3:other} }", "A choice of names.")],
  type: [phrase("type", "type ${1:Name} = ${2:string}", "A name for a type, with `where` for what must hold.")],
  approver: [
    phrase("approver", 'approver ${1:name} {\n  members = ["${2:ana@example.com}"]\n}', "People who may say yes."),
  ],
  window: [
    phrase(
      "window",
      'window ${1:name} {\n  timezone = "${2:UTC}"\n  allow ${3:mon..fri 09:00..17:00}\n}',
      "When runs may start and write.",
    ),
  ],
  secret: [phrase("secret", 'secret ${1:name} from env("${2:NAME}")', "A value that is read late and shown nowhere.")],
  operation: [
    phrase(
      "operation",
      'operation ${1:name}(${2:path}: string) {\n  effect = ${3:write}\n  resource = "${4:thing}"\n  call = ${5:exec.run(argv: ["touch", path])}\n}',
      "The team's own name for what a provider does.",
    ),
  ],
  guardrail: [
    phrase(
      "guardrail",
      'guardrail ${1:name} {\n  applies to action when ${2:action.risk == high}\n  require ${3:plan.writes.length <= 10} else "${4:why}"\n}',
      "A rule over all actions it applies to.",
    ),
  ],
  action: [
    phrase(
      "action",
      "action ${1:name}(${2:target}: string) {\n  $0\n}",
      "Something to run: planned, reviewed, undone.",
    ),
  ],
  let: [phrase("let", "let ${1:name} = ${2:value}", "A name for a value.")],
  test: [
    phrase(
      "test",
      'test "${1:what holds}" {\n  run ${2:restart}()\n  expect run.outcome == succeeded\n}',
      "What a run must come to.",
    ),
  ],
};

export const STATEMENT_PHRASES: Readonly<Record<Statement["kind"], readonly Phrase[]>> = {
  // Their names are the block's.
  property: [],
  block: [phrase("retry", "retry {\n  attempts = ${1:3}\n  backoff = ${2:1s..30s}\n}", "Tries again after a failure.")],
  let: DECLARATION_PHRASES.let,
  fact: [phrase("fact", "fact ${1:name} = $0", "Something read while planning; the plan rests on it.")],
  step: [phrase("step", "step ${1:name} = $0", "One call: what it writes must be undone, or said to be irreversible.")],
  check: [
    phrase(
      "check",
      "check ${1:name} = ${2:call()} {\n  require ${3:it.status == 200}\n}",
      "Looks until something holds.",
    ),
  ],
  require: [phrase("require", 'require ${1:condition} else "${2:why}"', "What must hold, or the plan is refused.")],
  approve: [
    phrase("approve", "approve by ${1:on_call}", "Somebody must say yes before what follows."),
    phrase("approve by any of", "approve by any of [${1:on_call}] { quorum = ${2:2} }", "Some of several groups."),
  ],
  escalate: [phrase("escalate", "escalate to ${1:on_call} after ${2:30m}", "Who else may say yes, after a while.")],
  wait: [phrase("wait", "wait ${1:30s}", "A pause.")],
  if: [
    phrase("if", "if ${1:condition} {\n  $0\n}", "Steps under a condition."),
    phrase("if else", "if ${1:condition} {\n  $2\n} else {\n  $3\n}", "One or the other."),
  ],
  for: [
    phrase("for", "for ${1:each} in ${2:list} {\n  $0\n}", "One after the other."),
    phrase("for batch", "for ${1:each} in ${2:list} batch ${3:2} {\n  $0\n}", "Some at a time."),
  ],
  parallel: [phrase("parallel", "parallel {\n  $0\n}", "Steps that run together.")],
  branch: [phrase("branch", "branch {\n  $0\n}", "Steps in order, beside other branches.")],
  on: [phrase("on", "on ${1:failure} {\n  $0\n}", "Tells people; changes no outcome.")],
  return: [phrase("return", "return { ${1:name}: ${2:value} }", "The result of the action.")],
  rollback: [
    phrase("rollback", "rollback $0", "The call that undoes the step."),
    phrase("rollback auto", "rollback auto", "The provider undoes it."),
    phrase("rollback nothing", 'rollback nothing "${1:why}"', "There is nothing to undo."),
    phrase("rollback {", "rollback {\n  step ${1:undo} = $0\n}", "Several calls that undo the step."),
  ],
  irreversible: [phrase("irreversible", 'irreversible "${1:why}"', "It cannot be undone, and why that is well.")],
  applies: [phrase("applies to action", "applies to action when ${1:condition}", "Which actions the rule is for.")],
  override: [phrase("override by", "override by ${1:on_call}", "Who may let a soft rule be.")],
  window_rule: [
    phrase("allow", "allow ${1:mon..fri 09:00..17:00}", "When it is open."),
    phrase("deny", 'deny ${1:2026-12-24..2026-12-26} because "${2:holidays}"', "When it is not."),
  ],
  given: [phrase("given", "given ${1:file.read} returns ${2:{ exists: false \\}}", "What the world is, in this test.")],
  run: [phrase("run", "run ${1:restart}($2)", "The action that is tested.")],
  approved: [phrase("approved by", 'approved by "${1:ana@example.com}"', "Who says yes in this test.")],
  expect: [phrase("expect", "expect ${1:run.outcome == succeeded}", "What must have come of it.")],
};

/** A phrase with the words it proposes at its places, as it stands if nothing is filled in. */
export function plainPhrase(insert: string): string {
  return insert
    .replace(/\$\{\d+:((?:[^}\\]|\\.)*)\}/g, "$1")
    .replace(/\$\d/g, "")
    .replace(/\\(.)/g, "$1");
}

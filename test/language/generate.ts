/** Sources by grammar: every one is read without a fault. And what happens to sources: mutations. */
import fc from "fast-check";
import { KEYWORDS } from "../../language/tokens.ts";
import { tokensOf } from "./tokens.ts";

type Text = fc.Arbitrary<string>;

const oneOf = (...texts: readonly string[]): Text => fc.constantFrom(...texts);
const name = oneOf(
  "a",
  "b",
  "env",
  "host",
  "test",
  "window",
  "secret",
  "run",
  "given",
  "by",
  "of",
  "per",
  "batch",
  "it",
  "constructor",
);
/** As the name of a declaration, a parameter or a step, where the words of clauses confuse nobody. */
const plain = oneOf("x", "y", "env", "service", "hosts", "total", "__proto__", "constructor");
const typeName = oneOf("Env", "Replicas", "Service");
const quoted = oneOf('""', '"a"', '"it\'s // no comment"', '"a\\n\\u{1F600}\\\\"', '"${ "}" }"', '"é 😀"');
const unit = oneOf(
  "250ms",
  "30s",
  "1h30m",
  "512MiB",
  "25%",
  "0.5%",
  "2026-11-21",
  "2026-11-21T09:00:00.5+02:00",
  "09:00",
);
const number = oneOf("0", "7", "1_000", "0.5");
const binary = oneOf("??", "||", "&&", "+", "-", "*", "/", "%");
const comparison = oneOf("==", "!=", "<", "<=", ">", ">=", "in");
const space = oneOf(" ", " ", " ", "  ", " /* c */ ");
const lineEnd = oneOf("\n", "\n", "\n", "\n\n", " // c\n", "\n  /* c\n d */\n", "\n/// d\n");

function join(...parts: readonly (string | Text)[]): Text {
  return fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((all) => all.join(""));
}

/** Fit for text that ends with its line. */
const onOneLine = (text: Text): Text => text.map((written) => (written.includes("\n") ? "a" : written));
const maybe = (text: Text): Text => fc.oneof(fc.constant(""), text);
const list = (of: Text, separator: string, least = 0, most = 3): Text =>
  fc.array(of, { minLength: least, maxLength: most }).map((all) => all.join(separator));
/** In brackets, with a comma after the last or not. */
const listed = (open: string, of: Text, close: string, least = 0): Text =>
  fc.tuple(fc.array(of, { minLength: least, maxLength: 3 }), fc.boolean(), fc.boolean()).map(([all, comma, lines]) => {
    const space = lines ? "\n" : " ";
    return all.length === 0
      ? open + close
      : `${open}${space}${all.join(`,${space}`)}${comma ? "," : ""}${space}${close}`;
  });

const { value, operand, call, type } = fc.letrec<{
  value: string;
  operand: string;
  primary: string;
  call: string;
  text: string;
  type: string;
  simpleType: string;
  literalType: string;
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "value" },
    tie("operand"),
    join(tie("operand"), space, binary, space, tie("operand")),
    join(tie("operand"), " ", comparison, " ", tie("operand")),
    join(tie("operand"), " ? ", tie("operand"), " : ", tie("operand")),
    join(tie("operand"), "..", tie("operand")),
  ),
  operand: fc.oneof(
    { maxDepth: 4, depthIdentifier: "value" },
    tie("primary"),
    join(oneOf("!", "-"), tie("primary")),
    join("(", tie("value"), ")"),
    tie("call"),
    listed("[", tie("value"), "]"),
    listed("{", join(oneOf("a: ", "step: ", "window: ", '"x-y": '), tie("value")), "}"),
    join(
      "match ",
      plain,
      listed(" {", join(oneOf("a", "1", '"x"', "a | b", "1..3", "_"), " => ", tie("operand")), "}", 1),
    ),
    join("hosts.map(", oneOf("h", "(h, i)"), " => ", tie("operand"), ")"),
  ),
  primary: fc.oneof(
    { maxDepth: 4, depthIdentifier: "value" },
    name,
    number,
    unit,
    oneOf("true", "false", "none", "action.risk", "3 per 1h"),
    quoted,
    tie("text"),
  ),
  text: fc.oneof(
    join('"a ${', onOneLine(tie("operand")), '} b"'),
    join('"""\n      line ${', tie("operand"), '}\n        "more" \\u{41}\n    """'),
  ),
  call: join(
    plain,
    maybe(oneOf("[env]", "[0]", "?.a", ".step")),
    oneOf(".get", ".scale", ".with"),
    listed("(", join(oneOf("", "a: ", "for: "), tie("value")), ")"),
    maybe(oneOf(".length", "[0]", "\n    .first()")),
  ),
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: "type" },
    tie("simpleType"),
    join(tie("simpleType"), "?"),
    listed("{", join(oneOf("a: ", "b?: ", "test: "), tie("type")), "}"),
    join(oneOf("list", "map", "secret"), "<", tie("type"), ">"),
    join(tie("literalType"), " | ", tie("literalType")),
    join("one of ", plain),
  ),
  simpleType: fc.oneof(typeName, oneOf("int", "string", "duration", "approver"), tie("literalType")),
  literalType: oneOf('"blue"', "3", "true"),
}));

const who = fc.oneof(plain, join("any of ", listed("[", plain, "]", 1)), join("all of [", plain, "]"));
/** Where a brace opens the body that follows. */
const inHeader = operand.map((text) => (text.includes("{") ? "a" : text));
const when = join(" when ", inHeader);
const block = (of: Text): Text => fc.array(of, { maxLength: 4 }).map((all) => `{\n${all.join("\n")}\n}`);
const property = join(oneOf("timeout", "title", "window", "lock", "limit", "run", "expect"), " = ", value);
const reason = join("else ", fc.oneof(quoted, join('"n is ${', onOneLine(operand), '}"')));

const { statement } = fc.letrec<{ statement: string; body: string; stepBody: string }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 4, depthIdentifier: "statement", withCrossShrink: true },
    property,
    join("let ", plain, maybe(join(": ", type)), " = ", value),
    join("fact ", plain, " = ", call),
    join(
      "step ",
      plain,
      " = ",
      call,
      maybe(when),
      maybe(oneOf(" after x", " after x, y")),
      maybe(join(" ", tie("stepBody"))),
    ),
    join("check ", plain, " = ", call, " ", block(fc.oneof(join("require ", value, " ", reason), property))),
    join("require ", value, maybe(join("\n  ", reason))),
    join("approve by ", who, maybe(when), maybe(oneOf(" { quorum = 2 escalate to sre after 1h }"))),
    join("wait ", unit),
    join("return ", value),
    join("if ", inHeader, " ", tie("body"), maybe(join(" else ", tie("body")))),
    join(
      "for x in ",
      fc.oneof(plain, listed("[", operand, "]")),
      maybe(oneOf(" key x.name", " key key")),
      maybe(oneOf(" batch 2", " batch batch")),
      maybe(oneOf(" every 10s")),
      maybe(oneOf(" at most 5 allow empty")),
      " ",
      tie("body"),
    ),
    join("parallel { branch ", tie("body"), " }"),
    join("on failure ", tie("body")),
  ),
  body: block(tie("statement")),
  stepBody: block(
    fc.oneof(
      property,
      join("retry { attempts = 3 backoff = ", unit, " }"),
      join("rollback ", fc.oneof(call, oneOf("auto", 'nothing "why"', "{ step z = a.b() }"))),
      oneOf('irreversible "why"', "lease = 2h"),
    ),
  ),
}));

const param = join(
  plain,
  oneOf(": ", "?: "),
  type,
  maybe(join(" = ", operand)),
  maybe(join(" where ", operand, maybe(join(" ", reason)))),
);
const day = oneOf("mon", "mon..fri", "2026-12-24", "2026-12-20..2027-01-03", "09:00..17:00");

const item = fc.oneof(
  join("import ", listed("{", oneOf("a", "b as c", "Env"), "}", 1), ' from "./x.ops"'),
  join("use ", plain, maybe(oneOf(" as other")), maybe(oneOf(" per env: Env")), maybe(join(" ", block(property)))),
  join("let ", plain, " = ", value, maybe(join(" as ", type))),
  join("enum ", typeName, listed(" {", oneOf("dev", "test", "production", "window"), "}", 1)),
  join("type ", typeName, " = ", type, maybe(join(" where ", operand, maybe(join(" ", reason))))),
  join("approver ", plain, " ", block(oneOf('members = ["a@example.com"]', "includes = [sre]"))),
  join(
    "window ",
    plain,
    " ",
    block(
      fc.oneof(
        oneOf('timezone = "UTC"'),
        join(oneOf("allow ", "deny "), list(day, ", ", 1), maybe(oneOf(' because "x"'))),
      ),
    ),
  ),
  join("secret ", plain, " from ", oneOf('env("X")', 'vault("a", key: "b")')),
  join("operation ", plain, listed("(", param, ")"), " -> ", type, " ", block(property)),
  join(
    "guardrail ",
    plain,
    " ",
    block(
      fc.oneof(
        join("applies to action", maybe(oneOf(" with { env: Env }")), maybe(when)),
        join("override by ", who),
        join("require ", value, " ", reason),
        property,
      ),
    ),
  ),
  join("action ", plain, listed("(", param, ")"), maybe(join(" -> ", type)), " ", block(statement)),
  join(
    'test "it holds" ',
    block(
      fc.oneof(
        join("given now = ", value),
        join("given a.b ", fc.oneof(join("returns ", value), join('fails "', oneOf("x", "y"), '"'))),
        join("run ", call, maybe(oneOf(' by "dana@example.com"')), maybe(oneOf(' { approved by "a", "b" }'))),
        join("expect ", value),
        join("expect a.b ", oneOf("called", "not called", "called with { a: 1 }")),
      ),
    ),
  ),
);

/** Sources of the whole language. */
export const source: Text = fc
  .array(fc.tuple(item, lineEnd), { minLength: 2, maxLength: 8, size: "medium" })
  .map((all) => all.flat().join(""));

const PIECES: readonly string[] = [
  ...KEYWORDS.keys(),
  ...'{ } ( ) [ ] , : = => -> . ?. ? | ?? || && == != < > .. + - * / % ! " """ ${ // /// /* */ # ; \' ` @ \\ $'.split(
    " ",
  ),
  ..."a of by to any all key at most allow empty deny given run approved expect window secret test not and or".split(
    " ",
  ),
  ..."1 5m 10min 2026-11-21 2026-13-45 09:00 1e9 0x1 \n \n\n \t \r \u0000 \u202e \ud800 \ufeff é".split(" "),
];

export type Mutation = {
  readonly kind: "delete" | "double" | "insert" | "cut" | "splice";
  readonly at: number;
  readonly piece: string;
};

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("delete" as const, "double" as const, "insert" as const, "cut" as const, "splice" as const),
  // Anywhere: of a range, fast-check prefers the ends.
  at: fc.nat().map((n) => (n * 0.6180339887) % 1),
  piece: fc.constantFrom(...PIECES),
});

function mutate(text: string, other: string, { kind, at, piece }: Mutation): string {
  const tokens = tokensOf(text);
  const token = tokens[Math.floor(at * tokens.length)] ?? { start: text.length, end: text.length };
  const [before, own, after] = [text.slice(0, token.start), text.slice(token.start, token.end), text.slice(token.end)];
  switch (kind) {
    case "delete":
      return before + after;
    case "double":
      return before + own + own + after;
    case "insert":
      return before + piece + own + after;
    case "cut":
      return before;
    case "splice":
      return before + other.slice(Math.floor(at * other.length));
  }
}

/** Sources with one to five mutations. */
export const mutated: Text = fc
  .tuple(source, source, fc.array(mutation, { minLength: 1, maxLength: 5 }))
  .map(([text, other, mutations]) => mutations.reduce((done, each) => mutate(done, other, each), text));

import { describe, expect, it } from "vitest";
import { parse } from "../../language/parse.ts";
import type { StringLiteral } from "../../language/tree.ts";
import { show, showValue } from "./show.ts";

function each(cases: readonly (readonly [text: string, shown: string])[]): void {
  it.each(cases)("%j", (text, shown) => {
    expect(showValue(text)).toBe(shown);
  });
}

it.each(["2026-11-21T09:00:00.000Z", "2026-11-21T09:00:00+02:00", "2026-11-21", "90s", "1_024B", "09:00", "2.50%"])(
  "%s is kept as written",
  (written) => {
    const [item] = parse(`let a = ${written}`).tree.items;
    expect(item).toMatchObject({ kind: "let", value: { kind: "unit", text: written } });
  },
);

describe("numbers and units", () => {
  each([
    ["42", "42"],
    ["0", "0"],
    ["1_000_000", "1000000"],
    ["0.5", "0.5d"],
    ["250ms", "duration:250"],
    ["30s", "duration:30000"],
    ["5m", "duration:300000"],
    ["7d", "duration:604800000"],
    ["1h30m", "duration:5400000"],
    ["1.5h", "duration:5400000"],
    ["1.1s", "duration:1100"],
    ["512MiB", "size:536870912"],
    ["10GB", "size:10000000000"],
    ["25%", "percent:25"],
    ["0.1%", "percent:0.1"],
    ["10 % 3", "(% 10 3)"],
    ["1..50", "(.. 1 50)"],
    ["2s..30s", "(.. duration:2000 duration:30000)"],
  ]);
});

describe("dates and times", () => {
  each([
    ["2026-11-21", "date:2026-11-21"],
    ["2024-02-29", "date:2024-02-29"],
    ["2026-11-21T09:00:00Z", "time:2026-11-21T09:00:00Z"],
    ["2026-11-21T01:00:00.250+02:00", "time:2026-11-20T23:00:00.250Z"],
    ["09:00", "time_of_day:540"],
    ["24:00", "time_of_day:1440"],
    ["09:00..17:30", "(.. time_of_day:540 time_of_day:1050)"],
    ["2026-12-20..2027-01-03", "(.. date:2026-12-20 date:2027-01-03)"],
  ]);
});

describe("a malformed number or date is one fault, and still a value", () => {
  it.each(["10min", "30m1h", "1__0", "1_", "007", "1e5", "0x10", "0.5ms", "10%3", "5kg", "99999999999999999999"])(
    "%s",
    (text) => {
      expect(showValue(text)).toMatch(/^\d+\n! bad_number /);
      expect(showValue(text).split("! ")).toHaveLength(2);
      expect(showValue(text).endsWith(`${JSON.stringify(text)} ${text}`)).toBe(true);
    },
  );
  it.each(["2026-12-2", "2026-02-30", "2026-13-01", "2026-11-21T09:00", "2026-11-21T25:00:00Z", "9:00", "24:01"])(
    "%s",
    (text) => {
      expect(showValue(text)).toMatch(/^\d+\n! bad_date /);
      expect(showValue(text).split("! ")).toHaveLength(2);
    },
  );
});

describe("texts", () => {
  each([
    ['""', '""'],
    ['"a\\n\\t\\"\\\\\\$\\u{1F600}"', '"a\\n\\t\\"\\\\$😀"'],
    ['"a ${b.c} d"', '"a ${b.c} d"'],
    ['"${ "}" }"', '"${\\"}\\"}"'],
    ['"${ { a: "}" }.a }"', '"${{a: \\"}\\"}.a}"'],
    ['"${f("${g(1)}")}"', '"${f(\\"${g(1)}\\")}"'],
    ['"$5 and $${x}"', '"$5 and $${x}"'],
    ['"""one line"""', '"one line"'],
    ['"""\n    a\n      "b" ${c}\n\n    d\n    """', '"a\\n  \\"b\\" ${c}\\n\\nd"'],
    ['"""\n    ${a}\n      b\n  """', '"${a}\\n  b"'],
    ['"""\r\n  a\r\n  b\r\n"""', '"a\\nb"'],
  ]);

  it("have parts whose spans are where they stand", () => {
    const text = 'let a = "x${y}z"';
    const [item] = parse(text).tree.items;
    const literal = item?.kind === "let" ? item.value : null;
    const parts = literal?.kind === "string" ? literal.parts : [];
    expect(parts.map((part) => text.slice(part.span.start, part.span.end))).toEqual(["x", "${y}", "z"]);
  });
});

describe("a text that is not closed ends with its line", () => {
  each([
    ['"abc\ny = 2', '"abc"\n(= y 2)\n! bad_string "\\"abc" does not end on its line'],
    ['"abc ${d\ny = 2', '"abc ${d}"\n(= y 2)\n! bad_string "\\"abc ${d" does not end on its line'],
    ['f(a: "b, c: "d")\ny = 2', 'f(a: "b, c: ", d, ")")\n(= y 2)\n! bad_string "\\")" does not end on its line'],
    ['"""abc\ny = 2', '"abc"\n(= y 2)\n! bad_string "\\"\\"\\"" has no closing `"""`'],
    ['"a\\qb"', '"a\\\\qb"\n! bad_string "\\\\q" has `\\q`, which is not an escape; a backslash is written `\\\\`'],
    ['"${}"', '"${?}"\n! expected "" a value in `${…}` / `${`'],
    ['"${a b}"', '"${a}"\n! unexpected "b" `b` / in `${…}`'],
  ]);

  it("and block text before the next declaration", () => {
    const shown = show('let a = """\n  text\nenum E { a }\nlet b = """c"""');
    expect(shown.split("\n")[0]).toBe('(let a "text")');
    expect(shown).toContain('(enum E a)\n(let b "c")');
  });

  it("and block text with a hole left open", () => {
    expect(show('let a = """\n  ${b\n"""\nenum E { a }')).toContain("(enum E a)");
  });
});

describe("characters", () => {
  it("a byte order mark at the start is passed over, elsewhere it is told", () => {
    expect(show("\uFEFFlet a = 1")).toBe("(let a 1)");
    expect(show("let a \uFEFF= 1")).toBe('(let a 1)\n! bad_character "\uFEFF" U+FEFF');
  });

  it("lines end at LF, CRLF or CR", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      expect(show(`let a = 1 // x${end}let b =${end}let c = "d${end}`)).toMatch(
        /\(let a 1\)\n\(let b \?\)\n\(let c "d"\)/,
      );
    }
  });

  it("control characters are shown by their number", () => {
    expect(show("let a\u0000 = 1")).toBe('(let a 1)\n! bad_character "\\u0000" U+0000');
    expect(show("let a = \ud800 1")).toBe('(let a 1)\n! bad_character "\\ud800" U+D800');
  });

  it("a run of strange characters is one fault, a strange letter does not break a name", () => {
    expect(show("let a = @#§ 1")).toBe('(let a 1)\n! bad_character "@#§" @#§');
    expect(show("let naïve = 1")).toBe('(let naïve 1)\n! bad_character "naïve" naïve');
  });
});

describe("comments and documentation", () => {
  it("comments are kept as written, documentation goes to what it documents", () => {
    const { tree, faults } = parse("// one\n/// Two.\n///   three\nlet a = 1 /* four */\n/// five");
    const [item] = tree.items;
    expect(faults).toEqual([]);
    expect(item?.kind === "let" ? item.doc : null).toBe("Two.\n  three");
    expect(tree.comments.map((comment) => comment.text)).toEqual(["// one", "/* four */", "/// five"]);
  });

  it("documents parameters, fields, members and properties", () => {
    const { tree } = parse(
      "action a(\n  /// P\n  p: { /// F\n f: int }) {\n  /// T\n  title = 1\n}\nenum E {\n  /// M\n  m }",
    );
    const [action, members] = tree.items;
    if (action?.kind !== "action" || members?.kind !== "enum") throw new Error("not understood");
    const [param] = action.params;
    const field = param?.type.kind === "record_type" ? param.type.fields[0] : undefined;
    const property = action.body?.members[0];
    expect([param?.doc, field?.doc, property?.kind === "property" && property.doc, members.members[0]?.doc]).toEqual([
      "P",
      "F",
      "T",
      "M",
    ]);
  });

  it("a comment that never ends is taken to end with its line", () => {
    expect(show("let a = 1 /* x\nlet b = 2")).toBe('(let a 1)\n(let b 2)\n! unclosed_comment "/* x"');
  });
});

describe("block text", () => {
  it("is marked as such", () => {
    const [item] = parse('let a = """x"""').tree.items;
    const literal: StringLiteral | null = item?.kind === "let" && item.value.kind === "string" ? item.value : null;
    expect(literal?.block).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import type { Expr, Value } from "../../compiler/ir/expr.ts";
import { escapeControls } from "../../compiler/render/safe.ts";
import { showExpr } from "../../compiler/render/show-expr.ts";
import { brief, FULL, quote, showValue } from "../../compiler/render/show-value.ts";
import { clip, displayWidth, takeColumns } from "../../compiler/render/width.ts";
import type { Type } from "../../compiler/types/type.ts";

const T = (
  kind:
    | "duration"
    | "size"
    | "percent"
    | "rate"
    | "time_of_day"
    | "date"
    | "string"
    | "int"
    | "identity"
    | "approver"
    | "json",
): Type => ({ kind });

const template = (parts: string[], holes: Value[]): Value => ({ $template: { parts, holes } });

describe("values are shown as they are written", () => {
  test.each<readonly [string, Type | null, Value]>([
    ["5m", T("duration"), 300_000],
    ["1h30m", T("duration"), 5_400_000],
    ["512MiB", T("size"), 512 * 2 ** 20],
    ["25%", T("percent"), 25],
    ["3 per 1h", T("rate"), { count: 3, per: 3_600_000 }],
    ["09:05", T("time_of_day"), 545],
    ["2026-11-21", T("date"), "2026-11-21"],
    ['"a \\"b\\" \\${c}"', T("string"), 'a "b" ${c}'],
    ['"ana@example.com"', T("identity"), "ana@example.com"],
    ["sre", T("approver"), "org.ops#sre"],
    ["production", { kind: "enum", id: "m#Env", name: "Env", members: ["production"] }, "production"],
    ['"not a name"', { kind: "enum", id: "m#Env", name: "Env", members: [] }, "not a name"],
    ["none", { kind: "optional", of: T("duration") }, null],
    ["5m", { kind: "optional", of: { kind: "refined", id: "m#T", name: "T", base: T("duration") } }, 300_000],
    ["[1m, 2m]", { kind: "list", of: T("duration") }, [60_000, 120_000]],
    ["10%..50%", { kind: "range", of: T("percent") }, { from: 10, to: 50 }],
    [
      '{ ttl: 1m, "cost-centre": 4 }',
      { kind: "record", fields: [{ name: "ttl", type: T("duration"), optional: false, doc: null }] },
      { ttl: 60_000, "cost-centre": 4 },
    ],
    ["{}", T("json"), {}],
    [
      "ledger",
      { kind: "one_of", id: "m#dbs", name: "dbs", keys: ["ledger"], of: T("json") },
      { key: "ledger", path: "x" },
    ],
    ["(secret)", { kind: "secret", of: T("string") }, "hunter2"],
    ["(secret ledger_url)", { kind: "secret", of: T("string") }, { $secret: "ledger_url" }],
    ["(secret ledger_url)", { kind: "secret", of: T("string") }, { $secret: "teams/pay.ops#ledger_url" }],
    ['(secret "a) (b")', { kind: "secret", of: T("string") }, { $secret: "pay.ops#a) (b" }],
    ['(secret "@env:LEDGER_URL")', { kind: "secret", of: T("string") }, { $secret: "@env:LEDGER_URL" }],
    ['"a = ${"\\${b}"}, ${3}\\${c}"', T("string"), template(["a = ", ", ", "${c}"], ["${b}", 3])],
    ['{ "$template": { parts: [""], holes: [] } }', T("json"), template([""], [])],
    ['{ a: [1, "x", true, none] }', null, { a: [1, "x", true, null] }],
    ["300000", null, 300_000],
    ['"five"', T("duration"), "five"],
  ])("%s", (shown, type, value) => expect(showValue(value, type)).toBe(shown));

  test("what is left out is counted", () => {
    expect(
      showValue(
        Array.from({ length: 2000 }, (_, i) => i),
        null,
        { text: 10, items: 2 },
      ),
    ).toBe("[0, 1, … 1,998 more]");
    expect(quote("abcdefghijklmnop", { text: 6, items: 1 })).toBe('"abcd" … 10 more characters … "op"');
    expect(quote("x".repeat(5000), FULL)).toHaveLength(5002);
  });
});

const c = (v: Value): Expr => ({ k: "const", v });
const step = (name: string): Expr => ({ k: "ref", root: "step", name });
const field = (of: Expr, name: string, safe = false): Expr => ({ k: "field", of, name, safe });
const op = (name: string, ...args: Expr[]): Expr => ({ k: "op", op: name, args, at: null });

describe("expressions that are not known yet read like the language", () => {
  const x = field({ k: "ref", root: "var", name: "current" }, "x");
  test.each<readonly [string, Expr]>([
    ["scale.replicas", field(step("scale"), "replicas")],
    ["roll[web-1].drain.ok", field(step("roll[web-1].drain"), "ok")],
    ["current.x * 2", op("int.mul", x, c(2))],
    ["(current.x + 1) * 2", op("int.mul", op("int.add", x, c(1)), c(2))],
    ["current.x - (1 - 2)", op("int.sub", x, op("int.sub", c(1), c(2)))],
    ["current?.x ?? 3", op("coalesce", field({ k: "ref", root: "var", name: "current~2" }, "x", true), c(3))],
    [
      "a.ok && (b.ok || !c.ok)",
      op("and", field(step("a"), "ok"), op("or", field(step("b"), "ok"), op("not", field(step("c"), "ok")))),
    ],
    ["it.x ? 1 : 2", op("if", field({ k: "ref", root: "it", name: "" }, "x"), c(1), c(2))],
    ["current.x in [1, 2]", op("list.has", c([1, 2]), x)],
    ["current.x != none", op("is_some", x)],
    [
      'text.split(",")[0]',
      op("list.at", op("string.split", { k: "ref", root: "var", name: "input:text" }, c(",")), c(0)),
    ],
    [
      "xs.filter(h => h.up).length",
      op(
        "list.length",
        op(
          "list.filter",
          { k: "ref", root: "var", name: "xs" },
          { k: "fn", params: ["h"], body: field({ k: "ref", root: "local", name: "h" }, "up") },
        ),
      ),
    ],
    ["run.now + 5m", op("time.plus", { k: "ref", root: "run", name: "now" }, c(300_000))],
    ["25% of current.x", op("percent.of_int", c(25), x)],
    [
      "env >= production",
      op("ge", op("enum.index", c(["staging", "production"]), { k: "ref", root: "var", name: "env" }), c(1)),
    ],
    [
      '"size ${current.x}, ${5m}"',
      { k: "text", parts: ["size ", { e: x, as: "plain" }, ", ", { e: c(300_000), as: "duration" }] },
    ],
    [
      "match env { staging => 1, _ => 2 }",
      {
        k: "match",
        on: { k: "ref", root: "var", name: "env" },
        arms: [
          { is: ["staging"], then: c(1) },
          { is: null, then: c(2) },
        ],
        at: null,
      },
    ],
    ["{ a: [current.x] }", { k: "record", fields: { a: { k: "list", items: [x] } } }],
  ])("%s", (shown, expr) => expect(showExpr(expr)).toBe(shown));

  test("the type gives constants their units", () => {
    expect(showExpr(op("coalesce", x, c(300_000)), T("duration"))).toBe("current.x ?? 5m");
    expect(showExpr(op("unit.mul", x, c(2)), T("size"))).toBe("current.x * 2");
  });
  test("a template is shown as text with its holes", () => {
    const holes: Expr = { k: "list", items: [x, c("b")] };
    const inner: Expr = { k: "record", fields: { parts: c(["a = ", " or ", ""]), holes } };
    const expr: Expr = { k: "record", fields: { $template: inner } };
    expect(showExpr(expr, { kind: "optional", of: T("string") })).toBe('"a = ${current.x} or ${"b"}"');
    expect(showExpr(expr)).toMatch(/^\{ "\$template": /);
  });
  test("one that is too deep is cut, not overflowed", () => {
    let deep: Expr = c(1);
    for (let i = 0; i < 5000; i++) deep = op("not", deep);
    expect(showExpr(deep)).toMatch(/^!+…$/);
  });
});

describe("controls are written out", () => {
  test.each([
    ["\u001b[31m", "\\u{1b}[31m"],
    ["a\r\nb\tc", "a\\r\\nb\\tc"],
    ["user\u202egnp.exe", "user\\u{202e}gnp.exe"],
    ["adm\u200bin\u2066", "adm\\u{200b}in\\u{2066}"],
    ["a\u00a0b\ue000", "a\\u{a0}b\\u{e000}"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\ud800", "\\u{d800}"],
    ["a\u200db", "a\\u{200d}b"],
    // Digits may look like emoji, and a selector behind them could be seen by nobody.
    ["web-1\ufe0f", "web-1\\u{fe0f}"],
    ["1\u200d\u{1f525}", "1\\u{200d}\u{1f525}"],
    ["\u2764\ufe0f\ufe0f", "\u2764\ufe0f\\u{fe0f}"],
    // Marks by the pile are drawn over the lines around.
    [`e${"\u0301".repeat(8)}x`, `e${"\u0301".repeat(6)}\\u{301}\\u{301}x`],
  ])("%j", (text, shown) => expect(escapeControls(text)).toBe(shown));
  test.each(["plain", "naïve", "日本語", "👩‍👩‍👧", "❤️", "1\ufe0f\u20e3", "cafe\u0301", "שָּׁ"])("%s stays", (text) =>
    expect(escapeControls(text)).toBe(text),
  );
});

test("a text is as long as its characters and what is piled on them", () => {
  expect(brief(`e${"\u0301".repeat(5000)}`, 40).length).toBeLessThan(400);
  expect(brief("\ufe0f".repeat(5000), 40)).toContain("4,960 more characters");
  expect(brief("👩‍👩‍👧".repeat(40), 40)).toBe("👩‍👩‍👧".repeat(40));
});

describe("columns", () => {
  test.each([
    ["abc", 3],
    ["日本", 4],
    ["한글", 4],
    ["ｆｕｌｌ", 8],
    ["cafe\u0301", 4],
    ["👩‍👩‍👧", 2],
    ["❤️", 2],
    ["🇩🇪", 2],
    ["→", 1],
    ["", 0],
  ])("%s takes %i", (text, width) => expect(displayWidth(text)).toBe(width));
  test("nothing is cut in two", () => {
    expect(takeColumns("日本語", 3)).toBe("日");
    expect(clip("日本語テキスト", 8)).toBe("日本語…");
    expect(clip("short", 8)).toBe("short");
  });
});

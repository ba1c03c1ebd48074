import process from "node:process";
import { describe, expect, it } from "vitest";
import { parse } from "../../language/parse.ts";
import { corpus, faulty } from "./corpus.ts";
import { show, showMembers } from "./show.ts";
import { sources } from "./sources.ts";
import { labelOf, memberPaths, parseSoundly } from "./taking-apart.ts";
import { tokensOf } from "./tokens.ts";

const named = Object.entries(sources).map(([name, text]) => ({ name, text }));

/** A text, and the part of it that is not as it was. */
interface Damage {
  readonly what: string;
  readonly text: string;
  /** Of the whole text: the declarations that touch this part need not be kept. */
  readonly from: number;
  readonly to: number;
}

/** What is put in: brackets and signs, values, and words that begin statements and declarations. */
const PIECES = [
  ...'{ } ( ) [ ] , : = => -> . ? + < > ! " x 1 5m in else when'.split(" "),
  ..."step if action require on let rollback test given window".split(" "),
];

/** A token is taken away everywhere; of the rest every fifth place is tried, all with `OPSC_EXHAUSTIVE=1`. */
const STRIDE = process.env.OPSC_EXHAUSTIVE === "1" ? 1 : 5;
const some = <T>(all: readonly T[], from: number): T[] => all.filter((_, at) => (at + from) % STRIDE === 0);

const damages = {
  "without a token": (text: string): Damage[] =>
    tokensOf(text).map(({ start, end }) => ({
      what: text.slice(start, end),
      text: text.slice(0, start) + text.slice(end),
      from: start,
      to: end,
    })),
  "with a token more": (text: string): Damage[] =>
    tokensOf(text).map(({ start }, at) => {
      const piece = PIECES[(at + text.length) % PIECES.length] ?? "";
      return { what: piece, text: `${text.slice(0, start)}${piece} ${text.slice(start)}`, from: start, to: start };
    }),
  "with two tokens in each other's place": (text: string): Damage[] =>
    tokensOf(text).flatMap((a, at, all) => {
      const b = all[at + 1];
      if (b === undefined) return [];
      const [one, between, other] = [
        text.slice(a.start, a.end),
        text.slice(a.end, b.start),
        text.slice(b.start, b.end),
      ];
      const swapped = text.slice(0, a.start) + other + between + one + text.slice(b.end);
      return [{ what: `${one} ${other}`, text: swapped, from: a.start, to: b.end }];
    }),
};

/**
 * One mistake may look like two, or three where it takes a bracket from a header. A token too many may turn a value
 * into a block of another kind (`let a = action {`), each property of which is then odd; two tokens out of place are
 * two mistakes.
 */
const BOUNDS: { readonly [Kind in keyof typeof damages]: number } = {
  "without a token": 3,
  "with a token more": 5,
  "with two tokens in each other's place": 4,
};

/** The declarations of `tree` that `damage` does not touch. */
function untouched(tree: ReturnType<typeof parse>["tree"], { from, to }: Damage): string[] {
  return tree.items
    .filter(({ span }) => span.end <= from || to < span.start || (from < to && to === span.start))
    .map(labelOf);
}

describe.each(["without a token", "with a token more", "with two tokens in each other's place"] as const)(
  "%s",
  (kind) => {
    it.each(corpus)("$name: few faults, and every other declaration is kept", ({ text }) => {
      const { tree } = parse(text);
      const all = damages[kind](text);
      for (const damage of kind === "without a token" ? all : some(all, text.length)) {
        const result = parse(damage.text);
        if (result.faults.length > BOUNDS[kind]) expect.fail(`${result.faults.length} faults: ${around(damage)}`);
        const kept = new Set(result.tree.items.map(labelOf));
        const lost = untouched(tree, damage).filter((label) => !kept.has(label));
        if (lost.length > 0) expect.fail(`${lost.join()} lost: ${around(damage)}`);
      }
    });
  },
);

const around = ({ what, text, from }: Damage): string =>
  `${JSON.stringify(what)} in ${JSON.stringify(text.slice(Math.max(from - 60, 0), from + 60))}`;

describe("without a token", () => {
  it("only a few texts of the repository have a fault as they are", () => {
    expect(faulty.length, faulty.join()).toBeLessThanOrEqual(7);
    expect(corpus.length).toBeGreaterThan(70);
  });

  it.each(named)("$name: the tree is sound", ({ text }) => {
    for (const damage of damages["without a token"](text)) parseSoundly(damage.text);
  });

  it.each(named)("$name: a missing brace leaves the statements around it where they were", ({ text }) => {
    const before = memberPaths(parse(text).tree);
    for (const { start, end } of tokensOf(text).filter((token) => text.slice(token.start, token.end) === "}")) {
      const after = memberPaths(parse(text.slice(0, start) + text.slice(end)).tree);
      // An `else` on the line of the missing brace goes with it.
      if (text.slice(end).startsWith(" else")) continue;
      for (const path of before.keys()) expect(after.has(path), `${path} without the brace at ${start}`).toBe(true);
    }
  });
});

describe("being typed: a file may end anywhere", () => {
  it.each(named)("$name: what came before is kept as it was", ({ text }) => {
    const { tree } = parse(text);
    for (let length = 0; length <= text.length; length += 1) {
      const result = parse(text.slice(0, length));
      const whole = tree.items.filter((item) => item.span.end <= length);
      // The last may go on differently, as `int where …` does; those before it are as they were.
      expect(result.tree.items.slice(0, Math.max(whole.length - 1, 0))).toEqual(whole.slice(0, -1));
      expect(result.tree.items.slice(0, whole.length).map(labelOf)).toEqual(whole.map(labelOf));
    }
  });

  it.each(corpus)("$name: at most two faults, and every declaration before is kept", ({ text }) => {
    const labels = parse(text).tree.items.map((item) => ({ label: labelOf(item), end: item.span.end }));
    for (const { start, end } of some(tokensOf(text), text.length)) {
      for (const length of [start, Math.ceil((start + end) / 2), end]) {
        const { tree, faults } = parse(text.slice(0, length));
        if (faults.length > 2) expect.fail(`${faults.length} faults in the first ${length} characters`);
        const whole = labels.filter((item) => item.end <= length).map(({ label }) => label);
        expect(tree.items.slice(0, whole.length).map(labelOf)).toEqual(whole);
      }
    }
  });
});

describe("a body without its closing brace", () => {
  it("ends at the next declaration in column 1, and shows where it was opened", () => {
    const text = "action a() {\n  x = 1\n\naction b() { y = 2 }";
    expect(show(text)).toBe('(action a () {(= x 1) …)\n(action b () {(= y 2)})\n! unclosed "" `{` / `}`');
    const [fault] = parse(text).faults;
    expect(fault?.span.start).toBe(text.indexOf("1") + 1);
    expect(fault?.related).toEqual([{ span: { start: 11, end: 12 }, note: "the body of the action opens here" }]);
  });

  it("ends at a line indented no further than its header, so that the right one is blamed", () => {
    const text = "action a() {\n  step s = f() {\n    y = 2\n  step t = g()\n}\nuse b";
    expect(show(text)).toBe('(action a () {(step s f() {(= y 2) …) (step t g())})\n(use b)\n! unclosed "" `{` / `}`');
    expect(parse(text).faults[0]?.related[0]?.note).toBe("the body of the step opens here");
  });

  it("ends at the end of the file, with one fault for all that are open", () => {
    expect(show("action a() {\n  step s = f() {\n    rollback {")).toBe(
      '(action a () {(step s f() {(rollback {…) …) …)\n! unclosed "" `{` / `}`'.replace("{…)", "{ …)"),
    );
  });

  it("takes a `let` in column 1 for its own only where the braces balance", () => {
    expect(show("action a() {\n  x = 1\nlet y = 2\n")).toBe(
      '(action a () {(= x 1) …)\n(let y 2)\n! unclosed "" `{` / `}`',
    );
    expect(show("action a() {\n  x = 1\nlet y = 2\n}")).toBe("(action a () {(= x 1) (let y 2)})");
  });
});

describe("a brace too many", () => {
  it("in a body is passed over", () => {
    const text = "action a() {\n  x = 1\n    }\n  y = 2\n}\nuse b";
    expect(show(text)).toBe('(action a () {(= x 1) (= y 2)})\n(use b)\n! unopened "}" `}`');
  });

  it("between declarations is passed over", () => {
    expect(show("enum A { a } }\nenum B { b }")).toBe('(enum A a)\n(enum B b)\n! unopened "}" `}`');
  });
});

describe("an opening brace that is missing", () => {
  it("is understood from what follows", () => {
    expect(show("action a()\n  x = 1\n  y = 2\n}\nuse b")).toBe(
      '(action a () {(= x 1) (= y 2)})\n(use b)\n! expected "" `{` to open the body of the action / `)`',
    );
    expect(show("approver a members = [b] }\nuse c")).toBe(
      '(approver a {(= members [b])})\n(use c)\n! expected "" `{` to open the body of the approver / `a`',
    );
  });
});

describe("a missing value never swallows the next statement", () => {
  it.each([
    ["timeout =\nstep a = f()", '(= timeout ?)\n(step a f())\n! expected "" a value for `timeout` / `=`'],
    [
      "title =\nowner =\nrisk = low",
      '(= title ?)\n(= owner ?)\n(= risk low)\n! expected "" a value for `title` / `=`\n! expected "" a value for `owner` / `=`',
    ],
    ["x = a +\ny = 2", '(= x (+ a ?))\n(= y 2)\n! expected "" a value / `+`'],
    ["x = a.\ny = 2", '(= x a.?)\n(= y 2)\n! expected "" the name of a field / `.`'],
    [
      "x = step\ny = 2",
      '(= x ?)\n(step ? ?)\n(= y 2)\n! expected "" a value for `x` / `=`\n! expected "" the name of the step / `step`',
    ],
    [
      "step a =\nstep b = g()",
      '(step a ?)\n(step b g())\n! expected "" the operation or action that the step calls / `=`',
    ],
    ["approve by\nwait 1m", '(approve one ?)\n(wait duration:60000)\n! expected "" who approves / `by`'],
    ["require a else\nstep b = f()", '(require a :else ?)\n(step b f())\n! expected "" a message / `else`'],
    [
      "rollback\nstep a = f()",
      '(rollback ?)\n(step a f())\n! expected "" how to undo it: a call, `{`, `auto` or `nothing` / `rollback`',
    ],
    ["tim\nstep a = f()", '(= tim ?)\n(step a f())\n! expected "" `=` and a value / `tim`'],
  ])("%j", (text, shown) => {
    expect(showMembers(text)).toBe(shown);
  });
});

describe("a missing bracket ends where the statement does", () => {
  it("before the body of a step, which is no record; a record with the wrong sign still is one", () => {
    const lacking = "action a() {\n  step s = f( {\n    timeout = 5s\n    rollback auto\n  }\n  step t = g()\n}";
    expect(show(lacking)).toBe(
      '(action a () {(step s f() {(= timeout duration:5000) (rollback auto)}) (step t g())})\n! unclosed "" `(` / `)`',
    );
    expect(parse("action a() {\n  step s = f({\n    x = 5\n  })\n}").faults.map(({ code }) => code)).toEqual([
      "expected",
    ]);
  });

  it.each([
    ["x = [1, 2\ny = 3", '(= x [1 2])\n(= y 3)\n! unclosed "" `[` / `]`'],
    ["step a = f(\n  x: 1,\n  y: 2\nstep b = g()", '(step a f(x: 1, y: 2))\n(step b g())\n! unclosed "" `(` / `)`'],
    ["step a = f(x: 1 {\n  timeout = 1s\n}", '(step a f(x: 1) {(= timeout duration:1000)})\n! unclosed "" `(` / `)`'],
    ["step a = f(x: [1, 2)\nstep b = g()", '(step a f(x: [1 2]))\n(step b g())\n! unclosed "" `[` / `]`'],
    ["  return { a: 1\n  y = 2", '(return {a: 1})\n(= y 2)\n! unclosed "" `{` / `}`'],
  ])("%j", (text, shown) => {
    expect(showMembers(text)).toBe(shown);
  });
});

describe("garbage", () => {
  it("is one fault, up to the next thing that can start", () => {
    expect(showMembers("]]] ) , foo\nstep a = f()")).toBe(
      '(step a f())\n! unexpected "]" `]` / in the body of the action',
    );
    expect(showMembers("x = 1 foo bar\ny = 2")).toBe('(= x 1)\n(= y 2)\n! unexpected "foo" `foo` / after a statement');
    expect(show("foo bar { baz }\nenum A { a }")).toBe(
      '(enum A a)\n! unexpected "foo" `foo` / at the top of a file, where declarations stand',
    );
  });

  it("before a body does not cost the body", () => {
    expect(showMembers("step a = k8s[env]scale(x: 1) {\n  timeout = 1s\n}")).toBe(
      '(step a k8s[env] {(= timeout duration:1000)})\n! unexpected "scale" `scale` / before the body of the step',
    );
  });
});

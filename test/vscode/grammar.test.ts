/** The colours of the VS Code extension: held against the language's own scanner and tree. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, test } from "vitest";
import type { IGrammar } from "vscode-textmate";
import { generatedForEditor } from "../../cli/build-editor.ts";
import { Scanner } from "../../language/lexer.ts";
import { parse } from "../../language/parse.ts";
import { DECLARATION_WORDS, EndOfFile, KEYWORDS, STATEMENT_WORDS, type Token } from "../../language/tokens.ts";
import { corpus } from "../language/corpus.ts";
import { opsTextMate, type Scoped, scopesAt, scopesOf } from "./textmate.ts";

const root = path.resolve(import.meta.dirname, "../..");
let grammar: IGrammar;
beforeAll(async () => {
  grammar = await opsTextMate();
});

describe("what is made from the language's tables", () => {
  for (const [file, text] of generatedForEditor())
    test(`${file} is fresh`, () => {
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(path.join(root, file), text);
      expect(readFileSync(path.join(root, file), "utf8")).toBe(text);
    });
});

function tokensOf(text: string): Token[] {
  const scanner = new Scanner(text);
  const found: Token[] = [];
  for (let token = scanner.next(); token.tokenType !== EndOfFile; token = scanner.next()) found.push(token);
  return found;
}

const WORD = /^(?:keyword|constant\.language|variable\.language|support\.type)\b/;
const isWord = (scopes: readonly string[]): boolean => WORD.test(scopes.at(-1) ?? "");

/** What a look at every text finds wrong, each with its place; `hold` says what the innermost scope at an offset has to be. */
function wrongIn(look: (text: string, hold: (offset: number, wanted: boolean | RegExp, what: string) => void) => void) {
  return corpus.flatMap(({ name, text }) => {
    const found = scopesOf(grammar, text);
    const wrong: string[] = [];
    look(text, (offset, wanted, what) => {
      const scopes = scopesAt(found, offset);
      const right = typeof wanted === "boolean" ? isWord(scopes) === wanted : wanted.test(scopes.at(-1) ?? "");
      if (!right) wrong.push(`${name}:${text.slice(0, offset).split("\n").length}: ${what}: ${scopes.join(" ")}`);
    });
    return wrong;
  });
}

describe("every text of the repository", () => {
  test("there are some", () => expect(corpus.length).toBeGreaterThan(150));

  test("reserved words are keywords, but for those after a dot and before a colon", () => {
    const wrong = wrongIn((text, hold) => {
      const tokens = tokensOf(text);
      tokens.forEach((token, i) => {
        if (KEYWORDS.get(token.image) !== token.tokenType) return;
        const [before, after] = [tokens[i - 1], tokens[i + 1]];
        const colon = after?.image === ":" || optionalName(tokens, i + 1);
        // In `a ? true : false` it is a word all the same.
        const label = colon && after?.spaced === false;
        hold(token.startOffset, !(before?.image === "." || before?.image === "?." || label), token.image);
      });
    });
    expect(wrong).toEqual([]);
  });

  test("texts, numbers and comments are what the scanner takes them for", () => {
    const kinds: Readonly<Record<string, RegExp>> = {
      TextStart: /^string\.quoted/,
      HoleStart: /^punctuation\.section\.embedded\.begin/,
      HoleEnd: /^punctuation\.section\.embedded\.end/,
      NumberToken: /^constant\.numeric\.(integer|decimal)\./,
    };
    const wrong = wrongIn((text, hold) => {
      for (const { tokenType, literal, startOffset } of tokensOf(text)) {
        const wanted =
          literal?.kind === "unit"
            ? new RegExp(`^constant\\.numeric\\.${literal.unit.replaceAll("_", "-")}\\.`)
            : kinds[tokenType.name];
        if (wanted !== undefined) hold(startOffset, wanted, tokenType.name);
      }
      for (const { span } of parse(text).tree.comments) hold(span.start, /^comment\./, "comment");
    });
    expect(wrong).toEqual([]);
  });

  test("words that are so by their place are keywords there", () => {
    const wrong = wrongIn((text, hold) => {
      const word = (start: number, words: ReadonlyMap<string, unknown>): void => {
        const written = /^[a-z]+/.exec(text.slice(start))?.[0] ?? "";
        hold(start, words.has(written) ? /^keyword\./ : false, written);
      };
      for (const item of parse(text).tree.items) {
        if (item.kind === "window" || item.kind === "secret" || item.kind === "test")
          word(item.span.start, DECLARATION_WORDS);
        if (item.kind !== "window" && item.kind !== "test") continue;
        for (const member of item.body?.members ?? []) {
          if (PLACED.has(member.kind)) word(member.span.start, STATEMENT_WORDS);
          for (const inner of member.kind === "run" ? (member.body?.members ?? []) : [])
            if (inner.kind === "approved") word(inner.span.start, STATEMENT_WORDS);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  test("the operation of a step stands out, with its provider", () => {
    const wrong = wrongIn((text, hold) => {
      for (const match of text.matchAll(/^ *(?:step|fact|check) \w+ *= (\w+)\.(\w+)\(/gm)) {
        const end = match.index + match[0].length;
        hold(end - 2, /^support\.function/, match[0]);
        hold(end - 3 - (match[2] ?? "").length, /^entity\.name\.namespace/, match[0]);
      }
    });
    expect(wrong).toEqual([]);
  });
});

const PLACED: ReadonlySet<string> = new Set(["window_rule", "given", "run", "expect"]);

/** `note?: string`, where the name is not reserved; `on?: …` reads as a word before `?:`. */
function optionalName(tokens: readonly Token[], next: number): boolean {
  return (
    tokens[next]?.image === "?" &&
    tokens[next + 1]?.image === ":" &&
    tokens[next + 1]?.startOffset === tokens[next]?.end
  );
}

const shown = (found: readonly Scoped[]): string =>
  found
    .map(({ text, scopes }) => `${text.trim()} · ${scopes.map((scope) => scope.replace(/\.ops$/, "")).join(" ")}`)
    .join("\n");

describe("as it is written", () => {
  test.each(["action", "declarations", "texts", "broken"])("%s", (name) => {
    const file = path.join(import.meta.dirname, "grammar", name);
    const text = shown(scopesOf(grammar, readFileSync(`${file}.ops`, "utf8")));
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(`${file}.scopes`, `${text}\n`);
    expect(`${text}\n`).toBe(readFileSync(`${file}.scopes`, "utf8"));
  });
});

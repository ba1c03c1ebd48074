/** A word from the command line as JSON of a type: `6`, `5m`, `production`, `["a","b"]`. */
import { scanNumber } from "../../language/literals.ts";
import { parse } from "../../language/parse.ts";
import type { Expr as Node } from "../../language/tree.ts";
import { unitValue } from "../ir/format.ts";
import { showType, type Type } from "../types/type.ts";
import { isUrl } from "../types/url.ts";

type Read = { readonly value: unknown } | { readonly message: string };

const bad = (word: string, type: Type): Read => ({ message: `${JSON.stringify(word)} is not ${example(type)}` });

export function readWord(word: string, type: Type): Read {
  switch (type.kind) {
    case "optional":
      return word === "none" ? { value: null } : readWord(word, type.of);
    case "refined":
      return readWord(word, type.base);
    case "string":
    case "identity":
    case "approver":
    case "window":
    case "enum":
    case "one_of":
    case "secret":
      return { value: word };
    case "url":
      return isUrl(word) ? { value: word } : bad(word, type);
    case "bool":
      return word === "true" ? { value: true } : word === "false" ? { value: false } : bad(word, type);
    case "int":
      return /^-?\d[\d_]*$/.test(word) ? { value: Number(word.replaceAll("_", "")) } : bad(word, type);
    case "decimal":
      return /^-?\d[\d_]*(\.\d+)?$/.test(word) ? { value: Number(word.replaceAll("_", "")) } : bad(word, type);
    case "literal":
      return {
        value:
          typeof type.value === "string" ? word : JSON.parse(/^(true|false|-?\d+(\.\d+)?)$/.test(word) ? word : "null"),
      };
    case "union":
      for (const each of type.of) {
        const read = readWord(word, each);
        if ("value" in read && (each.kind !== "literal" || read.value === each.value)) return wordAsJson(word, each);
      }
      return bad(word, type);
    case "duration":
    case "size":
    case "percent":
    case "date":
    case "time":
    case "time_of_day":
    case "rate":
      return readLiteral(word, type);
    case "json":
    case "list":
    case "map":
    case "record":
    case "range":
      return readJson(word, type);
    case "none":
    case "error":
      return bad(word, type);
  }
}

/** The word as JSON that is then held against the type: units stay words, since JSON has no numbers with units. */
export function wordAsJson(word: string, type: Type): Read {
  switch (type.kind) {
    case "optional":
      return word === "none" ? { value: null } : wordAsJson(word, type.of);
    case "refined":
      return wordAsJson(word, type.base);
    case "duration":
    case "size":
    case "percent":
    case "date":
    case "time":
    case "time_of_day":
    case "rate":
    case "range": {
      const read = type.kind === "range" ? { value: word } : readWord(word, type);
      return "message" in read ? read : { value: word };
    }
    default:
      return readWord(word, type);
  }
}

/** Units are read by the language's own lexer, so a word means on the command line what it means in a file. */
function readLiteral(word: string, type: Type): Read {
  // A file of data has tens of thousands of them, so one that is a single token is not parsed as a module.
  const token = /^\d/.test(word) ? scanNumber(word, 0) : null;
  if (token?.end === word.length && token.fault === null && token.literal.kind === "unit")
    return token.literal.unit === type.kind ? { value: unitValue(token.literal) } : bad(word, type);
  const { tree, faults } = parse(`let x = ${word}`);
  const item = tree.items[0];
  const node: Node | null = faults.length === 0 && tree.items.length === 1 && item?.kind === "let" ? item.value : null;
  if (node?.kind === "unit" && node.unit === type.kind) return { value: unitValue(node) };
  if (node?.kind === "rate" && type.kind === "rate" && node.count.kind === "number" && node.per.kind === "unit") {
    const [count, per] = [node.count.value, node.per.value];
    if (node.count.int && count >= 1 && typeof per === "number" && per >= 1) return { value: { count, per } };
  }
  return bad(word, type);
}

/** A list of plain elements may be written `a,b`; nothing at all is the empty list. */
function readJson(word: string, type: Type): Read {
  if (type.kind === "list" && word.trim() === "") return { value: [] };
  try {
    return { value: JSON.parse(word) as unknown };
  } catch {
    if (type.kind === "list" && type.of.kind !== "record" && type.of.kind !== "list") {
      const items = word.split(",").map((part) => wordAsJson(part.trim(), type.of));
      const wrong = items.find((item) => "message" in item);
      return wrong ?? { value: items.map((item) => ("value" in item ? item.value : null)) };
    }
    return { message: `${JSON.stringify(word)} is not JSON of ${showType(type)}` };
  }
}

function example(type: Type): string {
  const shown = showType(type);
  switch (type.kind) {
    case "duration":
      return "a duration such as 90s or 1h30m";
    case "size":
      return "a size such as 512MiB";
    case "percent":
      return "a percentage such as 25%";
    case "date":
      return "a date such as 2026-11-21";
    case "time":
      return "a time such as 2026-11-21T09:00:00Z";
    case "rate":
      return "a rate such as 3 per 1h";
    case "bool":
      return "true or false";
    default:
      return /^[aeiou](?!rl\b)/.test(shown) ? `an ${shown}` : `a ${shown}`;
  }
}

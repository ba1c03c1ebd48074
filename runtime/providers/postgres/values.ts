/** Values of PostgreSQL as values of the language: what JSON has a word for, everything else as PostgreSQL's text, exact as it is. */
import type { Value } from "../../provider/kit.ts";

/** By OID (pg_type.dat of the server's source). */
const PARSERS: { readonly [oid: number]: (text: string) => Value } = {
  16: (text) => text === "t",
  20: whole,
  21: whole,
  23: whole,
  26: whole,
  700: decimal,
  701: decimal,
  114: exactJson,
  3802: exactJson,
};

const asText = (text: string): Value => text;

export const parserOf = (oid: number): ((text: string) => Value) => PARSERS[oid] ?? asText;

/** One that JSON's numbers cannot hold stays its text. */
function whole(text: string): Value {
  return Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

function decimal(text: string): Value {
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

type Reviver = (name: string, value: Value, at?: { readonly source?: string }) => Value;
/** The third argument of a reviver is younger than the types. */
const parse: (text: string, revive: Reviver) => Value = JSON.parse;

/** Numbers within, too: PostgreSQL keeps them as exact as they were written. */
function exactJson(text: string): Value {
  return parse(text, (_, value, at) => {
    if (typeof value !== "number" || at?.source === undefined) return value;
    const isExact = /[.eE]/.test(at.source) ? Number.isFinite(value) : Number.isSafeInteger(value);
    return isExact ? value : at.source;
  });
}

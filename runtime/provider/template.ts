/** Code for another system as a provider gets it: text that the author of an action wrote, and values to be quoted. */
import type { Value } from "../../compiler/ir/expr.ts";
import { readTemplate } from "../../compiler/ir/template.ts";

/** What may stand in a hole: text (durations, sizes, times as they are written, too), numbers and truth values. */
export type TemplateValue = string | number | boolean;

/** A query with parameters takes `parts` and `values` as they are; for a language that has none there is `join`. */
export class Template {
  /** The text around the holes: one more than `values`. */
  readonly parts: readonly string[];
  readonly values: readonly TemplateValue[];

  constructor(parts: readonly string[], values: readonly TemplateValue[]) {
    if (parts.length !== values.length + 1) throw new RangeError("a template has one part more than values");
    this.parts = parts;
    this.values = values;
  }

  /**
   * The whole text, each value as `quote` gives it. `before` is the text to the left, for languages where a value
   * is quoted by where it stands; `index` counts from 0.
   */
  join(quote: (value: TemplateValue, index: number, before: string) => string): string {
    return this.parts.reduce((text, part, i) => {
      const value = this.values[i - 1];
      return `${text}${value === undefined ? "" : quote(value, i - 1, text)}${part}`;
    });
  }
}

/** The template that a plan or a run hands over; what is none is given back as it came, for the schema to refuse. */
export function asTemplate(value: Value | undefined): unknown {
  const read = value === undefined ? null : readTemplate(value);
  if (read === null) return value;
  const values = read.holes.filter(
    (hole) => typeof hole === "string" || typeof hole === "number" || typeof hole === "boolean",
  );
  return values.length === read.holes.length ? new Template(read.parts, values) : value;
}

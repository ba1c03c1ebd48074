/** Names and what is said of them, in two columns. */
import { paint, run, wrap } from "../compiler/render/ink.ts";

/** Narrower than this, what is said goes below its name. */
const LEAST = 24;

/** Safe to print as they are, and no wider than `width` where words allow it. */
export function rows(
  entries: readonly (readonly [name: string, text: string])[],
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const first = Math.max(0, ...entries.map(([name]) => name.length)) + 2;
  const beside = width - first >= LEAST;
  return entries
    .flatMap(([name, text]) =>
      beside
        ? wrap([run(name.padEnd(first), "bold"), run(text)], width, first)
        : [[run(name, "bold")], ...wrap([run(`  ${text}`)], width, 2)],
    )
    .map((line) => paint(line, color));
}

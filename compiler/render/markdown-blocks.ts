/** What Markdown of a plan is made of: lists, alerts, tables and folds, each of which can be cut down to whole units. */
import type { Section } from "./markdown-fit.ts";
import { fenced } from "./markdown-text.ts";
import { plural } from "./words.ts";

/** `3 more lines`; nothing of none. */
export const more = (left: number, what: string): string => (left === 0 ? "" : `${plural(left, `more ${what}`)}`);

/** A list; `title` stands above it. */
export function list(title: string, lines: readonly string[], what: string, keeps: number): Section {
  const left = (n: number): string => (n === 0 ? "" : `- … ${more(n, what)}`);
  return {
    open: title === "" ? "" : `${title}\n\n`,
    units: lines,
    between: "\n",
    close: (n) => (n === 0 ? "" : `\n${left(n)}`),
    none: `${title === "" ? "" : `${title}\n\n`}${left(lines.length)}`,
    keeps,
  };
}

/** What GitHub sets off by a colour and a sign. */
export function alert(kind: string, lead: string, lines: readonly string[], what: string, keeps: number): Section {
  const head = `> [!${kind}]\n${lead === "" ? "" : `> ${lead}\n`}`;
  const left = (n: number): string => (n === 0 ? "" : `> - … ${more(n, what)}`);
  return {
    open: `${head}${lead === "" || lines.length === 0 ? "" : ">\n"}`,
    units: lines.map((line) => `> - ${line}`),
    between: "\n",
    close: (n) => (n === 0 ? "" : `\n${left(n)}`),
    none: `${head}${left(lines.length)}`,
    keeps,
  };
}

export function table(
  title: string,
  head: readonly string[],
  rows: readonly string[],
  what: string,
  keeps: number,
): Section {
  const open = `${title === "" ? "" : `${title}\n\n`}${head.join("\n")}\n`;
  return {
    open,
    units: rows,
    between: "\n",
    close: (n) => (n === 0 ? "" : `\n\n… ${more(n, what)}`),
    none: `${title === "" ? "" : `${title}\n\n`}… ${more(rows.length, what)}`,
    keeps,
  };
}

/** Lines of code that are folded away until somebody opens them. */
export function folded(summary: string, lines: readonly string[], open: boolean, keeps: number): Section {
  const head = `<details${open ? " open" : ""}><summary>${summary}</summary>`;
  const [ticks = ""] = fenced("", lines.join("\n")).split("\n");
  const left = (n: number): string => (n === 0 ? "" : `\n\n… ${more(n, "line")}; <code>opsc show</code> shows them.`);
  return {
    open: `${head}\n\n${ticks}text\n`,
    units: lines,
    between: "\n",
    close: (n) => `\n${ticks}${left(n)}\n\n</details>`,
    none: `${head}${left(lines.length)}\n\n</details>`,
    keeps,
  };
}

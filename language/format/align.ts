/** Lining up what stands on lines that follow each other: `=` of properties and of bindings, types of parameters. */
import { type Doc, flatWidth, INDENT, type Pad, WIDTH } from "./doc.ts";

/** A member of a body, an element or a declaration, laid out. */
export interface Row {
  readonly doc: Doc;
  /** Only rows of one sort are lined up; null for those that never are. */
  readonly sort: string | null;
  /** Where the spaces go, and how wide what stands before them is. */
  readonly pad: Pad | null;
  readonly before: number;
  /** Comments on the line before the row, or an empty line: it begins a run of its own. */
  readonly apart: boolean;
  /** Width of the comments on its line; infinite where it is not known. */
  readonly comments: number;
}

/** Sets the pads of rows at `depth`. Rows that do not stay on one line end a run; one that would get too wide undoes it. */
export function alignRows(rows: readonly Row[], depth: number): void {
  const most = WIDTH - depth * INDENT;
  let run: { readonly pad: Pad; readonly before: number; readonly width: number }[] = [];
  let sort: string | null = null;
  const finish = (): void => {
    const column = run.reduce((widest, { before }) => Math.max(widest, before), 0);
    if (run.every(({ before, width }) => width + column - before <= most)) {
      for (const { pad, before } of run) pad.width = column - before;
    }
    run = [];
  };
  for (const row of rows) {
    const width = row.pad === null ? Number.POSITIVE_INFINITY : flatWidth(row.doc, most) + row.comments;
    const fits = row.pad !== null && width <= most;
    if (run.length > 0 && (!fits || row.apart || row.sort !== sort)) finish();
    sort = row.sort;
    if (fits && row.pad !== null) run.push({ pad: row.pad, before: row.before, width });
  }
  if (run.length > 0) finish();
}

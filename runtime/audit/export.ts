/** The log as JSON Lines, to be kept or looked into elsewhere, and the check of such a file. */
import { canonicalJson } from "../../compiler/canonical.ts";
import { openEntry, parseObject } from "../store/entry.ts";
import type { RawEntry, Store, StoredEvent } from "../store/port.ts";
import { type AuditReport, type CheckOptions, LogCheck } from "./check.ts";
import { printable } from "./printable.ts";

/**
 * One line an entry, without the line's end: `{seq, stream, n, prev, leaf, event}`; `event` is null where it was erased. Whatever a terminal would act upon is
 * escaped, so that the lines can be looked at as they are. `run` leaves only that run's entries.
 * Throws `StoreError` at the first entry that is damaged.
 */
export async function* exportLog(
  store: Pick<Store, "pages" | "read">,
  options: { readonly run?: string } = {},
): AsyncIterable<string> {
  if (options.run === undefined) {
    for await (const page of store.pages()) for (const row of page) yield exportedLine(row);
  } else {
    for (const entry of await store.read(`run/${options.run}`)) yield lineOf(entry);
  }
}

/** The line of an entry, without its end. Throws `StoreError` for one that is damaged. */
export const exportedLine = (row: RawEntry): string =>
  lineOf(row.entry === "" ? { ...row, event: null } : openEntry(row));

/**
 * Checks the lines of an exported log as `verifyLog` checks a store, except for the plans, which are not in it. Of an
 * export of one run name the `run`: then it cannot be told whether its end is missing, nor compared with a head.
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  options: CheckOptions = {},
): Promise<AuditReport> {
  const check = new LogCheck(options.run === undefined ? options : { run: options.run, logKeys: options.logKeys });
  let number = 0;
  for await (const text of lines) {
    number += 1;
    const line = text.endsWith("\n") ? text.slice(0, -1) : text;
    const row = rowOf(line);
    if (row === null)
      check.findings.report({ seq: check.entries, stream: "" }, "parse", `line ${number} is no entry as exported`);
    else check.add(row);
  }
  return check.finish();
}

function lineOf(entry: Omit<StoredEvent, "event"> & { readonly event: unknown }): string {
  const { seq, stream, n, prev, leaf, event } = entry;
  return printable(
    `{"seq":${canonicalJson(seq)},"stream":${canonicalJson(stream)},"n":${canonicalJson(n)},` +
      `"prev":${canonicalJson(prev)},"leaf":${canonicalJson(leaf)},"event":${canonicalJson(event)}}`,
  );
}

/** The entry of a line; null unless the line is, to the byte, what an export writes. */
function rowOf(line: string): RawEntry | null {
  const found = parseObject(line);
  if (found === null) return null;
  const { seq, stream, n, prev, leaf, event } = found;
  if (typeof seq !== "number" || typeof n !== "number") return null;
  if (typeof stream !== "string" || typeof prev !== "string" || typeof leaf !== "string") return null;
  if (event === undefined) return null;
  try {
    if (lineOf({ seq, stream, n, prev, leaf, event }) !== line) return null;
    return { seq, stream, n, prev, leaf, entry: event === null ? "" : canonicalJson({ seq, stream, n, prev, event }) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

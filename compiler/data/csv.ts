/** CSV with places: RFC 4180, comma separated, with a header row that names the columns. Cells are text. */
import type { Span } from "../../language/tree.ts";
import { twice } from "./json.ts";
import type { DataEntry, DataFault, DataNode, DataRead } from "./node.ts";

interface Cell {
  readonly span: Span;
  readonly value: string;
}

interface Row {
  readonly cells: readonly Cell[];
  readonly span: Span;
}

/** A list of records by column, empty lines left out. Rows that are too long or too short are told and left out. */
export function parseCsv(text: string): DataRead {
  const faults: DataFault[] = [];
  const rows = readRows(text, faults);
  const header = rows.shift();
  if (header === undefined) {
    faults.push({
      span: { start: 0, end: 0 },
      message: "it is empty",
      help: "begin with a row of column names",
      related: null,
    });
    return { node: null, faults };
  }
  const columns = readHeader(header, text, faults);
  const items: DataNode[] = [];
  for (const row of rows) {
    const count = row.cells.length;
    if (count === columns.length) items.push(record(row, columns));
    else
      faults.push({
        span: row.span,
        message: `this row has ${count} ${count === 1 ? "cell" : "cells"}, the header has ${columns.length}`,
        help:
          count > columns.length
            ? 'put a cell that holds a comma into quotes: "a, b"'
            : "an empty cell still takes a comma",
        related: { span: header.span, note: "the header" },
      });
  }
  return { node: { kind: "list", span: { start: 0, end: text.length }, items }, faults };
}

function readHeader(header: Row, text: string, faults: DataFault[]): readonly Cell[] {
  const seen = new Map<string, Span>();
  const semicolons = header.cells.length === 1 && text.slice(header.span.start, header.span.end).includes(";");
  for (const cell of header.cells) {
    const first = seen.get(cell.value);
    if (cell.value === "")
      faults.push({ span: cell.span, message: "a column has no name", help: "give it one", related: null });
    else if (first !== undefined) faults.push(twice(cell.value, cell.span, first));
    else seen.set(cell.value, cell.span);
  }
  if (semicolons)
    faults.push({
      span: header.span,
      message: "the columns are separated by semicolons",
      help: "save it with commas",
      related: null,
    });
  return header.cells;
}

function record(row: Row, columns: readonly Cell[]): DataNode {
  const entries = columns.flatMap((column, i): DataEntry[] => {
    const cell = row.cells[i];
    if (cell === undefined) return [];
    return [{ key: column.value, keySpan: cell.span, value: { kind: "scalar", span: cell.span, value: cell.value } }];
  });
  return { kind: "record", span: row.span, entries };
}

/** Every row that is not empty. A quote never closed ends reading where its row began. */
function readRows(text: string, faults: DataFault[]): Row[] {
  const rows: Row[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const start = at;
    const cells: Cell[] = [];
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at, faults) : plainCell(text, at, faults);
      if (cell === null) return rows;
      cells.push({ span: cell.span, value: cell.value });
      at = cell.end;
      if (text[at] !== ",") break;
      at += 1;
    }
    const span = { start, end: at };
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
    if (cells.length > 1 || span.end > span.start) rows.push({ cells, span });
  }
  return rows;
}

interface ReadCell extends Cell {
  /** Where reading goes on: at a comma, the end of the line or of the text. */
  readonly end: number;
}

function plainCell(text: string, start: number, faults: DataFault[]): ReadCell {
  const end = endOfCell(text, start);
  const value = text.slice(start, end);
  const quote = value.indexOf('"');
  if (quote >= 0)
    faults.push({
      span: { start: start + quote, end: start + quote + 1 },
      message: "a quote stands within a cell that does not begin with one",
      help: 'put the whole cell into quotes, and write each quote in it twice: "say ""no"""',
      related: null,
    });
  return { span: { start, end }, value: value.trim(), end };
}

function quotedCell(text: string, start: number, faults: DataFault[]): ReadCell | null {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      const message = "this quote is never closed";
      faults.push({ span: { start, end: start + 1 }, message, help: "close it", related: null });
      return null;
    }
    value += text.slice(at, quote);
    if (text[quote + 1] === '"') {
      value += '"';
      at = quote + 2;
      continue;
    }
    const closed = quote + 1;
    const end = endOfCell(text, closed);
    if (text.slice(closed, end).trim() !== "")
      faults.push({
        span: { start: closed, end },
        message: "text stands after the closing quote of a cell",
        help: 'write a quote within a quoted cell twice: ""',
        related: null,
      });
    return { span: { start, end: closed }, value, end };
  }
}

function endOfCell(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== "," && text[at] !== "\n" && text[at] !== "\r") at += 1;
  return at;
}

/** Where a command's words go. The result goes to standard output, all else to standard error. */
import process from "node:process";
import { safeJson, safeText } from "./words.ts";

export interface Io {
  /** Machine-readable: one JSON document, or JSON Lines, on standard output and nothing else there. */
  readonly json: boolean;
  readonly color: boolean;
  /** Columns of the terminal, or what COLUMNS says where there is none; 100 where nobody does, 40 at least. */
  readonly width: number;
  /** Whether somebody watches standard error live. */
  readonly live: boolean;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** Words for people on standard output. Control characters are written as escapes: much of it comes from outside. */
  out(text: string): void;
  /** As `out`, on standard error. */
  err(text: string): void;
  /** What is rendered safely already, or for machines: as it is. */
  raw(text: string): void;
  rawErr(text: string): void;
  /** JSON for machines, whether or not `--json` asks for it. */
  rawJson(text: string): void;
}

export function makeIo(options: { readonly json: boolean; readonly color: boolean }): Io {
  const stream = process.stderr;
  const plain = !options.color || process.env.NO_COLOR !== undefined || process.env.TERM === "dumb";
  const ci = process.env.CI !== undefined && process.env.CI !== "false";
  const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== "0";
  return {
    json: options.json,
    color: !plain && (forced || (!options.json && process.stdout.isTTY === true && stream.isTTY === true)),
    width: widthOf(),
    // Who wants no colours wants text that can be kept: nothing is redrawn in it.
    live: stream.isTTY === true && !ci && !options.json && !plain,
    // Standard input is asked last: Node.js makes it a stream when it is.
    interactive: stream.isTTY === true && !ci && !options.json && process.stdin.isTTY === true,
    out: (text) => write(process.stdout, safeText(text)),
    err: (text) => write(stream, safeText(text)),
    raw: (text) => write(process.stdout, options.json ? safeJson(text) : text),
    rawJson: (text) => write(process.stdout, safeJson(text)),
    rawErr: (text) => write(stream, text),
  };
}

export function widthOf(): number {
  const said = Number(process.env.COLUMNS);
  // A terminal that does not know its width says 0.
  const columns = process.stdout.columns || process.stderr.columns || (Number.isInteger(said) && said > 0 ? said : 100);
  return Math.max(40, columns);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  stream.write(text.endsWith("\n") ? text : `${text}\n`);
}

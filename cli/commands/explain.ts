/** `opsc explain [CODE]` */
import type { Severity } from "../../compiler/diagnostics/diagnostic.ts";
import { type Page, pageTable, type Sources } from "../../compiler/diagnostics/pages/index.ts";
import { type Ink, paint, run as text, wrap } from "../../compiler/render/ink.ts";
import { nearest } from "../../language/nearest.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";

/** Wider lines of prose are hard to read. */
const WIDEST = 88;

interface Entry {
  readonly code: string;
  readonly severity: Severity;
  readonly page: Page;
}

export async function run(io: Io, code: string | undefined): Promise<ExitCode> {
  const entries = [...pageTable()]
    .map(([name, entry]): Entry => ({ code: name, ...entry }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
  if (code === undefined) list(io, entries);
  else show(io, known(code, entries));
  return EXIT.done;
}

function known(word: string, entries: readonly Entry[]): Entry {
  const wanted = word.toLowerCase().replaceAll("_", "-");
  const found = entries.find(({ code }) => code === wanted);
  if (found !== undefined) return found;
  const near = nearest(
    word,
    entries.map(({ code }) => code),
  );
  throw new Stop(
    EXIT.wrong,
    `no diagnostic is called ${word}`,
    near === "" ? "opsc explain lists them all" : `did you mean ${near}?`,
  );
}

function list(io: Io, entries: readonly Entry[]): void {
  if (io.json) {
    io.raw(JSON.stringify(entries.map(({ code, severity, page }) => ({ code, severity, title: page.title }))));
    return;
  }
  const width = Math.max(...entries.map(({ code }) => code.length)) + 2;
  for (const { code, page } of entries) {
    const line = [text(code.padEnd(width), "bold"), text(page.title)];
    for (const each of wrap(line, io.width, width)) io.raw(paint(each, io.color));
  }
}

function show(io: Io, { code, severity, page }: Entry): void {
  if (io.json) {
    io.raw(JSON.stringify({ code, severity, ...page }));
    return;
  }
  const prose = (words: string, ink: Ink = "plain"): void => {
    for (const each of wrap([text(words, ink)], Math.min(io.width, WIDEST), 0)) io.raw(paint(each, io.color));
  };
  prose(`${page.title} (${code}, ${severity})`, "bold");
  io.raw("");
  prose(page.why);
  example(io, "Instead of", page.bad);
  example(io, "write", page.good);
  io.raw("");
  prose(page.fix);
}

function example(io: Io, heading: string, sources: Sources): void {
  const files = typeof sources === "string" ? [["", sources] as const] : Object.entries(sources);
  io.raw("");
  io.raw(paint([text(heading, "dim")], io.color));
  for (const [path, source] of files) {
    io.raw("");
    if (path !== "") io.raw(paint([text(`    // ${path}`, "dim")], io.color));
    for (const line of source.trimEnd().split("\n")) io.raw(paint([text(`    ${line}`, "cyan")], io.color));
  }
}

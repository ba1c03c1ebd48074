/** `opsc explain [CODE]` */
import { nearest } from "../../compiler/check/suggest.ts";
import { type Page, pages, type Sources } from "../../compiler/diagnostics/pages/index.ts";
import { CODES, type Code, registry } from "../../compiler/diagnostics/registry.ts";
import { type Ink, paint, run as text, wrap } from "../../compiler/render/ink.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";

/** Wider lines of prose are hard to read. */
const WIDEST = 88;

export async function run(io: Io, code: string | undefined): Promise<ExitCode> {
  if (code === undefined) list(io);
  else show(io, known(code));
  return EXIT.done;
}

function known(word: string): Code {
  const code = CODES.find((each) => each === word.toLowerCase().replaceAll("_", "-"));
  if (code !== undefined) return code;
  const near = nearest(word, CODES);
  throw new Stop(
    EXIT.wrong,
    `no diagnostic is called ${word}`,
    near === "" ? "opsc explain lists them all" : `did you mean ${near}?`,
  );
}

function list(io: Io): void {
  if (io.json) {
    io.raw(
      JSON.stringify(CODES.map((code) => ({ code, severity: registry[code].severity, title: pages[code].title }))),
    );
    return;
  }
  const width = Math.max(...CODES.map((code) => code.length)) + 2;
  for (const code of CODES) {
    const line = [text(code.padEnd(width), "bold"), text(pages[code].title)];
    for (const each of wrap(line, io.width, width)) io.raw(paint(each, io.color));
  }
}

function show(io: Io, code: Code): void {
  const page: Page = pages[code];
  const { severity } = registry[code];
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

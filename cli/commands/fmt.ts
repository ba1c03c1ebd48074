/** `opsc fmt [PATH…|-]` */
import { stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { diagnosticsJson, renderDiagnostics } from "../../compiler/diagnostics/frame.ts";
import { diagnoseSyntax } from "../../compiler/diagnostics/registry.ts";
import { run as ink, paint } from "../../compiler/render/ink.ts";
import { unifiedDiff } from "../../compiler/text-diff.ts";
import { format } from "../../language/format/format.ts";
import { limited } from "../../runtime/limited.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { isLink } from "../links.ts";
import { FILES_AT_ONCE, findRoot, homeOf, MAX_SOURCE, readSource, sourcesBelow } from "../project.ts";
import { readStdin } from "../stdin.ts";
import { plural, safeJson } from "../words.ts";
import { writeSource } from "../write-whole.ts";

interface Options extends Common {
  readonly check?: true;
  readonly diff?: true;
}

/** A file and its layout. */
interface Laid {
  /** The real folder of its project. */
  readonly home: string;
  /** As it is opened. */
  readonly file: string;
  /** As people name it: from the current folder. */
  readonly shown: string;
  readonly before: string;
  /** The same as `before` where nothing changes, null where the file has faults. */
  readonly after: string | null;
  readonly faults: readonly Diagnostic[];
}

const changes = (each: Laid): each is Laid & { readonly after: string } =>
  each.after !== null && each.after !== each.before;

export async function run(io: Io, paths: readonly string[], options: Options): Promise<ExitCode> {
  if (paths.includes("-")) {
    if (paths.length > 1) throw new Stop(EXIT.wrong, "- stands alone", "lay out files and standard input one by one");
    return await standardInput(io, options);
  }
  const root = await findRoot(options.dir);
  const files = await chosen(paths, root);
  const laid = await limited(files, FILES_AT_ONCE, async (file) => {
    const home = await homeOf(path.dirname(file), root);
    return layOut(home, file, await readSource(home, file, shownAs(file)));
  });
  const written = options.check !== true && options.diff !== true;
  if (written)
    for (const { home, file, shown, before, after } of laid.filter(changes))
      await writeSource({ home, file, shown, before, text: after, again: "opsc fmt" });
  if (io.json) io.raw(safeJson(JSON.stringify(dataOf(laid, written))));
  else show(io, laid, written, options);
  return exitOf(laid, options);
}

function exitOf(laid: readonly Laid[], options: Options): ExitCode {
  const faulty = laid.some((each) => each.after === null);
  return faulty || (options.check === true && laid.some(changes)) ? EXIT.wrong : EXIT.done;
}

function layOut(home: string, file: string, text: string): Laid {
  const shown = file === "-" ? file : shownAs(file);
  const result = format(text);
  if ("text" in result) return { home, file, shown, before: text, after: result.text, faults: [] };
  const faults = result.faults.map((fault) => diagnoseSyntax(fault, shown));
  return { home, file, shown, before: text, after: null, faults };
}

// ---------------------------------------------------------------------------------------------------- which files

/** Files as named, those below folders, or without either those of the project; each once, sorted. */
async function chosen(paths: readonly string[], root: string): Promise<string[]> {
  const files = new Set<string>();
  for (const each of paths.length > 0 ? paths : [root]) {
    const full = path.resolve(each);
    const found = await stat(full).catch(() => null);
    // A link to nothing is told about when it is read.
    if (found === null && !(await isLink(full)))
      throw new Stop(EXIT.wrong, `there is no file or folder ${each}`, "name .ops files, or folders that hold some");
    if (found?.isDirectory() !== true) files.add(full);
    else for (const below of await sourcesBelow(full, () => true)) files.add(path.join(full, below));
  }
  if (files.size === 0)
    throw new Stop(EXIT.wrong, "there are no .ops files there", "name .ops files, or folders that hold some");
  return [...files].sort();
}

function shownAs(file: string): string {
  return path.relative(process.cwd(), file).split(path.sep).join("/");
}

// ---------------------------------------------------------------------------------------------------- what is shown

function show(io: Io, laid: readonly Laid[], written: boolean, options: Options): void {
  showFaults(io, laid);
  const changed = laid.filter(changes);
  const diffs = options.diff === true || (options.check === true && process.stdout.isTTY === true);
  for (const { shown, before, after } of changed) {
    if (!diffs || options.check === true) io.out(shown);
    if (diffs) showDiff(io, shown, before, after);
  }
  const verb = written ? "laid out" : "would be laid out";
  const left = laid.filter((each) => each.after === null).length;
  const rest = left === 0 ? "" : `, ${left} left alone for errors`;
  io.err(`${plural(changed.length, "file")} of ${laid.length} ${verb}${rest}`);
}

function showFaults(io: Io, laid: readonly Laid[]): void {
  const faults = laid.flatMap((each) => each.faults);
  const texts = new Map(laid.map((each) => [each.shown, each.before]));
  if (faults.length > 0)
    io.rawErr(renderDiagnostics(faults, (shown) => texts.get(shown), { color: io.color, width: io.width }));
}

function showDiff(io: Io, shown: string, before: string, after: string): void {
  for (const line of (unifiedDiff(shown, before, after) ?? "").trimEnd().split("\n"))
    io.raw(paint([ink(line, line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "plain")], io.color));
}

/** What `--json` prints. */
function dataOf(laid: readonly Laid[], written: boolean) {
  const texts = new Map(laid.map((each) => [each.shown, each.before]));
  const { diagnostics } = diagnosticsJson(
    laid.flatMap((each) => each.faults),
    (shown) => texts.get(shown),
  );
  return {
    written,
    files: laid.map((each) => ({
      file: each.shown,
      state: each.after === null ? "faulty" : changes(each) ? "changed" : "unchanged",
    })),
    diagnostics,
  };
}

// ---------------------------------------------------------------------------------------------------- standard input

/** What is laid out goes to standard output, and nothing else does: an editor takes it as it is. */
async function standardInput(io: Io, options: Options): Promise<ExitCode> {
  const laid = layOut("", "-", await readStdin(MAX_SOURCE));
  if (io.json) io.raw(safeJson(JSON.stringify({ text: laid.after, ...dataOf([laid], false) })));
  else if (laid.after === null) showFaults(io, [laid]);
  else if (options.check === true || options.diff === true) show(io, [laid], false, options);
  else process.stdout.write(laid.after);
  return exitOf([laid], options);
}

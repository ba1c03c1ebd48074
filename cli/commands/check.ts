/** `opsc check [PATH…]` */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Silenced } from "../../compiler/diagnostics/allow.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import {
  diagnosticsGithub,
  diagnosticsJson,
  failureGithub,
  renderDiagnostics,
  type Sources,
} from "../../compiler/diagnostics/frame.ts";
import type { SarifOptions } from "../../compiler/diagnostics/sarif.ts";
import type { Common } from "../common.ts";
import { CONFIG_FILE, ConfigFault } from "../config.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { type Fixed, fixProject, renderFixed } from "../fixing.ts";
import type { Io } from "../io.ts";
import { checkFiles, findRoot, openProject, type Project, textsToShow } from "../project.ts";
import { VERSION } from "../version.ts";
import { plural, safeJson } from "../words.ts";

type Format = "text" | "json" | "github" | "sarif";

interface Options extends Common {
  readonly format?: Format;
  readonly failLevel?: "error" | "warning";
  readonly fix?: true;
  readonly dryRun?: true;
  readonly diff?: true;
  readonly limit: number;
}

/** What is shown, and where it comes from. */
interface Shown {
  readonly root: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly silenced: readonly Silenced[];
  readonly sources: Sources;
  readonly fixed: Fixed | null;
  /** Said where nothing is wrong. */
  readonly fine: string;
}

export async function run(io: Io, paths: readonly string[], options: Options): Promise<ExitCode> {
  try {
    return await check(io, paths, options);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    if (error instanceof ConfigFault) return await configWrong(io, error, options);
    await showStop(io, error, options);
    throw error;
  }
}

/** What reads a report is given one also where nothing could be checked; people are told on standard error as ever. */
async function showStop(io: Io, { message, help, code }: Stop, options: Options): Promise<void> {
  if (io.json) return;
  const words = help === null ? message : `${message}\n${help}`;
  switch (options.format ?? "text") {
    case "text":
      return;
    case "json":
      io.raw(toJson({ error: { message, help, exit: code } }));
      return;
    case "github":
      io.raw(failureGithub(words));
      return;
    case "sarif":
      io.raw(await sarifOf([], [], { sources: () => undefined, directory: "", failure: words }));
  }
}

async function check(io: Io, paths: readonly string[], options: Options): Promise<ExitCode> {
  if (options.fix === undefined && (options.dryRun === true || options.diff === true))
    throw new Stop(EXIT.wrong, "--dry-run and --diff show what --fix would do", "write opsc check --fix --diff");
  const project = await openProject(options.dir, { tests: true });
  refuseNothing(project, paths);
  const fixed = options.fix === true ? await fixProject(project, (d) => selected(project, paths, d), options) : null;
  const now = fixed?.project ?? project;
  const { diagnostics, silenced, program, tests } = checkFiles(now);
  const texts = textsToShow(now);
  const counts = [plural(project.files.length, "file"), plural(program.actions.length, "action")];
  if (tests.length > 0) counts.push(plural(tests.length, "test"));
  const quiet = silenced.length === 0 ? "" : `; ${plural(silenced.length, "warning")} silenced by opsc-allow`;
  const shown: Shown = {
    root: project.root,
    diagnostics: diagnostics.filter((d) => selected(project, paths, d)),
    silenced: silenced.filter(({ diagnostic }) => selected(project, paths, diagnostic)),
    sources: (module) => texts.get(module),
    fixed,
    fine: `${counts.join(", ")}: nothing wrong${quiet}`,
  };
  await show(io, shown, options);
  const level = options.failLevel ?? project.config.check.failLevel;
  const failing = shown.diagnostics.some(
    (d) => d.severity === "error" || (level === "warning" && d.severity === "warning"),
  );
  return failing ? EXIT.wrong : EXIT.done;
}

function refuseNothing(project: Project, paths: readonly string[]): void {
  if (project.files.length === 0)
    throw new Stop(
      EXIT.wrong,
      `there are no .ops files below ${project.root}`,
      "name the folder of the project with --dir",
    );
  const missing = paths.find((each) => !existsSync(path.resolve(each)));
  if (missing !== undefined)
    throw new Stop(
      EXIT.wrong,
      `there is no file or folder ${missing}`,
      "paths choose what is shown; without one all of the project is",
    );
  // Of another project nothing was checked, and "nothing wrong" would be believed.
  const other = paths.find((each) => !holdsSources(project, each));
  if (other !== undefined)
    throw new Stop(
      EXIT.wrong,
      `${other} is no part of the project in ${project.root}: no source of it was checked`,
      "check another project with --dir FOLDER, or from within it",
    );
}

/** Whether something of the project is there. Files of other kinds, such as data, are only looked for within its folder. */
function holdsSources({ root, files }: Project, given: string): boolean {
  const way = path.relative(root, path.resolve(given)).split(path.sep).join("/");
  // The project itself, or a folder above it.
  if (/^(?:\.\.\/)*(?:\.\.)?$/.test(way)) return true;
  if (way.startsWith("../") || path.isAbsolute(way)) return false;
  const isSource = way.endsWith(".ops") || statSync(path.resolve(given)).isDirectory();
  return !isSource || files.some((file) => file.path === way || file.path.startsWith(`${way}/`));
}

/** A configuration that is wrong is shown as sources are, in every format. */
async function configWrong(io: Io, { diagnostics, text, code }: ConfigFault, options: Options): Promise<ExitCode> {
  const sources: Sources = (module) => (module === CONFIG_FILE ? text : undefined);
  const root = await findRoot(options.dir);
  await show(io, { root, diagnostics, silenced: [], sources, fixed: null, fine: "" }, options);
  return code;
}

async function show(io: Io, shown: Shown, options: Options): Promise<void> {
  const { diagnostics, silenced, sources, fixed } = shown;
  const format: Format = io.json ? "json" : (options.format ?? "text");
  switch (format) {
    case "json": {
      const data = diagnosticsJson(diagnostics, sources, silenced);
      io.raw(toJson({ ...data, ...(fixed === null ? {} : { fixed: fixed.data }) }));
      return;
    }
    case "github":
      if (diagnostics.length > 0) io.raw(diagnosticsGithub(diagnostics, sources, repositoryFolder(shown.root)));
      return;
    case "sarif": {
      io.raw(await sarifOf(diagnostics, silenced, { sources, directory: repositoryFolder(shown.root) }));
      return;
    }
    case "text": {
      if (fixed !== null) renderFixed(io, fixed, diagnostics.length, options.diff === true);
      const limit = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
      if (diagnostics.length > 0)
        io.raw(renderDiagnostics(diagnostics, sources, { color: io.color, width: io.width, limit }));
      else io.out(shown.fine);
    }
  }
}

async function sarifOf(
  diagnostics: readonly Diagnostic[],
  silenced: readonly Silenced[],
  options: Omit<SarifOptions, "version" | "pages">,
): Promise<string> {
  const { diagnosticsSarif } = await import("../../compiler/diagnostics/sarif.ts");
  const { pageTable } = await import("../../compiler/diagnostics/pages/index.ts");
  return toJson(diagnosticsSarif(diagnostics, silenced, { ...options, version: VERSION, pages: pageTable() }));
}

const toJson = (data: unknown): string => safeJson(JSON.stringify(data));

/** The whole project is always checked; paths choose what is shown, and what is fixed. */
function selected(project: Project, paths: readonly string[], diagnostic: Diagnostic): boolean {
  if (paths.length === 0) return true;
  const file = path.join(project.root, diagnostic.module);
  return paths.some((each) => {
    const wanted = path.resolve(each);
    return file === wanted || file.startsWith(`${wanted}${path.sep}`);
  });
}

/** Where the project lies within its repository, with `/`: what GitHub and code scanning name files from. */
function repositoryFolder(root: string): string {
  for (let at = root; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, ".git"))) return path.relative(at, root).split(path.sep).join("/");
    if (path.dirname(at) === at) return "";
  }
}

/** `opsc check [PATH…]` */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { diagnosticsGithub, diagnosticsJson, renderDiagnostics } from "../../compiler/diagnostics/frame.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { checkFiles, openProject, type Project } from "../project.ts";
import { plural } from "../words.ts";

interface Options extends Common {
  readonly format?: "text" | "json" | "github";
  readonly failLevel: "error" | "warning";
}

export async function run(io: Io, paths: readonly string[], options: Options): Promise<ExitCode> {
  const project = await openProject(options.dir);
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
  const { diagnostics, program } = checkFiles(project);
  const shown = diagnostics.filter((d) => selected(project, paths, d));
  const source = (module: string): string | undefined => project.files.find((f) => f.path === module)?.text;
  const format = io.json ? "json" : (options.format ?? "text");
  if (format === "json") io.raw(JSON.stringify(diagnosticsJson(shown, source)));
  else if (format === "github") {
    if (shown.length > 0) io.raw(diagnosticsGithub(shown, source));
  } else if (shown.length > 0) io.raw(renderDiagnostics(shown, source, { color: io.color, width: io.width }));
  else io.out(`${plural(project.files.length, "file")}, ${plural(program.actions.length, "action")}: nothing wrong`);
  const failing = shown.some(
    (d) => d.severity === "error" || (options.failLevel === "warning" && d.severity === "warning"),
  );
  return failing ? EXIT.wrong : EXIT.done;
}

/** The whole project is always checked; paths choose what is shown. */
function selected(project: Project, paths: readonly string[], diagnostic: Diagnostic): boolean {
  if (paths.length === 0) return true;
  const file = path.join(project.root, diagnostic.module);
  return paths.some((each) => {
    const wanted = path.resolve(each);
    return file === wanted || file.startsWith(`${wanted}${path.sep}`);
  });
}

/** `opsc check --fix`: what is mended, written to the files or only shown. */
import path from "node:path";
import { ProjectChecker } from "../compiler/check/project.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Mend } from "../compiler/fix/apply.ts";
import { type Repaired, repair } from "../compiler/fix/repair.ts";
import { paint, run } from "../compiler/render/ink.ts";
import { unifiedDiff } from "../compiler/text-diff.ts";
import type { Io } from "./io.ts";
import { realFolder } from "./links.ts";
import { type Project, withFiles } from "./project.ts";
import { plural } from "./words.ts";
import { writeSource } from "./write-whole.ts";

/** More lines are not read; `--json` has them all. */
const LISTED = 50;

export interface Fixed {
  readonly repaired: Repaired;
  /** By path, before. */
  readonly before: ReadonlyMap<string, string>;
  readonly written: boolean;
  /** The project as it is now: with what was mended, unless it was only to be shown. */
  readonly project: Project;
  /** For `--json`. */
  readonly data: unknown;
}

/** Mends what `chosen` picks; writes the files unless `dryRun` or `diff` asks to see first. */
export async function fixProject(
  project: Project,
  chosen: (diagnostic: Diagnostic) => boolean,
  options: { readonly dryRun?: true; readonly diff?: true },
): Promise<Fixed> {
  const checker = new ProjectChecker();
  const before = new Map(project.files.map((file) => [file.path, file.text]));
  const repaired = repair(
    before,
    (texts) => {
      const files = [...texts].map(([name, text]) => ({ path: name, text }));
      return checker.check(withFiles(project, files).input).diagnostics;
    },
    chosen,
  );
  const written = options.dryRun !== true && options.diff !== true;
  const home = await realFolder(project.root);
  if (written)
    for (const [name, text] of repaired.changed)
      await writeSource({
        home,
        file: path.join(project.root, name),
        shown: name,
        before: before.get(name),
        text,
        again: "opsc check --fix",
      });
  const files = project.files.map((file) => ({ ...file, text: repaired.changed.get(file.path) ?? file.text }));
  return {
    repaired,
    before,
    written,
    project: written ? withFiles(project, files) : project,
    data: {
      written,
      files: [...repaired.changed.keys()].sort(),
      applied: repaired.applied.map(mendData),
      refused: repaired.refused.map(({ mend, because }) => ({ ...mendData(mend), because: because.message })),
    },
  };
}

const mendData = ({ diagnostic, fix }: Mend) => ({
  file: diagnostic.module,
  code: diagnostic.code,
  message: diagnostic.message,
  title: fix.title,
});

/** What was done, a line each, or that nothing could be though `left` are told; with `diff` as a unified diff that patch and git apply take. */
export function renderFixed(io: Io, fixed: Fixed, left: number, diff: boolean): void {
  const { repaired, before, written } = fixed;
  const verb = written ? "fixed" : "would fix";
  for (const { diagnostic, fix } of repaired.applied.slice(0, LISTED))
    io.err(`${verb} ${diagnostic.module}: ${diagnostic.message}: ${fix.title} (${diagnostic.code})`);
  if (repaired.applied.length > LISTED) io.err(`and ${repaired.applied.length - LISTED} more`);
  for (const { mend, because } of repaired.refused.slice(0, LISTED))
    io.err(
      `left out ${mend.diagnostic.module}: ${mend.fix.title}: after it, ${because.message} (${because.code} in ${because.module})`,
    );
  if (diff)
    for (const [name, text] of [...repaired.changed].sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const line of (unifiedDiff(name, before.get(name) ?? "", text) ?? "").trimEnd().split("\n"))
        io.raw(paint([run(line, line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "plain")], io.color));
  if (repaired.applied.length === 0 && left > 0)
    io.err("nothing fixed: none of what follows has a fix that is safe without a person");
  if (repaired.applied.length > 0)
    io.err(
      `${plural(repaired.applied.length, "fix").replace(/fixs$/, "fixes")} in ${plural(repaired.changed.size, "file")}`,
    );
}

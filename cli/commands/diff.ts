/** `opsc diff OLD NEW` */
import type { PlanDiff } from "../../compiler/diff/plan-diff.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { isPlanName, readPlanFile } from "../files.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";

type Format = "text" | "json" | "markdown" | "html";

interface Options extends Common {
  readonly format?: Format;
}

export async function run(io: Io, old: string, now: string, options: Options): Promise<ExitCode> {
  if (old === "-" && now === "-")
    throw new Stop(EXIT.wrong, "both plans are to come from standard input", "name a file for one of them");
  const { planDiff } = await import("../../compiler/diff/plan-diff.ts");
  const [before, after] = [await planOf(old, options), await planOf(now, options)];
  const diff = compared(() => planDiff(before, after));
  const format = io.json ? "json" : (options.format ?? "text");
  const text = await rendered(diff, format, io);
  if (format === "json") io.rawJson(text);
  else io.raw(text);
  return diff.same ? EXIT.done : EXIT.wrong;
}

/** What may be read may still be nested too deep to be compared. */
function compared(compare: () => PlanDiff): PlanDiff {
  try {
    return compare();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Stop(EXIT.unverified, "the plans are nested too deep to be compared", "make them again with opsc plan");
  }
}

async function planOf(what: string, options: Options): Promise<PlanFile> {
  if (isPlanName(what)) return readPlanFile(what);
  const store = await openStore(await findRoot(options.dir), { readonly: true });
  try {
    return (await planOfRun(store, what)).file;
  } finally {
    await store.close();
  }
}

async function rendered(diff: PlanDiff, format: Format, io: Io): Promise<string> {
  switch (format) {
    case "json":
      return JSON.stringify(diff);
    case "text":
      return (await import("../../compiler/diff/text.ts")).diffText(diff, { color: io.color, width: io.width });
    case "markdown":
      return (await import("../../compiler/diff/markdown.ts")).diffMarkdown(diff);
    case "html":
      return (await import("../../compiler/diff/html.ts")).diffHtml(diff);
  }
}

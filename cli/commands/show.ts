/** `opsc show PLAN|RUN` */

import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { isPlanName, readPlanFile } from "../files.ts";
import type { Io } from "../io.ts";
import { newView, see } from "../progress/view.ts";
import { lineOf } from "../progress/words.ts";
import { findRoot } from "../project.ts";
import { type PlanFormat, renderPlan } from "../render-plan.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { safeText } from "../words.ts";

interface Options extends Common {
  readonly format?: PlanFormat;
}

export async function run(io: Io, what: string, options: Options): Promise<ExitCode> {
  if (isPlanName(what)) {
    io.raw(await renderPlan(await readPlanFile(what), io.json ? "json" : (options.format ?? "text"), io));
    return EXIT.done;
  }
  const store = await openStore(await findRoot(options.dir), { create: false });
  try {
    const { file, events } = await planOfRun(store, what);
    if (io.json) {
      io.raw(JSON.stringify({ run: what, plan: file.digest, events }));
      return EXIT.done;
    }
    if (options.format !== undefined) {
      io.raw(await renderPlan(file, options.format, io));
      return EXIT.done;
    }
    const view = newView(file.plan);
    for (const event of events) {
      see(view, event);
      const line = lineOf(view, event);
      if (line !== null) io.out(line);
    }
    const { finished } = view;
    io.out(
      finished === null
        ? "it has not ended: opsc resume goes on with it, unless it runs now"
        : `ended: ${finished.outcome}${finished.why === null ? "" : `: ${safeText(finished.why)}`}`,
    );
    for (const left of finished?.left ?? [])
      io.out(`left to do by hand: ${safeText(left.node)}: ${safeText(left.what)}`);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

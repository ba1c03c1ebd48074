/** `opsc audit overrides`: who broke the glass, when, for what and why. */
import { canonicalJson } from "../../compiler/canonical.ts";
import type { Approval } from "../../compiler/plan/statement.schema.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { isEvent, openEntry } from "../../runtime/store/entry.ts";
import { runOf } from "../../runtime/store/names.ts";
import { brokenWords } from "../break-glass.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { plural, safeName } from "../words.ts";
import type { AuditOptions } from "./options.ts";

interface Found {
  /** null of what was set aside beforehand and served no run. */
  readonly run: string | null;
  readonly action: string | null;
  readonly override: Approval;
}

export async function overrides(io: Io, options: AuditOptions): Promise<ExitCode> {
  const store = await openStore(await findRoot(options.dir), { readonly: true, still: true });
  // By what was said: it is recorded with the plan, and again with each approval of the run that it sets aside.
  const found = new Map<string, Found>();
  const actions = new Map<string, string>();
  try {
    for await (const page of store.pages())
      for (const row of page) {
        // Of a run that was erased nobody can tell any more.
        if (row.entry === "" || !/^(?:run|plan)\//.test(row.stream)) continue;
        // Of most entries it need not be known what they say.
        if (row.n > 0 && !row.entry.includes('"decision":"override"')) continue;
        const { event } = openEntry(row);
        if (!isEvent(event)) continue;
        if (event.type === "run.created") actions.set(event.run, event.action);
        for (const override of overridesIn(event)) {
          const text = canonicalJson(override);
          const run = runOf(row.stream);
          found.set(text, { run, action: run === null ? null : (actions.get(run) ?? null), override });
        }
      }
  } finally {
    await store.close();
  }
  const all = [...found.values()];
  if (io.json) io.raw(JSON.stringify({ overrides: all }));
  else {
    for (const { run, action, override } of all) {
      const of = action === null ? "in no run" : `${run}  ${safeName(action.slice(action.lastIndexOf("#") + 1))}`;
      io.out(`${override.at}  ${of}  ${brokenWords(override)}`);
    }
    io.err(all.length === 0 ? "nobody has broken the glass" : plural(all.length, "override"));
  }
  return EXIT.done;
}

function overridesIn(event: RunEvent): readonly Approval[] {
  switch (event.type) {
    case "run.created":
      return event.approvals.filter(({ decision }) => decision === "override");
    case "approval.given":
    case "approval.recorded":
      return event.approval.decision === "override" ? [event.approval] : [];
    default:
      return [];
  }
}

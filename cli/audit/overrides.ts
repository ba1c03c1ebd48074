/** `opsc audit overrides`: who broke the glass, when, for what and why. */
import type { Approval } from "../../compiler/plan/statement.schema.ts";
import { isEvent, openEntry } from "../../runtime/store/entry.ts";
import { brokenWords } from "../break-glass.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { plural, safeName } from "../words.ts";
import type { AuditOptions } from "./options.ts";

interface Found {
  readonly run: string;
  readonly action: string;
  readonly override: Approval;
}

export async function overrides(io: Io, options: AuditOptions): Promise<ExitCode> {
  const store = await openStore(await findRoot(options.dir), { readonly: true });
  const found: Found[] = [];
  try {
    for await (const page of store.pages())
      for (const row of page) {
        // Of a run that was erased nobody can tell any more.
        if (!row.stream.startsWith("run/") || row.n !== 0 || row.entry === "") continue;
        const { event } = openEntry(row);
        if (!isEvent(event) || event.type !== "run.created") continue;
        const { run, action, approvals } = event;
        for (const override of approvals) if (override.decision === "override") found.push({ run, action, override });
      }
  } finally {
    await store.close();
  }
  if (io.json) io.raw(JSON.stringify({ overrides: found }));
  else {
    for (const { run, action, override } of found)
      io.out(
        `${override.at}  ${run}  ${safeName(action.slice(action.lastIndexOf("#") + 1))}  ${brokenWords(override)}`,
      );
    io.err(found.length === 0 ? "nobody has broken the glass" : plural(found.length, "override"));
  }
  return EXIT.done;
}

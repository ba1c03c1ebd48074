/** `opsc audit`: is the log what was written, and how can others know? */
import { exportLog } from "../../runtime/audit/export.ts";
import { checkpoint } from "../audit/checkpoint.ts";
import { erase } from "../audit/erase.ts";
import { keygen } from "../audit/keygen.ts";
import type { AuditOptions } from "../audit/options.ts";
import { overrides } from "../audit/overrides.ts";
import { prove } from "../audit/prove.ts";
import { publish } from "../audit/publish.ts";
import { verify } from "../audit/verify.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";

/** What can be done, and the options that go with it. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  verify: ["run", "head", "file", "checkpoint", "key", "origin", "proof"],
  export: ["run"],
  keygen: ["origin", "out"],
  checkpoint: ["out"],
  publish: [],
  overrides: [],
  erase: ["reason", "as", "due", "yes"],
  prove: ["checkpoint", "key", "origin", "out"],
};
const ALL = [...new Set(Object.values(OPTIONS).flat())];

export async function run(io: Io, what: string, target: string | undefined, options: AuditOptions): Promise<ExitCode> {
  const stray = ALL.filter((name) => name in options && OPTIONS[what]?.includes(name) === false);
  if (stray.length > 0)
    throw new Stop(EXIT.wrong, `--${stray.join(" and --")} does not go with opsc audit ${what}`, "opsc audit --help");
  if (target !== undefined && what !== "prove" && what !== "erase")
    throw new Stop(EXIT.wrong, `opsc audit ${what} takes no ${JSON.stringify(target)}`, "opsc audit --help");
  switch (what) {
    case "verify":
      return verify(io, options);
    case "export":
      return exportAll(io, options);
    case "keygen":
      return keygen(io, options);
    case "checkpoint":
      return checkpoint(io, options);
    case "erase":
      return erase(io, target, options);
    case "publish":
      return publish(io, options);
    case "overrides":
      return overrides(io, options);
    case "prove":
      return prove(io, target, options);
    default:
      throw new Stop(EXIT.wrong, `opsc audit ${what} is not there`, "opsc audit --help");
  }
}

async function exportAll(io: Io, options: AuditOptions): Promise<ExitCode> {
  const store = await openStore(await findRoot(options.dir), { readonly: true, still: true });
  try {
    if (options.run !== undefined) await planOfRun(store, options.run);
    for await (const line of exportLog(store, options.run === undefined ? {} : { run: options.run })) io.raw(line);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

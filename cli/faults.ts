/** Whatever was thrown, as words and an exit code. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { ProviderError } from "../runtime/provider/contract.ts";
import { DamagedError, StoreError } from "../runtime/store/port.ts";
import { EXIT, Stop } from "./exit.ts";
import { VERSION } from "./version.ts";

export function asStop(error: unknown): Stop {
  if (error instanceof Stop) return error;
  if (error instanceof DamagedError)
    return new Stop(EXIT.unverified, error.message, error.remedy, { fault: error.fault });
  if (error instanceof StoreError)
    return new Stop(EXIT.environment, error.message, error.remedy, { fault: error.fault });
  if (error instanceof ProviderError) return new Stop(EXIT.environment, error.message);
  return fault(error);
}

/** A fault of opsc itself: what is known of it goes to a file that can be attached to a report. */
function fault(error: unknown): Stop {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const file = path.join(tmpdir(), `opsc-fault-${process.pid}.txt`);
  let where = "";
  try {
    writeFileSync(file, `opsc ${VERSION}, Node ${process.versions.node}, ${process.platform}\n${what}\n`, {
      mode: 0o600,
      flag: "wx",
    });
    where = `; what is known of it is in ${file}`;
  } catch {
    // Nothing to write to: the words must do.
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Stop(
    EXIT.fault,
    `a fault of opsc itself: ${message}`,
    `please report it${where}. Nothing is lost: opsc runs lists the runs, opsc resume goes on with one.`,
  );
}

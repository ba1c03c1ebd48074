/**
 * A process of its own for the tests of locks and of full disks: `claim DIR RUN` claims, says so and stays;
 * `fill DIR` appends until the store refuses, and says why; `verify DIR` says how many entries are intact.
 */

import { verifyLog } from "../../runtime/audit/verify.ts";
import { StoreError } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { created, skipped } from "./store-events.ts";

const [what, directory = "", run = "r-1"] = process.argv.slice(2);
if (what === "verify") {
  const looked = await openSqliteStore(directory, { readonly: true, still: true });
  const { entries, findings } = await verifyLog(looked);
  process.stdout.write(`${JSON.stringify({ entries, findings })}\n`);
  process.exit(0);
}
const store = await openSqliteStore(directory);
const claim = await store.claim(run);
const stream = `run/${run}`;
let expected = (await store.read(stream)).length;
if (expected === 0) {
  await store.append([{ stream, expected, fence: claim.fence, events: [created(run)] }]);
  expected += 1;
}
if (what === "claim") {
  process.stdout.write(`${JSON.stringify({ fence: claim.fence })}\n`);
  setInterval(() => undefined, 1000);
} else {
  try {
    for (; expected < 10_000; expected += 1) {
      await store.append([{ stream, expected, fence: claim.fence, events: [skipped("a", "x".repeat(5000))] }]);
    }
    process.stdout.write(`${JSON.stringify({ fault: "none" })}\n`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    process.stdout.write(`${JSON.stringify({ fault: error.fault, message: error.message, written: expected })}\n`);
  }
  process.exit(0);
}

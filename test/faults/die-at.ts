/**
 * `node test/faults/die-at.ts before|after N ARGS…`: opsc ARGS in this process, which kills itself (SIGKILL) right before or after its
 * N-th append to the log is durable: before, what the event reports has happened and is recorded nowhere; after, what it announces
 * is recorded and has not happened. With N = 0 it lives, and writes to the file DIE_AT_COUNT how many appends there were.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { main } from "../../cli/main.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";

const [moment = "", n = "", ...args] = process.argv.slice(2);
const at = Number(n);

/** What all stores on disk have in common. */
async function prototypeOfStores(): Promise<Pick<Store, "append">> {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-die-"));
  const store = await openSqliteStore(path.join(folder, ".opsc"));
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return Object.getPrototypeOf(store);
}

const stores = await prototypeOfStores();
const { append } = stores;
let count = 0;
stores.append = async function (this: Store, appends) {
  count += 1;
  if (count === at && moment === "before") process.kill(process.pid, "SIGKILL");
  const leaves = await append.call(this, appends);
  if (count === at && moment === "after") process.kill(process.pid, "SIGKILL");
  return leaves;
};
await main([process.execPath, "opsc", ...args]);
const file = process.env.DIE_AT_COUNT;
if (file !== undefined) writeFileSync(file, String(count));

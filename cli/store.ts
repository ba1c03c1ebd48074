/** The store of a project: `.opsc/` beside its sources. */
import path from "node:path";
import type { Store } from "../runtime/store/port.ts";

/** Opened for reading and writing; made on first use unless `create` is false. */
export async function openStore(
  root: string,
  options: { readonly create?: boolean; readonly readonly?: boolean } = {},
): Promise<Store> {
  const { openSqliteStore } = await import("../runtime/store/sqlite.ts");
  return openSqliteStore(path.join(root, ".opsc"), options);
}

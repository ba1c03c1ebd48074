/** The store of a project: `.opsc/` beside its sources. */
import path from "node:path";
import { type Fingerprint, fingerprintBy } from "../runtime/plan/preview.ts";
import { fingerprintKey } from "../runtime/store/fingerprint-key.ts";
import type { Store } from "../runtime/store/port.ts";

const folderOf = (root: string): string => path.join(root, ".opsc");

/** Made on first use, unless `create` is false or it is only to be read. */
export async function openStore(
  root: string,
  options: { readonly create?: boolean; readonly readonly?: boolean } = {},
): Promise<Store> {
  const { openSqliteStore } = await import("../runtime/store/sqlite.ts");
  return openSqliteStore(folderOf(root), options);
}

/** Fingerprints of sensitive differences by the key beside the store; `create` makes that where there is none. */
export const fingerprintOf = (root: string, options: { readonly create: boolean }): Fingerprint =>
  fingerprintBy(() => fingerprintKey(folderOf(root), options.create));

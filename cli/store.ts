/** The store of a project: `.opsc/` beside its sources. */
import path from "node:path";
import { type Fingerprint, fingerprintBy } from "../runtime/plan/preview.ts";
import { machineKey } from "../runtime/store/machine-key.ts";
import { type Store, StoreError } from "../runtime/store/port.ts";
import { type Seal, sealBy } from "../runtime/store/seal.ts";
import { cleanStore } from "./clean.ts";
import { redactor } from "./redactor.ts";

const folderOf = (root: string): string => path.join(root, ".opsc");

/** Made on first use, unless `create` is false or it is only to be read. */
export async function openStore(
  root: string,
  options: { readonly create?: boolean; readonly readonly?: boolean; readonly still?: boolean } = {},
): Promise<Store> {
  const { openSqliteStore } = await import("../runtime/store/sqlite.ts");
  return cleanStore(await openSqliteStore(folderOf(root), options), redactor);
}

/** null where nothing was run yet, which is no fault. */
export async function openedOrNone(root: string): Promise<Store | null> {
  return openStore(root, { create: false }).catch((error: unknown) => {
    if (error instanceof StoreError && error.fault === "missing") return null;
    throw error;
  });
}

/** Fingerprints of sensitive differences by the key beside the store; `create` makes that where there is none. */
export const fingerprintOf = (root: string, options: { readonly create: boolean }): Fingerprint =>
  fingerprintBy(() => machineKey(folderOf(root), "fingerprint", options.create));

/** Seals what undo will need, by the key beside the store; what seals first makes it. */
export const sealOf = (root: string): Seal => sealBy((create) => machineKey(folderOf(root), "seal", create));

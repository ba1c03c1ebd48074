/**
 * Seals what undo will need before it is kept: the file that is written over may have held a secret, and a copy of the database, in
 * a backup or beside a report of a fault, must not hold it. The key stays beside the store (`machine-key.ts`); without it nothing
 * that was sealed can be read, and so not undone by itself.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { StoreError } from "./port.ts";

export interface Seal {
  /** Throws `StoreError` where there is no key, and none can be made. */
  close(bytes: Uint8Array): Uint8Array;
  /** Also of what was kept before anything was sealed. Throws `StoreError` where it is damaged, or the key is another or not there. */
  open(bytes: Uint8Array): Uint8Array;
}

const MARK = Buffer.from("opsc sealed 1\n");
const [NONCE, TAG] = [12, 16];

/** `key` is asked for when it is needed first; with `create` it is made where there is none, which can open nothing. */
export function sealBy(key: (create: boolean) => Uint8Array | null): Seal {
  let known: Uint8Array | null = null;
  const demand = (create: boolean): Uint8Array => {
    known ??= key(create);
    if (known !== null) return known;
    throw new StoreError(
      "readonly",
      "the key that seals what undo needs is not there, or others may read it",
      "look at .opsc/seal.key: it belongs to whoever runs opsc, with mode 0600",
    );
  };
  return {
    close(bytes) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", demand(true), nonce);
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Uint8Array.from(Buffer.concat([MARK, nonce, cipher.getAuthTag(), sealed]));
    },
    open(bytes) {
      if (!Buffer.from(bytes.subarray(0, MARK.length)).equals(MARK)) return bytes;
      const rest = bytes.subarray(MARK.length);
      const known = demand(false);
      try {
        const cipher = createDecipheriv("aes-256-gcm", known, rest.subarray(0, NONCE), { authTagLength: TAG });
        cipher.setAuthTag(rest.subarray(NONCE, NONCE + TAG));
        return Uint8Array.from(Buffer.concat([cipher.update(rest.subarray(NONCE + TAG)), cipher.final()]));
      } catch (error) {
        throw new StoreError(
          "broken",
          "it is damaged, or was sealed with another key",
          "put .opsc/seal.key back as it was when the run began",
          { cause: error },
        );
      }
    },
  };
}

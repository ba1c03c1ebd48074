/** Where trust comes from, as it was read: who is believed, and by which keys. Reading it is the host's affair. */
import type { OidcIssuer } from "./trust.schema.ts";

export const TRUST_FILE = "opsc.trust.json";

export interface Trust {
  /**
   * `project`: the reviewed tree itself · `path`: a folder that is not reviewed with it · `git`: a commit of another
   * repository.
   */
  readonly root: "project" | "path" | "git";
  /** For people: `../trust`, `../trust at 1f3870b`, `the project itself`. */
  readonly shown: string;
  /** Who names it, and how; null where the project is its own. */
  readonly named: { readonly by: "configuration" | "machine"; readonly place: string } | null;
  /** `signed`: only what is signed counts. */
  readonly identities: "unverified" | "signed";
  /** Public keys by name, as ssh-keygen(1) reads it under ALLOWED SIGNERS. `path` is for people. */
  readonly allowedSigners: { readonly path: string; readonly text: string } | null;
  /** Keys that do not count any more: a list of public keys, or a key revocation list of OpenSSH. */
  readonly revoked: { readonly path: string; readonly bytes: Uint8Array } | null;
  readonly oidc: readonly OidcIssuer[];
  /** Names of its approvers who may, in an emergency and with a reason, set approvals aside. */
  readonly breakGlass: readonly string[];
  /** Keys that checkpoints of the log may be signed with, in the form of `opsc audit keygen`. */
  readonly logKeys: readonly string[];
  /** What was read of it beside its `.ops` files, by path as plans name it: all of it is part of a plan's sources. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** Of a project that says nothing of trust. */
export const NO_TRUST: Trust = {
  root: "project",
  shown: "the project itself",
  named: null,
  identities: "unverified",
  allowedSigners: null,
  revoked: null,
  oidc: [],
  breakGlass: [],
  logKeys: [],
  files: [],
};

/** A project in which only what is signed counts, and its people with their keys. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { makeProject, opsc, type Ran } from "../e2e/opsc.ts";
import { makeKey, type Pair } from "./ssh.ts";

export const PEOPLE = ["ana", "ben", "cleo", "dana", "eve"] as const;
export type Person = (typeof PEOPLE)[number];
export const email = (person: string): string => `${person}@example.com`;

const keys = new Map<string, Pair>();

/** Made once for all tests of a file. */
export function keyOf(person: string): Pair {
  const key = keys.get(person) ?? makeKey("ed25519");
  keys.set(person, key);
  return key;
}

export const line = (person: string, options = "", name = email(person)): string =>
  `${name}${options === "" ? "" : ` ${options}`} ${keyOf(person).line}\n`;

export const SIGNED = JSON.stringify({ identities: "signed", allowedSigners: "allowed_signers" });

const MAIN = `use file
approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com", "dana@example.com", "eve@example.com"] }
action stamp() {
  approve by sre { quorum = 2 }
  step put = file.write(path: "stamp.txt", content: "x") { rollback auto }
}
action stop() {
  step first = file.write(path: "first.txt", content: "x") { rollback auto }
  approve by sre
  step last = file.write(path: "last.txt", content: "x") { rollback auto }
}
action grant() {
  step put = file.write(path: "grant.txt", content: "x") {
    lease = 2h
    rollback auto
  }
}
action free() {
  step put = file.write(path: "free.txt", content: "x") { rollback auto }
}
`;

export interface SignedProject {
  readonly folder: string;
  /** As a person, with the key of that person or another. */
  run(person: string, args: readonly string[], key?: string | null): Promise<Ran>;
  write(name: string, text: string | Uint8Array): void;
}

export function signedProject(files: Readonly<Record<string, string>> = {}): SignedProject {
  const folder = makeProject({
    "main.ops": MAIN,
    "opsc.trust.json": SIGNED,
    allowed_signers: PEOPLE.map((person) => line(person)).join(""),
    ...files,
  });
  const git = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", OPSC_KEY: "" };
  return {
    folder,
    run: (person, args, key = person) =>
      opsc([...args, "--as", email(person), ...(key === null ? [] : ["--key", keyOf(key).file])], folder, "", git),
    write: (name, text) => writeFileSync(path.join(folder, name), text),
  };
}

/** The real ssh-keygen: keys, signatures, and its own verdict on them. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Pair {
  /** The private half, a file. */
  readonly file: string;
  /** `KEYTYPE KEY`, as it stands in lists. */
  readonly line: string;
  readonly blob: Uint8Array;
}

export const folder = (): string => mkdtempSync(path.join(tmpdir(), "ssh-"));

export function makeKey(kind: string, bits?: number): Pair {
  const file = path.join(folder(), "key");
  const size = bits === undefined ? [] : ["-b", String(bits)];
  execFileSync("ssh-keygen", ["-q", "-t", kind, ...size, "-N", "", "-C", "", "-f", file]);
  return pair(file);
}

export function pair(file: string): Pair {
  const [type = "", key = ""] = readFileSync(`${file}.pub`, "utf8").trim().split(" ");
  return { file, line: `${type} ${key}`, blob: Buffer.from(key, "base64") };
}

export function sign(key: Pair, message: string | Uint8Array, namespace: string, ...more: readonly string[]): string {
  return execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-f", key.file, "-n", namespace, ...more], {
    input: message,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
}

export interface Check {
  readonly message: string | Uint8Array;
  readonly namespace: string;
  readonly signature: string;
  readonly who: string;
  readonly allowed: string;
  readonly revoked?: Uint8Array | string;
  /** `YYYYMMDDHHMMSSZ`. */
  readonly at?: string;
}

/** Whether ssh-keygen itself takes it. */
export function accepts({ message, namespace, signature, who, allowed, revoked, at }: Check): boolean {
  const at_ = at === undefined ? [] : ["-O", `verify-time=${at}`];
  const dir = folder();
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path.join(dir, name), content);
    return path.join(dir, name);
  };
  const gone = revoked === undefined ? [] : ["-r", write("revoked", revoked)];
  const lists = ["-f", write("allowed", allowed), ...gone, "-s", write("sig", signature)];
  const args = ["-Y", "verify", "-n", namespace, "-I", who, ...at_, ...lists];
  const { status } = spawnSync("ssh-keygen", args, { input: message, env: { ...process.env, TZ: "UTC" } });
  return status === 0;
}

/** Whether ssh-keygen takes the signature as such, whoever made it. */
export function holds(message: string | Uint8Array, namespace: string, signature: string): boolean {
  const file = path.join(folder(), "sig");
  writeFileSync(file, signature);
  return (
    spawnSync("ssh-keygen", ["-Y", "check-novalidate", "-n", namespace, "-s", file], { input: message }).status === 0
  );
}

/** What ssh-keygen -k makes of a specification: a key revocation list. */
export function revocationList(spec: string, ...more: readonly string[]): Uint8Array {
  const dir = folder();
  writeFileSync(path.join(dir, "spec"), spec);
  execFileSync("ssh-keygen", ["-q", "-k", "-f", path.join(dir, "krl"), ...more, path.join(dir, "spec")]);
  return readFileSync(path.join(dir, "krl"));
}

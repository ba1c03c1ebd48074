/** Secrets from variables, files, commands and Vault; what cannot be one is refused with the reason, and never quoted. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { SecretSource } from "../../../compiler/secret.ts";
import { SecretFault } from "../../../runtime/secrets/fault.ts";
import { Keeper, type KeeperOptions } from "../../../runtime/secrets/keeper.ts";
import { Redactor } from "../../../runtime/secrets/redactor.ts";
import { VaultClient } from "../../../runtime/secrets/vault.ts";
import { type StandIn, startVault } from "../../tools/vault.ts";

const CANARY = "canary-4Zq9!x";
const never = new AbortController().signal;
let directory = "";
const open: StandIn[] = [];

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "opsc-secrets-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keeper(more: Partial<KeeperOptions> = {}): Keeper {
  return new Keeper({
    directory,
    environment: { PATH: process.env.PATH ?? "" },
    commandEnvironment: { PATH: process.env.PATH ?? "" },
    sources: new Map(),
    vault: () => {
      throw new SecretFault("no Vault is set up", "set VAULT_ADDR");
    },
    execTimeoutMs: 10_000,
    worldReadable: false,
    redactor: new Redactor(),
    ...more,
  });
}

const read = (source: SecretSource, more: Partial<KeeperOptions> = {}): Promise<string> =>
  keeper(more).read(JSON.parse(JSON.stringify(source)), never);

function file(name: string, text: string | Uint8Array, mode = 0o600): string {
  const at = path.join(directory, name);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, text, { mode });
  chmodSync(at, mode);
  return at;
}

async function refusal(source: SecretSource, more: Partial<KeeperOptions> = {}): Promise<string> {
  const fault = await read(source, more).then(
    () => new Error("it was read"),
    (error: unknown) => error,
  );
  if (!(fault instanceof SecretFault)) throw fault;
  expect(fault.remedy).not.toBe("");
  return fault.message;
}

const env = (value: string) => ({ environment: { TOKEN: value } });
const TOKEN: SecretSource = { from: "env", name: "TOKEN" };

test("from a variable, as it is", async () => {
  expect(await read(TOKEN, env(`${CANARY}\n`))).toBe(`${CANARY}\n`);
  expect(await refusal(TOKEN)).toBe("@env:TOKEN is not set");
  expect(await refusal(TOKEN, env(""))).toBe("@env:TOKEN is empty");
  expect(await refusal(TOKEN, env("hunter2"))).toBe("@env:TOKEN has fewer than 8 characters");
  expect(await read(TOKEN, env("hunter22"))).toBe("hunter22");
  expect(await refusal(TOKEN, env(" \n\t        "))).toBe("@env:TOKEN is empty");
  expect(await refusal(TOKEN, env(" hunter2  \n"))).toBe("@env:TOKEN has fewer than 8 characters");
  expect(await refusal({ from: "env", name: "constructor" })).toBe("@env:constructor is not set");
});

test("from a file, without the line break at its end", async () => {
  const at = file("good", `${CANARY}\n`);
  expect(await read({ from: "file", path: "good" })).toBe(CANARY);
  expect(await read({ from: "file", path: at })).toBe(CANARY);
  file("windows", `${CANARY}\r\n`, 0o400);
  expect(await read({ from: "file", path: "windows" })).toBe(CANARY);
  file("marked", `\ufeff${CANARY}\n`);
  expect(await read({ from: "file", path: "marked" })).toBe(`\ufeff${CANARY}`);
  file("two", `${CANARY}\n\n`);
  expect(await read({ from: "file", path: "two" })).toBe(`${CANARY}\n`);
});

test.each([
  ["missing", () => {}, "is not there"],
  ["open", () => file("open", CANARY, 0o644), "may be read by every user of this machine"],
  ["loose", () => file("loose", CANARY, 0o660), "may be written by others"],
  ["looser", () => file("looser", CANARY, 0o602), "may be written by others"],
  ["pipe", () => execFileSync("mkfifo", ["-m", "600", path.join(directory, "pipe")]), "is no file"],
  ["large", () => file("large", "x".repeat(70_000)), "is larger than 64 KiB"],
  ["binary", () => file("binary", Uint8Array.of(0xff, 0xfe, 0x00, 0x01)), "is not text (UTF-8)"],
  ["nul", () => file("nul", "abc\0defghij"), "holds a NUL character"],
  ["folder", () => mkdirSync(path.join(directory, "folder")), "is no file"],
  ["out", () => symlinkSync("/etc/hostname", path.join(directory, "out")), "leads out of the project"],
  ["../x", () => {}, "is not there"],
  ["round", () => symlinkSync("round", path.join(directory, "round")), "leads round in a circle"],
])("the file %s is refused", async (name, make, why) => {
  make();
  expect(await refusal({ from: "file", path: name })).toBe(`@file:${name} ${why}`);
});

test("a file of another user is refused, but for root's, and for root", async () => {
  const at = file("theirs", CANARY);
  const root = process.getuid?.() === 0;
  if (root) chownSync(at, 54_321, 54_321);
  const as = vi.spyOn(process, "getuid");
  try {
    as.mockReturnValue(54_322);
    expect(await refusal({ from: "file", path: "theirs" })).toContain("belongs to another user");
    as.mockReturnValue(0);
    expect(await read({ from: "file", path: "theirs" })).toBe(CANARY);
    if (!root) return;
    as.mockReturnValue(54_321);
    expect(await read({ from: "file", path: "theirs" })).toBe(CANARY);
    chownSync(at, 0, 0);
    expect(await read({ from: "file", path: "theirs" })).toBe(CANARY);
  } finally {
    as.mockRestore();
  }
});

test("a mounted secret, which is a link within its folder, is read; what all may read only where that is said", async () => {
  file("mount/..2026/token", CANARY, 0o644);
  symlinkSync("..2026", path.join(directory, "mount/..data"));
  symlinkSync("..data/token", path.join(directory, "mount/token"));
  const source: SecretSource = { from: "file", path: path.join(directory, "mount/token") };
  expect(await read(source, { worldReadable: true })).toBe(CANARY);
  expect(await refusal(source)).toContain("may be read by every user");
});

test("from a command, without a shell; what it wrote is quoted nowhere", async () => {
  expect(await read({ from: "exec", argv: ["printf", "%s\n", CANARY] })).toBe(CANARY);
  expect(await read({ from: "exec", argv: ["printf", "%s", "$HOME;true"] })).toBe("$HOME;true");
  const failing: SecretSource = { from: "exec", argv: ["sh", "-c", 'x=can; echo "${x}ary-4Zq9" >&2; exit 3'] };
  expect(await refusal(failing)).toMatch(/ended with exit code 3$/);
  expect(await refusal({ from: "exec", argv: ["no-such-program-here"] })).toContain("no-such-program-here");
  expect(await refusal({ from: "exec", argv: ["sleep", "60"] }, { execTimeoutMs: 50 })).toContain(
    "took longer than 0.05 s",
  );
  expect(await refusal({ from: "exec", argv: ["head", "-c", "70000", "/dev/zero"] })).toContain(
    "wrote more than 64 KiB",
  );
  expect(await refusal({ from: "exec", argv: ["true"] })).toContain("is empty");
  expect(await refusal({ from: "exec", argv: ["printf", "\\377abcdefghijk"] })).toContain(
    "wrote what is not text (UTF-8)",
  );
});

test("a command is given its own environment, and no other", async () => {
  const more = { ...env("not to be seen"), commandEnvironment: { PATH: process.env.PATH ?? "", GIVEN: CANARY } };
  expect(await read({ from: "exec", argv: ["sh", "-c", 'echo "$GIVEN$TOKEN"'] }, more)).toBe(CANARY);
});

test("declared ones by their ids, which messages name", async () => {
  const sources = new Map([["main.ops#token", TOKEN]]);
  expect(await keeper({ sources, ...env(CANARY) }).read("main.ops#token", never)).toBe(CANARY);
  await expect(keeper({ sources }).read("main.ops#token", never)).rejects.toThrow("token (@env:TOKEN) is not set");
  await expect(keeper().read("main.ops#other", never)).rejects.toThrow("does not say where main.ops#other is read");
  await expect(keeper().read({ from: "shell", line: "x" }, never)).rejects.toThrow("this stands for no secret");
});

const withVault = async (roles = {}): Promise<{ standIn: StandIn; vault: () => VaultClient }> => {
  const standIn = await startVault({ roles });
  open.push(standIn);
  const login = { by: "token", token: async () => "root" } as const;
  const client = new VaultClient({ address: standIn.address, namespace: null, ca: null, timeoutMs: 5000, login });
  return { standIn, vault: () => client };
};

test("from Vault: a field, of a version if one is named; each call reads anew", async () => {
  const { standIn, vault } = await withVault();
  standIn.put("secret/billing", { token: CANARY });
  const one = keeper({ vault });
  const place = { from: "vault", path: "secret/billing", field: "token" } as const;
  expect(await one.read(place, never)).toBe(CANARY);
  standIn.put("secret/billing", { token: "the next one" });
  expect(await one.read(place, never)).toBe("the next one");
  expect(await one.read({ ...place, version: 1 }, never)).toBe(CANARY);
  const fault = await one.read({ ...place, field: "tokn" }, never).catch((error: unknown) => error);
  expect(fault).toMatchObject({
    message: "@vault:secret/billing#tokn: there is no field tokn",
    remedy: "it has token",
  });
  expect(await refusal(place)).toBe("@vault:secret/billing#token: no Vault is set up");
});

test("name and password of a login that Vault makes belong together, and it is given back at the end", async () => {
  const { standIn, vault } = await withVault({ app: { ttl: 600 } });
  const one = keeper({ vault });
  const field = (name: string) => one.read({ from: "vault", path: "database/creds/app", field: name }, never);
  const [username, password] = await Promise.all([field("username"), field("password")]);
  expect(await field("password")).toBe(password);
  expect([...standIn.leases.values()]).toEqual([{ role: "app", username, password }]);
  await one.close();
  expect(standIn.leases.size).toBe(0);
  await one.close();
});

test("a login that comes when all is over is given back at once", async () => {
  const { standIn, vault } = await withVault({ app: { ttl: 600 } });
  const one = keeper({ vault });
  const asked = one.read({ from: "vault", path: "database/creds/app", field: "username" }, never);
  await one.close();
  await asked;
  expect(standIn.requests).toContain("GET database/creds/app");
  expect(standIn.leases.size).toBe(0);
});

test("a login that has nearly ended is made anew", async () => {
  const { standIn, vault } = await withVault({ app: { ttl: 60 } });
  let now = 0;
  const one = keeper({ vault, now: () => now });
  const password = () => one.read({ from: "vault", path: "database/creds/app", field: "password" }, never);
  const first = await password();
  now = 29_000;
  expect(await password()).toBe(first);
  now = 31_000;
  expect(await password()).not.toBe(first);
  expect(standIn.leases.size).toBe(2);
});

test("a login is used until half a minute before its end, and neither it nor its end is kept beyond the command", async () => {
  const { standIn, vault } = await withVault({ app: { ttl: 600 } });
  let now = 0;
  const one = keeper({ vault, now: () => now });
  const field = (name: string) => one.read({ from: "vault", path: "database/creds/app", field: name }, never);
  const first = await field("username");
  // The other half of it is known, too, before anybody asks for it.
  const [{ password = "" } = {}] = standIn.leases.values();
  expect(one.redactor.text(`it is ${password}`)).toBe("it is ‹secret›");
  now = 569_000;
  expect(await field("username")).toBe(first);
  now = 570_000;
  expect(await field("username")).not.toBe(first);
  const revoked = () => standIn.requests.filter((each) => each.endsWith("sys/leases/revoke")).length;
  await one.close();
  await one.close();
  expect(revoked()).toBe(2);
  const last = await field("username");
  expect(await field("username")).not.toBe(last);
  expect([revoked(), standIn.leases.size]).toEqual([4, 0]);
});

test("two versions that are asked for together are two", async () => {
  const { standIn, vault } = await withVault();
  for (const token of ["the first one", "the second one"]) standIn.put("secret/a", { token });
  const one = keeper({ vault });
  const place = { from: "vault", path: "secret/a", field: "token" } as const;
  const both = [one.read({ ...place, version: 1 }, never), one.read(place, never)];
  expect(await Promise.all(both)).toEqual(["the first one", "the second one"]);
});

test("what fails is not done once for each who waits, and is told of", async () => {
  const one = keeper();
  const failing = { from: "exec", argv: ["sh", "-c", "echo x >> ran; exit 3"] };
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => one.read(failing, never)));
  expect(all.every(({ status }) => status === "rejected")).toBe(true);
  expect(readFileSync(path.join(directory, "ran"), "utf8")).toBe("x\n");
  expect(one.faults[0]?.message).toContain("ended with exit code 3");
});

test("of those who wait for one that was stopped, one begins anew for all", async () => {
  const stop = new AbortController();
  const one = keeper();
  const slow = { from: "exec", argv: ["sh", "-c", "echo x >> begun; sleep 0.3; echo hunter2-hunter2"] };
  const stopped = one.read(slow, stop.signal);
  const others = Array.from({ length: 5 }, () => one.read(slow, never));
  setTimeout(() => stop.abort(), 100);
  await expect(stopped).rejects.toMatchObject({ name: "SecretFault" });
  expect(await Promise.all(others)).toEqual(Array.from({ length: 5 }, () => "hunter2-hunter2"));
  expect(readFileSync(path.join(directory, "begun"), "utf8")).toBe("x\nx\n");
});

test("calls that begin together read once", async () => {
  const { standIn, vault } = await withVault();
  standIn.put("kv1/a", { x: CANARY });
  const one = keeper({ vault });
  await one.read({ from: "vault", path: "kv1/a", field: "x" }, never);
  const before = standIn.requests.length;
  await Promise.all(Array.from({ length: 20 }, () => one.read({ from: "vault", path: "kv1/a", field: "x" }, never)));
  expect(standIn.requests.length).toBe(before + 1);
});

test("a call that is stopped does not take the secret from another that waits for it", async () => {
  const { standIn, vault } = await withVault();
  standIn.put("kv1/a", { x: CANARY });
  const one = keeper({ vault });
  const place = { from: "vault", path: "kv1/a", field: "x" } as const;
  await one.read(place, never);
  standIn.delay(300);
  const stop = new AbortController();
  const [stopped, other] = [one.read(place, stop.signal), one.read(place, never)];
  setTimeout(() => stop.abort(), 20);
  await expect(stopped).rejects.toMatchObject({ retryable: true });
  expect(await other).toBe(CANARY);
});

test("what was read is known before anybody has it, also where it is refused", async () => {
  const redactor = new Redactor();
  await read(TOKEN, { ...env(CANARY), redactor });
  await refusal(TOKEN, { ...env("hunter2"), redactor });
  expect(redactor.text(`${CANARY} hunter2`)).toBe("‹secret› ‹secret›");
});

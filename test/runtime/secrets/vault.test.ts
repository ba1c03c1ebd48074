/** The client of Vault against the stand-in for it. */
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { activeServer, VaultClient, type VaultOptions } from "../../../runtime/secrets/vault.ts";
import { type StandIn, type StandInOptions, startVault } from "../../tools/vault.ts";

const open: StandIn[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function vault(options: StandInOptions = {}): Promise<StandIn> {
  const standIn = await startVault(options);
  open.push(standIn);
  return standIn;
}

const never = new AbortController().signal;
const client = (address: string, more: Partial<VaultOptions> = {}): VaultClient =>
  new VaultClient({
    address,
    namespace: null,
    ca: null,
    timeoutMs: 5000,
    login: { by: "token", token: async () => "root" },
    ...more,
  });

test("reads a versioned store: the newest, or the version that is named", async () => {
  const standIn = await vault();
  standIn.put("secret/billing", { token: "first" });
  standIn.put("secret/billing", { token: "second", port: 5432, nested: { no: "field" } });
  const one = client(standIn.address);
  const newest = await one.read("secret/billing", null, never);
  expect([...newest.fields]).toEqual([
    ["token", "second"],
    ["port", "5432"],
  ]);
  expect(newest).toMatchObject({ version: 2, lease: null });
  expect((await one.read("secret/billing", 1, never)).fields.get("token")).toBe("first");
  await expect(one.read("secret/billing", 3, never)).rejects.toThrow("nothing at secret/billing in version 3");
});

test("reads a store without versions, and a path whose store is not told", async () => {
  const standIn = await vault();
  standIn.put("kv1/billing", { token: "only" });
  const read = await client(standIn.address).read("kv1/billing", null, never);
  expect(read).toMatchObject({ version: null, lease: null });
  expect(read.fields.get("token")).toBe("only");
  await expect(client(standIn.address).read("elsewhere/x", null, never)).rejects.toThrow("nothing at elsewhere/x");
});

test("a secret that is made when it is read comes with its lease, which is renewed and revoked", async () => {
  const revoked: string[] = [];
  const roles = { app: { ttl: 60, revoke: async (name: string) => void revoked.push(name) } };
  const standIn = await vault({ roles });
  const one = client(standIn.address);
  const made = await one.read("database/creds/app", null, never);
  expect(made.lease).toMatchObject({ lasts: 60_000, renewable: true });
  const id = made.lease?.id ?? "";
  expect(standIn.leases.get(id)?.password).toBe(made.fields.get("password"));
  expect(await one.renew(id, never)).toBe(60_000);
  await one.revoke(id, never);
  expect(revoked).toEqual([made.fields.get("username")]);
  await one.revoke(id, never);
  await expect(one.renew(id, never)).rejects.toThrow("status 400");
});

test("writes, and only over the version that was seen", async () => {
  const standIn = await vault();
  const one = client(standIn.address);
  expect(await one.versionAt("secret/app", never)).toBe(0);
  expect(await one.write("secret/app", { password: "one" }, 0, never)).toBe(1);
  expect(await one.versionAt("secret/app", never)).toBe(1);
  await expect(one.write("secret/app", { password: "late" }, 0, never)).rejects.toThrow("somebody else wrote");
  expect(standIn.get("secret/app")).toEqual({ password: "one" });
  expect(await one.write("kv1/app", { password: "plain" }, null, never)).toBeNull();
  expect(standIn.get("kv1/app")).toEqual({ password: "plain" });
});

test("an AppRole logs in once, and again when its token is refused", async () => {
  const appRole = { roleId: "role", secretId: "the-secret-id" };
  const standIn = await vault({ tokens: [], appRole });
  standIn.put("kv1/a", { x: "1" });
  const seen: string[] = [];
  const login = { by: "approle", mount: "approle", roleId: "role", secretId: async () => "the-secret-id" } as const;
  const one = client(standIn.address, { login, onToken: (token) => seen.push(token) });
  await one.read("kv1/a", null, never);
  await one.read("kv1/a", null, never);
  expect(seen).toHaveLength(1);
  standIn.tokens.clear();
  await one.read("kv1/a", null, never);
  expect(seen).toHaveLength(2);
  const other = client(standIn.address, { login: { ...login, secretId: async () => "wrong" } });
  await expect(other.read("kv1/a", null, never)).rejects.toThrow("does not let this AppRole in");
});

test("a namespace goes with every request", async () => {
  const standIn = await vault({ namespace: "team" });
  standIn.put("kv1/a", { x: "1" });
  expect((await client(standIn.address, { namespace: "team" }).read("kv1/a", null, never)).fields.get("x")).toBe("1");
  await expect(client(standIn.address).read("kv1/a", null, never)).rejects.toThrow("nothing at kv1/a");
});

test.each([
  [403, false],
  [429, true],
  [500, true],
  [503, true],
])("status %i is told, and whether it may pass", async (status, retryable) => {
  const standIn = await vault();
  const one = client(standIn.address);
  await one.mountOf("kv1/a", never);
  standIn.fail(status);
  await expect(one.read("kv1/a", null, never)).rejects.toMatchObject({
    name: "SecretFault",
    retryable,
    message: expect.stringContaining(String(status)),
  });
});

test("a standby's answer leads to the active server, and to nothing else", async () => {
  const active = await vault();
  active.put("kv1/a", { x: "1" });
  const leads: string[] = [];
  const standby = http.createServer((request, response) => {
    response.writeHead(307, leads.length === 0 ? {} : { location: `${leads[0]}${request.url}` }).end();
  });
  await new Promise<void>((resolve) => standby.listen(0, "127.0.0.1", resolve));
  try {
    const address = `http://127.0.0.1:${(standby.address() as AddressInfo).port}`;
    const one = client(address);
    await expect(one.read("kv1/a", null, never)).rejects.toThrow("with status 307");
    leads[0] = active.address;
    expect((await one.read("kv1/a", null, never)).fields.get("x")).toBe("1");
    for (const wrong of ["http://", "ftp://127.0.0.1", "javascript:", ""]) {
      leads[0] = wrong;
      await expect(client(address).read("kv1/a", null, never)).rejects.toMatchObject({ name: "SecretFault" });
    }
  } finally {
    standby.close();
  }
});

test("a token that no header can carry is told as any fault of it, and not quoted", async () => {
  const standIn = await vault();
  const one = client(standIn.address, { login: { by: "token", token: async () => "hunter2\nhunter3" } });
  const fault = await one.read("kv1/a", null, never).catch((error: unknown) => error);
  expect(fault).toMatchObject({ name: "SecretFault", message: expect.not.stringContaining("hunter") });
});

test("no answer in time, nobody there, no address: told with what to do", async () => {
  const standIn = await vault();
  standIn.delay(400);
  const slow = client(standIn.address, { timeoutMs: 50 });
  await expect(slow.read("kv1/a", null, never)).rejects.toMatchObject({
    retryable: true,
    message: expect.stringContaining("no answer within 0.05 s"),
  });
  const gone = await startVault();
  await gone.close();
  await expect(client(gone.address).read("kv1/a", null, never)).rejects.toThrow("nothing listens there");
  expect(() => client("vault.example.com")).toThrow("the address of Vault is none");
  expect(() => client("https://me:word@vault.example.com")).toThrow("the address of Vault is none");
});

test("a path cannot lead elsewhere", async () => {
  const standIn = await vault();
  await expect(client(standIn.address).read("kv1/../sys/raw", null, never)).rejects.toThrow("is no path in Vault");
  await expect(client(standIn.address).read("kv1/a?list=true", null, never)).rejects.toThrow("nothing at");
  expect(standIn.requests.at(-1)).toBe("GET kv1/a?list=true");
});

test("who is stopped while it waits is told so at once", async () => {
  const standIn = await vault();
  standIn.delay(5000);
  const stop = new AbortController();
  const asked = client(standIn.address).read("kv1/a", null, stop.signal);
  setTimeout(() => stop.abort(), 20);
  await expect(asked).rejects.toMatchObject({ retryable: true });
});

test.each([
  [412, /not up to date yet/, true],
  [429, /no more requests/, true],
  [472, /is a standby/, true],
  [473, /is a standby/, true],
  [503, /sealed/, true],
  [500, /status 500/, true],
  [405, /status 405/, false],
])("what status %i means is said, and whether it passes", async (status, words, retryable) => {
  const standIn = await vault();
  standIn.fail(status, status, status);
  const fault = await client(standIn.address)
    .call("PUT", "secret/data/x", {}, never)
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({ message: expect.stringMatching(words), retryable, unknown: status === 500 });
});

test("an answer that is wrapped is not taken for none", async () => {
  const server = http.createServer((_, response) =>
    response.end(JSON.stringify({ data: null, wrap_info: { token: "hvs.wrapping", ttl: 60 } })),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fault = await client(`http://127.0.0.1:${port}`)
    .read("kv1/x", null, never)
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({ message: expect.stringMatching(/wraps what it answers for/) });
  expect(JSON.stringify(fault)).not.toContain("hvs.wrapping");
  server.close();
});

test("a token is not sent on in the clear, nor by another protocol", () => {
  const from = (address: string) => (to: string | null) => activeServer(to, new URL(address))?.href ?? null;
  const [safe, clear] = [from("https://a.example/v1/x"), from("http://a.example/v1/x")];
  expect(safe("https://b.example/v1/x")).toBe("https://b.example/v1/x");
  expect(safe("/v1/y")).toBe("https://a.example/v1/y");
  expect(safe("http://b.example/v1/x")).toBeNull();
  expect(clear("http://b.example/v1/x")).toBe("http://b.example/v1/x");
  expect(clear("https://b.example/v1/x")).toBe("https://b.example/v1/x");
  expect([clear("ftp://b.example/"), clear("http://["), clear(null)]).toEqual([null, null, null]);
});

/** A server that answers as it is told, whatever Vault would. */
async function odd(
  answers: (url: string) => readonly [number, unknown],
): Promise<{ readonly address: string; readonly asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? "");
    const [status, body] = answers(request.url ?? "");
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => server.close() };
}

test("what is told of stores is believed as far as it makes sense", async () => {
  for (const data of [
    { path: "", type: "kv", options: { version: "2" } },
    { path: "db/", type: "database", options: { version: "2" } },
    { path: "db/", type: "kv", options: { version: "1" } },
    { path: "db/", type: "kv", options: null },
  ]) {
    const server = await odd((url) => [200, { data: url.includes("/mounts/") ? data : { x: "1" } }]);
    expect((await client(server.address).read("db/a", null, never)).fields.get("x")).toBe("1");
    expect(server.asked.at(-1)).toBe("/v1/db/a");
    server.close();
  }
});

test("an AppRole that may not read is refused after a second login, and an answer without end is cut off", async () => {
  const login = { by: "approle", mount: "approle", roleId: "role", secretId: async () => "id" } as const;
  const server = await odd((url) =>
    url.endsWith("/login")
      ? [200, { auth: { client_token: "t", lease_duration: 60 } }]
      : url.includes("/mounts/")
        ? [404, {}]
        : [403, {}],
  );
  await expect(client(server.address, { login }).read("kv1/a", null, never)).rejects.toThrow("does not allow kv1/a");
  expect(server.asked.filter((url) => url.endsWith("/login"))).toHaveLength(2);
  server.close();
  const long = await odd((url) => [200, url.includes("/mounts/") ? {} : "x".repeat(2 * 1024 * 1024)]);
  await expect(client(long.address).read("kv1/a", null, never)).rejects.toThrow("longer than any secret");
  long.close();
});

test("the login of an AppRole is used while it lasts, or for ever", async () => {
  for (const [ttl, times, logins] of [
    [60, [0, 40_000, 49_000], 1],
    [60, [0, 51_000], 2],
    [10, [0, 4_000], 1],
    [0, [0, 1e9], 1],
  ] as const) {
    const standIn = await vault({ tokens: [], appRole: { roleId: "role", secretId: "the-secret-id", ttl } });
    standIn.put("kv1/a", { x: "1" });
    const seen: string[] = [];
    let now = 0;
    const login = { by: "approle", mount: "approle", roleId: "role", secretId: async () => "the-secret-id" } as const;
    const one = client(standIn.address, { login, onToken: (token) => seen.push(token), now: () => now });
    for (const time of times) {
      now = time;
      await one.read("kv1/a", null, never);
    }
    expect([ttl, times, seen.length]).toEqual([ttl, times, logins]);
  }
});

test("only a change that may have come through is one of which nobody knows", async () => {
  const cut = http.createServer((request) => void request.socket.destroy());
  await new Promise<void>((resolve) => cut.listen(0, "127.0.0.1", resolve));
  const { port } = cut.address() as AddressInfo;
  const fault = (address: string, method: "GET" | "PUT") =>
    client(address)
      .call(method, "secret/data/x", method === "PUT" ? {} : null, never)
      .catch((error: unknown) => error);
  expect(await fault(`http://127.0.0.1:${port}`, "PUT")).toMatchObject({ retryable: true, unknown: true });
  expect(await fault(`http://127.0.0.1:${port}`, "GET")).toMatchObject({ retryable: true, unknown: false });
  expect(await fault("http://127.0.0.1:1", "PUT")).toMatchObject({ retryable: true, unknown: false });
  cut.close();
});

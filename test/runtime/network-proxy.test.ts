/** Requests that go through a proxy, and what that gets to see. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { heed, passwordsOf, proxiesOf } from "../../runtime/network/proxy.ts";
import { callProvider } from "../../runtime/provider/call.ts";
import httpProvider from "../../runtime/providers/http/index.ts";
import { VaultClient } from "../../runtime/secrets/vault.ts";
import { invocation, options } from "../providers/helpers/world.ts";
import { startVault } from "../tools/vault.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Lets through to this machine whatever host is named, and keeps all that it is told. */
async function proxy(status = 200): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end("told in the clear");
  });
  server.on("connect", (request, near: net.Socket) => {
    seen.push(`CONNECT ${request.url} ${JSON.stringify(request.headers)}`);
    if (status !== 200) return near.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const far = net.connect(Number(request.url?.split(":")[1]), "127.0.0.1", () =>
      near.write("HTTP/1.1 200 OK\r\n\r\n"),
    );
    near.on("error", () => far.destroy());
    far.on("error", () => near.end("HTTP/1.1 502 No\r\n\r\n"));
    near.pipe(far).pipe(near);
    return near;
  });
  return { url: `http://ana:pass%20word@127.0.0.1:${await listen(server)}`, seen };
}

function through(env: { readonly [name: string]: string }): void {
  const { proxies } = proxiesOf(env);
  if (proxies === null) throw new Error("there is no proxy");
  closing.push(heed(proxies));
}

const get = (url: string, config = {}) =>
  callProvider(
    httpProvider,
    "run",
    invocation("get", { url, secret_headers: { "x-key": "hunter2-hunter2" } }, config),
    options("/"),
  );

test("the http provider asks for a tunnel, and the proxy hears of nothing but the host", async () => {
  const target = await listen(
    http.createServer((request, response) => void response.end(`${request.headers.host} ${request.url}`)),
  );
  const { url, seen } = await proxy();
  through({ HTTP_PROXY: url });
  const answer = await get(`http://service.example:${target}/path?token=4711-4711`, {});
  expect(answer).toMatchObject({
    ok: true,
    value: { status: 200, body: `service.example:${target} /path?token=4711-4711` },
  });
  expect(seen).toEqual([expect.stringContaining(`CONNECT service.example:${target} `)]);
  expect(seen[0]).toContain(`Basic ${btoa("ana:pass word")}`);
  expect(seen[0]).not.toMatch(/path|4711|hunter2/);
});

test("Vault is spoken to through a tunnel, held to its own certificate; its token is no proxy's to hear", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-proxy-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const made =
    "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key -out cert -subj /CN=vault -addext subjectAltName=DNS:vault.example";
  execFileSync("openssl", ["req", ...made.split(" ")], { cwd: folder, stdio: "pipe" });
  const [key, cert] = ["key", "cert"].map((name) => readFileSync(path.join(folder, name), "utf8"));
  const standIn = await startVault({ tls: { key: key ?? "", cert: cert ?? "" } });
  closing.push(() => void standIn.close());
  standIn.put("secret/a", { password: "one" });
  const { port } = new URL(standIn.address);
  const { url, seen } = await proxy();
  through({ https_proxy: url, http_proxy: url });
  const client = (address: string, ca: string | null = cert ?? "") =>
    new VaultClient({
      address,
      namespace: null,
      ca,
      timeoutMs: 5_000,
      login: { by: "token", token: async () => "root" },
    });
  const never = new AbortController().signal;
  const found = await client(`https://vault.example:${port}`).read("secret/a", null, never);
  expect(found.fields.get("password")).toBe("one");
  await expect(client(`https://vault.example:${port}`, null).read("secret/a", null, never)).rejects.toThrow(
    /unknown authority|signed by itself/,
  );
  await expect(client(`https://other.example:${port}`).read("secret/a", null, never)).rejects.toThrow(/another name/);
  expect(new Set(seen.map((each) => each.split(" ")[0]))).toEqual(new Set(["CONNECT"]));
  const before = seen.length;
  await expect(client("http://vault.invalid").read("secret/a", null, never)).rejects.toThrow(/DNS/);
  expect(seen).toHaveLength(before);
});

test("what NO_PROXY names is reached without, and this machine always is", async () => {
  const target = await listen(http.createServer((_, response) => void response.end("direct")));
  const { url, seen } = await proxy();
  through({ HTTP_PROXY: url, NO_PROXY: " internal.invalid, .corp.invalid  exact.invalid:8443" });
  expect(await get(`http://127.0.0.1:${target}/`)).toMatchObject({ value: { body: "direct" } });
  expect(await get(`http://localhost:${target}/`)).toMatchObject({ value: { body: "direct" } });
  for (const host of ["internal.invalid", "a.internal.invalid", "a.corp.invalid", "exact.invalid:8443"])
    expect(await get(`http://${host}/`), host).toMatchObject({ failure: { message: expect.stringContaining("DNS") } });
  expect(seen).toEqual([]);
  for (const host of ["notinternal.invalid", "exact.invalid", "corp.invalid.example"]) await get(`http://${host}/`);
  expect(seen.map((each) => each.split(" ")[1])).toEqual([
    "notinternal.invalid:80",
    "exact.invalid:80",
    "corp.invalid.example:80",
  ]);
});

test.each([
  [407, /the proxy wants a user and password/, false],
  [403, /does not let it through \(403\)/, false],
  [503, /does not let it through \(503\)/, true],
])("a proxy that says %i is told apart from the service", async (status, words, retryable) => {
  const { url } = await proxy(status);
  through({ https_proxy: url });
  const told = await get("https://service.example/");
  expect(told).toMatchObject({ ok: false, failure: { message: expect.stringMatching(words), retryable } });
  const vault = new VaultClient({
    address: "https://vault.example",
    namespace: null,
    ca: null,
    timeoutMs: 5_000,
    login: { by: "token", token: async () => "root" },
  });
  await expect(vault.read("secret/a", null, new AbortController().signal)).rejects.toThrow(words);
  expect(JSON.stringify(told)).not.toMatch(/pass(%20| )word/);
});

test.each([
  [{}, null, null],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, null, null],
  [{ HTTPS_PROXY: "p:1" }, null, "HTTPS_PROXY is no URL of a proxy"],
  [{ http_proxy: "socks5://p:1" }, null, "HTTP_PROXY is no URL of a proxy"],
  [{ https_proxy: "http://small:1", HTTPS_PROXY: "http://large:1" }, "http://small:1", null],
  [{ https_proxy: "", HTTPS_PROXY: "http://large:1" }, "http://large:1", null],
])("%j is read", (env, https, problem) => {
  const read = proxiesOf(env);
  expect(read.problem).toBe(problem);
  expect(read.proxies?.https ?? null).toBe(https);
});

test("passwords of proxies are known, as they stand and as they are", () => {
  const proxies = { https: "http://a:p%40ss-word@p:1", http: "http://a:100%25%zz@p:1", direct: "" };
  expect(passwordsOf(proxies)).toEqual(["p%40ss-word", "p@ss-word", "100%25%zz", "100%25%zz"]);
  expect(passwordsOf({ https: "http://p:1", http: null, direct: "" })).toEqual([]);
});

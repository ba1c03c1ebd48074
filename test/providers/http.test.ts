import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Invocation } from "../../runtime/provider/contract.ts";
import http from "../../runtime/providers/http/index.ts";
import { providerContract, type World } from "./contract.ts";
import { discard, invocation, options, scratch } from "./helpers/world.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A real server on a free port of loopback: documents by path, and some paths that misbehave. */
interface Site extends World {
  readonly url: string;
  readonly seen: Seen[];
}

const BEHAVIOURS: { [path: string]: (response: ServerResponse, request: IncomingMessage) => void } = {
  "/hangs": () => {},
  "/cut": (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("part");
    setImmediate(() => response.destroy());
  },
  "/large": (response) => void response.end("x".repeat(1024 * 1024 + 1)),
  "/broken": (response) => void response.writeHead(503).end("database password is hunter2"),
  "/busy": (response) => void response.writeHead(429).end(),
  "/wrong": (response) => void response.writeHead(422).end("no"),
  "/moved": (response) => void response.writeHead(302, { location: "/doc?from=moved" }).end(),
  "/circle": (response) => void response.writeHead(302, { location: "/circle" }).end(),
  "/away": (response) => void response.writeHead(302, { location: "http://example.com/?token=1" }).end(),
};

async function answer(
  docs: Map<string, string>,
  seen: Seen[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
  const behaviour = BEHAVIOURS[pathname];
  if (behaviour !== undefined) return behaviour(response, request);
  if (request.method === "PUT" || request.method === "POST" || request.method === "PATCH") docs.set(pathname, body);
  if (request.method === "DELETE") return void response.writeHead(docs.delete(pathname) ? 204 : 404).end();
  const found = docs.get(pathname);
  if (found === undefined) response.writeHead(404).end("not here");
  else response.writeHead(200, { "content-type": "application/json", "x-made-by": "test" }).end(found);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function setUp(): Promise<Site> {
  const directory = await scratch();
  const docs = new Map([["/doc", '{"a":1}']]);
  const seen: Seen[] = [];
  const server = createServer((request, response) => void answer(docs, seen, request, response));
  const url = await listen(server);
  return {
    directory,
    url,
    seen,
    look: async () => Object.fromEntries(docs),
    async close() {
      server.closeAllConnections();
      server.close();
      await discard(directory);
    },
  };
}

const wrongUrl = [
  [{ url: 7 }, /argument `url` must be a text/],
  [{ url: "/doc" }, /not an absolute URL, and the instance has no `base_url`/],
  [{ url: "ftp://127.0.0.1/doc" }, /must begin with http:\/\/ or https:\/\//],
  [{ url: "http://me:pw@127.0.0.1/doc" }, /holds a user or password/],
] as const;
const url = (path: string) => (site: Site) => ({ url: `${site.url}${path}` });

providerContract<Site>({
  provider: http,
  setUp,
  cases: {
    get: {
      good: url("/doc"),
      wrong: [...wrongUrl, [{ url: "http://127.0.0.1/", timeout: -1 }, /`timeout` must be at least 0/]],
      slow: url("/hangs"),
    },
    put: { good: (site) => ({ ...url("/doc")(site), json: { a: 2 } }), wrong: wrongUrl, slow: url("/hangs") },
    post: {
      good: (site) => ({ ...url("/new")(site), body: "1" }),
      wrong: [...wrongUrl, [{ url: "http://127.0.0.1/", body: "a", json: {} }, /give `body` or `json`, not both/]],
      slow: url("/hangs"),
    },
    request: {
      good: (site) => ({ ...url("/doc")(site), method: "PATCH", body: "2" }),
      wrong: [
        [{ url: "http://127.0.0.1/", method: "pa tch" }, /`method` must be a word in capitals/],
        [{ url: "http://127.0.0.1/", method: "GET", body: "x" }, /a GET request has no body/],
        [{ url: "http://127.0.0.1/", method: "PATCH", headers: { host: "x" } }, /the header `host` is set by itself/],
        [
          { url: "http://127.0.0.1/", method: "PATCH", headers: { "x y": "1" } },
          /the header `x y` has a name or value that HTTP does not allow/,
        ],
      ],
      slow: (site) => ({ ...url("/hangs")(site), method: "PATCH" }),
    },
    delete: { good: url("/doc"), wrong: wrongUrl, slow: url("/hangs") },
  },
});

let site: Site;
beforeEach(async () => {
  site = await setUp();
});
afterEach(() => site.close());

const call = (operation: string, args: Invocation["args"], config: Invocation["config"] = {}) =>
  callProvider(http, "run", invocation(operation, args, config), options(site.directory));
const get = (path: string, more: Invocation["args"] = {}) => call("get", { url: `${site.url}${path}`, ...more });
const failure = (message: RegExp, retryable: boolean) => ({
  ok: false,
  failure: { kind: "error", message: expect.stringMatching(message), retryable },
});

test("secrets go along in headers, in fields of JSON and as the token of an instance", async () => {
  const config = { base_url: `${site.url}/`, bearer: "token-of-instance" };
  const sent = await call(
    "post",
    {
      url: "doc",
      headers: { "x-a": "plain", "x-b": "plain" },
      secret_headers: { "X-B": "hunter2-hunter2" },
      json: { user: "ana" },
      secret_json: { password: "hunter3-hunter3" },
    },
    config,
  );
  expect(sent.ok).toBe(true);
  const seen = site.seen.at(-1);
  expect(seen?.headers).toMatchObject({
    "x-a": "plain",
    "x-b": "hunter2-hunter2",
    authorization: "Bearer token-of-instance",
  });
  expect(JSON.parse(seen?.body ?? "")).toEqual({ user: "ana", password: "hunter3-hunter3" });
  await call("put", { url: "doc", secret_json: { password: "hunter3-hunter3" } }, config);
  expect(JSON.parse(site.seen.at(-1)?.body ?? "")).toEqual({ password: "hunter3-hunter3" });
});

test.each([
  [{ json: ["a"], secret_json: { b: "hunter3-hunter3" } }, {}, /a `json` that is a record/],
  [{ json: { b: 1 }, secret_json: { b: "hunter3-hunter3" } }, {}, /both have `b`/],
  [{ body: "x", secret_json: { b: "hunter3-hunter3" } }, {}, /`body` or `json`, not both/],
  [{}, { bearer: "token-of-instance" }, /`bearer` is sent to `base_url` only/],
  [{ bearer: "token-of-call" }, {}, /`bearer` is sent to `base_url` only/],
  [
    { bearer: "token-of-call", secret_headers: { Authorization: "hunter2-hunter2" } },
    { base_url: "http://127.0.0.1" },
    /`bearer` or a header `authorization`, not both/,
  ],
])("secrets that go nowhere are refused: %j", async (more, config, why) => {
  const url = "base_url" in config ? "doc" : `${site.url}/doc`;
  expect(await call("put", { url, ...more }, config)).toMatchObject(failure(why, false));
  expect(site.seen).toEqual([]);
});

test("a token of the call goes with that call, in place of the instance's, and to no other server", async () => {
  const elsewhere: string[] = [];
  const other = createServer((request, response) => {
    elsewhere.push(request.url ?? "");
    response.end();
  });
  await once(other.listen(0, "127.0.0.1"), "listening");
  const away = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  BEHAVIOURS["/next-door"] = (response) => void response.writeHead(307, { location: `${away}taken` }).end();
  const config = { base_url: `${site.url}/`, bearer: "token-of-instance" };
  const token = { bearer: "token-of-call" };
  try {
    for (const [operation, more] of [
      ["get", {}],
      ["put", { body: "1" }],
      ["post", { body: "1" }],
      ["delete", {}],
      ["request", { method: "PATCH", body: "1" }],
    ] as const) {
      expect(await call(operation, { url: "doc", ...token, ...more }, config)).toMatchObject({ ok: true });
      expect(site.seen.at(-1)?.headers.authorization).toBe("Bearer token-of-call");
      await call(operation, { url: "next-door", ...token, ...more }, config);
      expect(await call(operation, { url: away, ...token, ...more }, config)).toMatchObject(
        failure(/away from/, false),
      );
    }
    await call("get", { url: "moved", ...token }, config);
    expect(site.seen.at(-1)).toMatchObject({
      path: "/doc?from=moved",
      headers: { authorization: "Bearer token-of-call" },
    });
    await call("get", { url: "doc" }, config);
    expect(site.seen.at(-1)?.headers.authorization).toBe("Bearer token-of-instance");
    await call("get", { url: "doc", headers: { Authorization: "Basic x" } }, config);
    expect(site.seen.at(-1)?.headers.authorization).toBe("Basic x");
    expect(elsewhere).toEqual([]);
  } finally {
    delete BEHAVIOURS["/next-door"];
    other.close();
  }
});

test("a cookie of a session is not among the headers that are kept", async () => {
  BEHAVIOURS["/login"] = (response) =>
    void response
      .writeHead(
        200,
        [
          ["Set-Cookie", "sid=hunter2"],
          ["set-cookie", "b=1"],
          ["x-a", "b"],
        ].flat(),
      )
      .end();
  const result = await get("/login");
  delete BEHAVIOURS["/login"];
  expect(result).toMatchObject({ ok: true, value: { headers: { "x-a": "b" } } });
  expect(JSON.stringify(result)).not.toMatch(/cookie|hunter2/i);
});

/** A port of loopback on which nothing listens: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("http.get", () => {
  test("gives status, headers, text and JSON", async () => {
    expect(await get("/doc")).toMatchObject({
      ok: true,
      value: { status: 200, headers: { "x-made-by": "test" }, body: '{"a":1}', json: { a: 1 } },
    });
  });

  test("any status is an answer, and a body that is no JSON has none", async () => {
    expect(await get("/nothing")).toMatchObject({ ok: true, value: { status: 404, body: "not here", json: null } });
    expect(await get("/broken")).toMatchObject({ ok: true, value: { status: 503 } });
  });

  test("sends headers", async () => {
    await get("/doc", { headers: { Accept: "text/plain" } });
    expect(site.seen[0]?.headers).toMatchObject({ accept: "text/plain", "user-agent": "opsc" });
  });

  test("a server that is down is an error that may pass", async () => {
    expect(await call("get", { url: `http://127.0.0.1:${await closedPort()}/health` })).toMatchObject(
      failure(/^GET http:\/\/127\.0\.0\.1:\d+\/health: connection refused: nothing listens there$/, true),
    );
  });

  test("a name that does not exist", async () => {
    expect(await call("get", { url: "http://no-such-host.invalid/" })).toMatchObject(failure(/\(DNS\)$/, true));
  });

  test("an answer that is cut, not HTTP, or not TLS", async () => {
    expect(await get("/cut")).toMatchObject(failure(/the connection was cut before the answer was whole/, true));
    expect(await call("get", { url: site.url.replace("http:", "https:") })).toMatchObject(failure(/TLS failed/, false));
    const garbage = createTcpServer((socket) => void socket.on("error", () => {}).end("hello\r\n\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(garbage, "listening");
    const { port } = garbage.address() as AddressInfo;
    expect(await call("get", { url: `http://127.0.0.1:${port}/` })).toMatchObject(
      failure(/the answer is not HTTP/, false),
    );
    garbage.close();
  });

  test("waits as long as it is told", async () => {
    expect(await get("/hangs", { timeout: 50 })).toMatchObject(failure(/no whole answer within 0.05 s/, true));
  });

  test("refuses an answer that is too long", async () => {
    expect(await get("/large")).toMatchObject(failure(/longer than 1 MiB/, false));
  });

  test("follows redirects within the host, and no further", async () => {
    expect(await get("/moved")).toMatchObject({ value: { status: 200, body: '{"a":1}' } });
    expect(await get("/away")).toMatchObject({
      value: { status: 302, headers: { location: "http://example.com/?token=1" } },
    });
    expect(await get("/circle")).toMatchObject({ value: { status: 302 } });
    expect(site.seen.filter((each) => each.path === "/circle").length).toBe(6);
  });

  test("messages leave the query out, which may hold a token", async () => {
    const result = await call("get", { url: `http://127.0.0.1:${await closedPort()}/x?token=hunter2#hunter2` });
    expect(result).toMatchObject({ ok: false, failure: { message: expect.not.stringMatching(/hunter2/) } });
  });
});

describe("base_url", () => {
  test("relative URLs start from it", async () => {
    expect(await call("get", { url: "doc" }, { base_url: `${site.url}/` })).toMatchObject({ value: { status: 200 } });
  });

  test("no other host is spoken to", async () => {
    expect(await call("get", { url: "http://127.0.0.2/" }, { base_url: site.url })).toMatchObject(
      failure(/away from the instance's `base_url`/, false),
    );
    expect(await call("get", { url: "//127.0.0.2/" }, { base_url: site.url })).toMatchObject(
      failure(/away from/, false),
    );
    expect(await call("get", { url: "doc" }, { base_url: "nowhere" })).toMatchObject(
      failure(/`base_url` is not an absolute URL/, false),
    );
  });
});

describe("writes", () => {
  test("put sends JSON", async () => {
    await call("put", { url: `${site.url}/doc`, json: { b: [1, null] } });
    expect(site.seen[0]).toMatchObject({
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: '{"b":[1,null]}',
    });
  });

  test("post sends the key of the call, the same for every attempt", async () => {
    await call("post", { url: `${site.url}/new`, body: "1" });
    await call("post", { url: `${site.url}/new`, body: "1" });
    expect(site.seen.map((each) => each.headers["idempotency-key"])).toEqual(["key-1", "key-1"]);
  });

  test("deleting what is not there is success", async () => {
    expect(await call("delete", { url: `${site.url}/nothing` })).toMatchObject({ ok: true, value: { status: 404 } });
    expect(await call("delete", { url: `${site.url}/nothing`, expect: [204] })).toMatchObject(
      failure(/the answer was 404, expected 204/, false),
    );
  });

  test("a status that was not expected is an error, worth another try where the server is at fault", async () => {
    expect(await call("post", { url: `${site.url}/wrong?token=1` })).toMatchObject(
      failure(/POST \S+\/wrong: the answer was 422, expected 200 to 299$/, false),
    );
    expect(await call("post", { url: `${site.url}/broken` })).toMatchObject(failure(/the answer was 503/, true));
    expect(await call("put", { url: `${site.url}/busy` })).toMatchObject(failure(/the answer was 429/, true));
    expect(await call("request", { method: "PATCH", url: `${site.url}/wrong`, expect: [422] })).toMatchObject({
      ok: true,
    });
  });

  test("messages of writes leave out query and fragment", async () => {
    expect(await call("post", { url: `${site.url}/moved?a=hunter2#hunter2` })).toMatchObject(
      failure(/^POST http:[^?#]*\/moved: the answer was 302 \(to \/doc;/, false),
    );
    expect(await call("put", { url: `${site.url}/wrong#hunter2` })).toMatchObject(
      failure(/\/wrong: the answer was 422,/, false),
    );
  });

  test("redirects of writes are not followed", async () => {
    expect(await call("post", { url: `${site.url}/moved` })).toMatchObject(
      failure(/the answer was 302 \(to \/doc; redirects of writes are not followed\)/, false),
    );
    expect(site.seen.length).toBe(1);
  });

  test("of a long answer to a write the beginning is kept: the write has happened", async () => {
    expect(await call("request", { method: "PATCH", url: `${site.url}/large` })).toMatchObject({
      ok: true,
      value: { status: 200, json: null },
    });
  });
});

test.each(["Expect", "keep-alive"])("the header %s is set by itself", async (name) => {
  expect(await get("/doc", { headers: { [name]: "100-continue" } })).toMatchObject(failure(/is set by itself/, false));
});

test("a port to which nobody speaks HTTP is told as that", async () => {
  expect(await call("get", { url: "http://127.0.0.1:6000/" })).toMatchObject(
    failure(/do not speak HTTP to that port/, false),
  );
});

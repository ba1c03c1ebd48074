/**
 * A stand-in for Vault, for tests: it speaks the part of the published HTTP API (v1) that opsc uses, in memory. It is not Vault:
 * policies, seals and storage are not there. Key-value stores of both versions, a database engine with dynamic roles, leases,
 * tokens, AppRole, namespaces and errors behave as the API's documentation says.
 */
import { randomUUID } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";

type Data = { readonly [name: string]: unknown };

export interface Role {
  /** Seconds that what it gives lasts. */
  readonly ttl: number;
  /** Makes the login; the stand-in has invented its name and password. Does nothing unless told. */
  create?(username: string, password: string): Promise<void>;
  revoke?(username: string): Promise<void>;
}

export interface StandInOptions {
  /** Tokens that are let in; `root` unless told. */
  readonly tokens?: readonly string[];
  readonly namespace?: string;
  readonly roles?: { readonly [name: string]: Role };
  readonly appRole?: {
    readonly roleId: string;
    readonly secretId: string;
    readonly ttl?: number;
    readonly mount?: string;
  };
  /** PEM; without it HTTP is spoken. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

interface Version {
  readonly data: Data | null;
  readonly destroyed: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: Data | null;
}

export interface StandIn {
  readonly address: string;
  /** `METHOD path`, in order, as they came. */
  readonly requests: string[];
  /** By lease id. */
  readonly leases: ReadonlyMap<string, { readonly role: string; readonly username: string; readonly password: string }>;
  /** Tokens that are let in now. */
  readonly tokens: Set<string>;
  /** Puts a version into `secret/` (versioned) or `kv1/`. */
  put(path: string, data: Data): void;
  /** What stands at a path of `secret/` or `kv1/` now. */
  get(path: string): Data | null;
  /** The next requests are answered with these statuses. */
  fail(...statuses: readonly number[]): void;
  /** Does something before the next request of that method is looked at. */
  before(method: string, then: () => void): void;
  /** The next request that changes something is done, and its answer never sent. */
  cut(): void;
  /** The next requests are answered only after so many milliseconds. */
  delay(ms: number): void;
  close(): Promise<void>;
}

const error = (status: number, ...errors: readonly string[]): Answer => ({ status, body: { errors } });
const ok = (data: Data, more: Data = {}): Answer => ({
  status: 200,
  body: { request_id: randomUUID(), lease_id: "", renewable: false, lease_duration: 0, data, auth: null, ...more },
});
const NOTHING: Answer = { status: 204, body: null };

export async function startVault(options: StandInOptions = {}): Promise<StandIn> {
  const tokens = new Set(options.tokens ?? ["root"]);
  const requests: string[] = [];
  const versions = new Map<string, Version[]>();
  const plain = new Map<string, Data>();
  const leases = new Map<string, { role: string; username: string; password: string }>();
  const failures: number[] = [];
  let wait = 0;
  let cutting = false;
  const firsts = new Map<string, () => void>();

  const readVersioned = (path: string, wanted: number): Answer => {
    const all = versions.get(path) ?? [];
    const version = wanted === 0 ? all.length : wanted;
    const found = all[version - 1];
    if (found === undefined) return error(404);
    const metadata = {
      version,
      created_time: "2026-01-01T00:00:00Z",
      deletion_time: found.data === null ? "2026-01-02T00:00:00Z" : "",
      destroyed: found.destroyed,
    };
    const { body } = ok({ data: found.data, metadata });
    return { status: found.data === null ? 404 : 200, body };
  };

  const writeVersioned = (path: string, body: Data): Answer => {
    const all = versions.get(path) ?? [];
    const cas = (body.options as { cas?: number } | undefined)?.cas;
    if (cas !== undefined && cas !== all.length)
      return error(400, "check-and-set parameter did not match the current version");
    if (typeof body.data !== "object" || body.data === null) return error(400, "no data provided");
    versions.set(path, [...all, { data: body.data as Data, destroyed: false }]);
    return ok({ version: all.length + 1, created_time: "2026-01-01T00:00:00Z", deletion_time: "", destroyed: false });
  };

  const secretStore = (method: string, path: string, query: URLSearchParams, body: Data): Answer => {
    const [, kind, name = ""] = /^secret\/(data|metadata|delete|undelete|destroy)\/(.+)$/.exec(path) ?? [];
    const all = versions.get(name) ?? [];
    if (kind === "data" && method === "GET") return readVersioned(name, Number(query.get("version") ?? 0));
    if (kind === "data" && (method === "PUT" || method === "POST")) return writeVersioned(name, body);
    if (kind === "data" && method === "DELETE") {
      versions.set(name, [...all.slice(0, -1), { data: null, destroyed: false }]);
      return NOTHING;
    }
    if (kind === "destroy" && Array.isArray(body.versions)) {
      const gone = body.versions as number[];
      versions.set(
        name,
        all.map((each, index) => (gone.includes(index + 1) ? { data: null, destroyed: true } : each)),
      );
      return NOTHING;
    }
    if (kind === "metadata" && method === "GET")
      return all.length === 0 ? error(404) : ok({ current_version: all.length, oldest_version: 1 });
    if (kind === "metadata" && method === "DELETE") {
      versions.delete(name);
      return NOTHING;
    }
    return error(404, `no handler for route "${path}". route entry not found.`);
  };

  const dynamic = async (role: string): Promise<Answer> => {
    const found = options.roles?.[role];
    if (found === undefined) return error(400, `unknown role: ${role}`);
    const username = `v-${role}-${randomUUID().slice(0, 8)}`.replaceAll("-", "_");
    const password = `A1a-${randomUUID()}`;
    await found.create?.(username, password);
    const id = `database/creds/${role}/${randomUUID()}`;
    leases.set(id, { role, username, password });
    return ok({ username, password }, { lease_id: id, lease_duration: found.ttl, renewable: true });
  };

  const ofLeases = async (what: string, body: Data): Promise<Answer> => {
    const id = String(body.lease_id);
    const lease = leases.get(id);
    if (what === "renew") {
      const ttl = options.roles?.[lease?.role ?? ""]?.ttl;
      return ttl === undefined
        ? error(400, "lease not found")
        : ok({}, { lease_id: id, lease_duration: ttl, renewable: true, data: null });
    }
    if (lease !== undefined) await options.roles?.[lease.role]?.revoke?.(lease.username);
    leases.delete(id);
    return NOTHING;
  };

  const appRole = (body: Data): Answer => {
    const role = options.appRole;
    if (role === undefined || body.role_id !== role.roleId || body.secret_id !== role.secretId)
      return error(400, "invalid role or secret ID");
    const token = `hvs.${randomUUID()}`;
    tokens.add(token);
    const auth = {
      client_token: token,
      accessor: randomUUID(),
      policies: ["default"],
      lease_duration: role.ttl ?? 3600,
    };
    return { status: 200, body: { auth: { ...auth, renewable: true }, data: null, lease_id: "", lease_duration: 0 } };
  };

  const mounts = (path: string): Answer => {
    if (path.startsWith("secret/")) return ok({ path: "secret/", type: "kv", options: { version: "2" } });
    if (path.startsWith("kv1/")) return ok({ path: "kv1/", type: "kv", options: { version: "1" } });
    if (path.startsWith("database/")) return ok({ path: "database/", type: "database", options: null });
    return error(403, "preflight capability check returned 403, please ensure client's policies grant access to path");
  };

  const route = async (method: string, url: URL, headers: http.IncomingHttpHeaders, body: Data): Promise<Answer> => {
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ""));
    requests.push(`${method} ${path}`);
    const first = firsts.get(method);
    firsts.delete(method);
    first?.();
    const failing = failures.shift();
    if (failing !== undefined) return error(failing, "internal error");
    if (options.namespace !== undefined && headers["x-vault-namespace"] !== options.namespace) return error(404);
    if (method !== "GET" && path === `auth/${options.appRole?.mount ?? "approle"}/login`) return appRole(body);
    if (!tokens.has(String(headers["x-vault-token"] ?? ""))) return error(403, "permission denied", "invalid token");
    if (path.startsWith("sys/internal/ui/mounts/")) return mounts(path.slice("sys/internal/ui/mounts/".length));
    if (path === "auth/token/lookup-self") return ok({ ttl: 3600, policies: ["default"] });
    if (path === "sys/leases/renew" || path === "sys/leases/revoke")
      return ofLeases(path.slice("sys/leases/".length), body);
    if (path.startsWith("secret/")) return secretStore(method, path, url.searchParams, body);
    if (path.startsWith("database/creds/")) return dynamic(path.slice("database/creds/".length));
    if (!path.startsWith("kv1/")) return error(404, `no handler for route "${path}". route entry not found.`);
    if (method === "DELETE") {
      plain.delete(path);
      return NOTHING;
    }
    if (method !== "GET") {
      plain.set(path, body);
      return NOTHING;
    }
    const found = plain.get(path);
    return found === undefined ? error(404) : ok(found, { lease_duration: 2_764_800 });
  };

  const onRequest: http.RequestListener = (request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", async () => {
      const text = Buffer.concat(chunks).toString();
      const pause = wait;
      wait = 0;
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const body = text === "" ? {} : (JSON.parse(text) as Data);
      const url = new URL(request.url ?? "/", "http://stand-in");
      const answer = await route(request.method ?? "GET", url, request.headers, body).catch((fault: unknown) =>
        error(500, String(fault)),
      );
      if (cutting && request.method !== "GET") {
        cutting = false;
        return void response.destroy();
      }
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.body === null ? "" : JSON.stringify(answer.body));
    });
  };
  const server = options.tls === undefined ? http.createServer(onRequest) : https.createServer(options.tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    leases,
    tokens,
    put(path, data) {
      if (path.startsWith("kv1/")) plain.set(path, data);
      else writeVersioned(path.replace(/^secret\//, ""), { data });
    },
    get(path) {
      if (path.startsWith("kv1/")) return plain.get(path) ?? null;
      return versions.get(path.replace(/^secret\//, ""))?.at(-1)?.data ?? null;
    },
    fail: (...statuses) => void failures.push(...statuses),
    before: (method, then) => void firsts.set(method, then),
    cut: () => {
      cutting = true;
    },
    delay: (ms) => {
      wait = ms;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Vault over its HTTP API (v1): key-value stores of both versions, secrets that are made when they are read, with their leases,
 * and what else a provider needs. Answers are not believed before they are looked at, and messages quote nothing of them.
 */
import { z } from "zod";
import { networkFault } from "../network/faults.ts";
import { SecretFault } from "./fault.ts";
import { exchangeWithVault, type VaultRequest, type VaultResponse } from "./vault-http.ts";

export type VaultLogin =
  | { readonly by: "token"; token(signal: AbortSignal): Promise<string> }
  | {
      readonly by: "approle";
      /** Where the method is mounted; `approle` unless told. */
      readonly mount: string;
      readonly roleId: string;
      secretId(signal: AbortSignal): Promise<string>;
    };

export interface VaultOptions {
  /** Such as `https://vault.example.com:8200`. */
  readonly address: string;
  readonly namespace: string | null;
  /** Certificates of its authority, PEM; null for those the machine trusts. */
  readonly ca: string | null;
  /** Milliseconds for each request. */
  readonly timeoutMs: number;
  readonly login: VaultLogin;
  /** Told of each token that a login gave, before it is used. */
  onToken?(token: string): void;
  /** Milliseconds, by a clock that is never set. */
  now?(): number;
}

export interface VaultLease {
  readonly id: string;
  /** Milliseconds. */
  readonly lasts: number;
  readonly renewable: boolean;
}

export interface VaultSecret {
  /** Fields that are text, numbers or true and false; numbers as they are written. */
  readonly fields: ReadonlyMap<string, string>;
  /** Of a versioned store. */
  readonly version: number | null;
  /** null for what is kept, and was not made for whoever asks. */
  readonly lease: VaultLease | null;
}

/** A version as it is kept, with fields of any JSON. */
export interface VaultDocument {
  readonly data: { readonly [name: string]: unknown };
  readonly version: number;
}

const answerSchema = z.object({
  lease_id: z.string().catch(""),
  lease_duration: z.number().catch(0),
  renewable: z.boolean().catch(false),
  data: z.record(z.string(), z.unknown()).nullish(),
  auth: z.object({ client_token: z.string(), lease_duration: z.number() }).nullish(),
  wrap_info: z.unknown().optional(),
  errors: z.array(z.string()).optional(),
});
export type VaultAnswer = z.infer<typeof answerSchema>;

const versioned = z.object({
  data: z.record(z.string(), z.unknown()).nullable(),
  metadata: z.object({ version: z.number(), destroyed: z.boolean().catch(false), deletion_time: z.string().catch("") }),
});
const mountSchema = z.object({
  path: z.string(),
  type: z.string(),
  options: z.record(z.string(), z.string()).nullish(),
});

interface Mount {
  /** With a slash at its end. */
  readonly path: string;
  readonly versioned: boolean;
}

/** A token is taken for used up this long before it is, milliseconds. */
const MARGIN = 10_000;
const REDIRECTS = 2;

export class VaultClient {
  readonly #options: VaultOptions;
  readonly #mounts = new Map<string, Mount | null>();
  #token: { readonly value: string; readonly until: number } | null = null;

  /** Throws `SecretFault` where the address is none. */
  constructor(options: VaultOptions) {
    const { address } = options;
    const fine = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
    if (!fine || new URL(address).username !== "" || new URL(address).password !== "")
      throw new SecretFault(
        "the address of Vault is none",
        "write it as https://HOST:PORT, without a login, as address of vault in opsc.config.json or in VAULT_ADDR",
      );
    this.#options = options;
  }

  /**
   * What `vault kv get` or `vault read` would give for `path`. `version` is of a versioned store. Rejects with `SecretFault`.
   */
  async read(path: string, version: number | null, signal: AbortSignal): Promise<VaultSecret> {
    const mount = await this.mountOf(path, signal);
    if (mount?.versioned === true) {
      const found = await this.document(path, version, signal);
      if (found === null) throw notThere(path, version);
      return { fields: fieldsOf(found.data), version: found.version, lease: null };
    }
    const { answer } = await this.#ask("GET", path, null, signal);
    if (answer.data == null) throw notThere(path);
    return { fields: fieldsOf(answer.data), version: null, lease: leaseOf(answer) };
  }

  /** Of a versioned store: the newest, or that version; null where it was deleted or never there. */
  async document(path: string, version: number | null, signal: AbortSignal): Promise<VaultDocument | null> {
    const mount = await this.mountOf(path, signal);
    if (mount?.versioned !== true) return null;
    const query = version === null ? "" : `?version=${version}`;
    const { answer } = await this.#ask("GET", `${mount.path}data/${within(path, mount)}`, null, signal, query);
    const read = versioned.safeParse(answer.data);
    if (!read.success || read.data.data === null) return null;
    return { data: read.data.data, version: read.data.metadata.version };
  }

  /**
   * Writes fields to a path of a key-value store, and gives the version that made, null where the store counts none. `cas` is the
   * version that must stand there for it to be written, 0 for none; only a versioned store heeds it.
   */
  async write(
    path: string,
    fields: { readonly [name: string]: unknown },
    cas: number | null,
    signal: AbortSignal,
  ): Promise<number | null> {
    const mount = await this.mountOf(path, signal);
    if (mount?.versioned !== true) {
      await this.#ask("PUT", path, fields, signal);
      return null;
    }
    const body = { data: fields, ...(cas === null ? {} : { options: { cas } }) };
    const { answer } = await this.#ask("PUT", `${mount.path}data/${within(path, mount)}`, body, signal);
    const version = answer.data?.version;
    return typeof version === "number" ? version : null;
  }

  /** The newest version at a path of a versioned store; 0 where there is none, null where the store counts none. */
  async versionAt(path: string, signal: AbortSignal): Promise<number | null> {
    const mount = await this.mountOf(path, signal);
    if (mount?.versioned !== true) return null;
    const { answer } = await this.#ask("GET", `${mount.path}metadata/${within(path, mount)}`, null, signal);
    const version = answer.data?.current_version;
    return typeof version === "number" ? version : 0;
  }

  /** Any path of the API after `/v1/`, as documented; null where there is nothing (404). Rejects with `SecretFault`. */
  async call(
    method: VaultRequest["method"],
    path: string,
    body: { readonly [name: string]: unknown } | null,
    signal: AbortSignal,
  ): Promise<VaultAnswer | null> {
    const { status, answer } = await this.#ask(method, path, body, signal);
    return status === 404 ? null : answer;
  }

  /** Lengthens a lease by as much as Vault allows, and gives how long it lasts from now, milliseconds. */
  async renew(lease: string, signal: AbortSignal): Promise<number> {
    const { answer } = await this.#ask("PUT", "sys/leases/renew", { lease_id: lease }, signal);
    return answer.lease_duration * 1000;
  }

  /** Ends a lease: what it gave stops to work. One that has ended already is no error. */
  async revoke(lease: string, signal: AbortSignal): Promise<void> {
    await this.#ask("PUT", "sys/leases/revoke", { lease_id: lease, sync: true }, signal);
  }

  /** The store that holds a path; null where that is not told, and the path is taken as it is. */
  async mountOf(path: string, signal: AbortSignal): Promise<Mount | null> {
    const known = [...this.#mounts].find(([start]) => `${path}/`.startsWith(start));
    if (known !== undefined) return known[1];
    // The same question that the vault command asks. A policy may forbid it, and old servers do not know it.
    const { answer } = await this.#ask("GET", `sys/internal/ui/mounts/${path}`, null, signal, "", [403, 400]);
    const read = mountSchema.safeParse(answer.data);
    if (!read.success || read.data.path === "") return null;
    const mount = { path: read.data.path, versioned: read.data.type === "kv" && read.data.options?.version === "2" };
    this.#mounts.set(mount.path, mount);
    return mount;
  }

  async #ask(
    method: VaultRequest["method"],
    path: string,
    body: { readonly [name: string]: unknown } | null,
    signal: AbortSignal,
    query = "",
    alsoFine: readonly number[] = [],
  ): Promise<{ readonly status: number; readonly answer: VaultAnswer }> {
    const fine = (status: number): boolean => status < 300 || status === 404 || alsoFine.includes(status);
    for (let tried = 1; ; tried++) {
      const token = await this.#login(signal);
      const found = await this.#send(method, path, body, signal, query, token);
      const old = found.status === 403 && this.#options.login.by === "approle" && tried === 1 && !fine(found.status);
      if (!old) {
        const read = answerSchema.safeParse(found.json ?? {});
        if (!fine(found.status)) throw statusFault(found.status, path, method, read.data?.errors ?? []);
        if (read.success && read.data.wrap_info != null) throw wrapped(path);
        if (read.success) return { status: found.status, answer: read.data };
        throw new SecretFault("what answered is not Vault", "look at its address");
      }
      // A token may be revoked before its time.
      this.#token = null;
    }
  }

  async #login(signal: AbortSignal): Promise<string> {
    const { login, now = () => performance.now() } = this.#options;
    if (login.by === "token") return login.token(signal);
    if (this.#token !== null && now() < this.#token.until) return this.#token.value;
    const body = { role_id: login.roleId, secret_id: await login.secretId(signal) };
    const path = `auth/${login.mount}/login`;
    const found = await this.#send("POST", path, body, signal, "", null);
    const read = answerSchema.safeParse(found.json ?? {});
    const auth = read.success ? read.data.auth : null;
    if (found.status === 400 || found.status === 403)
      throw new SecretFault(
        `Vault does not let this AppRole in (status ${found.status})`,
        "look at roleId and secretId of secrets.vault in opsc.config.json; a secret id may be used up or expired",
      );
    if (found.status >= 300) throw statusFault(found.status, path, "GET", []);
    if (auth == null) throw new SecretFault("what answered is not Vault", "look at its address");
    this.#options.onToken?.(auth.client_token);
    const lasts = auth.lease_duration === 0 ? Number.POSITIVE_INFINITY : auth.lease_duration * 1000;
    this.#token = { value: auth.client_token, until: now() + Math.max(lasts - MARGIN, lasts / 2) };
    return auth.client_token;
  }

  async #send(
    method: VaultRequest["method"],
    path: string,
    body: { readonly [name: string]: unknown } | null,
    signal: AbortSignal,
    query: string,
    token: string | null,
  ): Promise<VaultResponse> {
    const { address, namespace, ca, timeoutMs } = this.#options;
    const base = new URL(address);
    let url = new URL(`${base.pathname.replace(/\/$/, "")}/v1/${apiPath(path)}${query}`, base);
    const headers = {
      "x-vault-request": "true",
      ...(token === null ? {} : { "x-vault-token": token }),
      ...(namespace === null ? {} : { "x-vault-namespace": namespace }),
      ...(body === null ? {} : { "content-type": "application/json" }),
    };
    const content = body === null ? null : JSON.stringify(body);
    for (let left = REDIRECTS; ; left -= 1) {
      const found = await exchangeWithVault({ method, url, headers, body: content, ca, timeoutMs, signal }).catch(
        (error: unknown) => {
          throw faultOf(error, base, method, signal);
        },
      );
      const to = found.status === 307 && left > 0 ? activeServer(found.location, url) : null;
      if (to === null) return found;
      url = to;
    }
  }
}

/** A standby names the active server; null where that is none to go on to. A token is never sent on in the clear. */
export function activeServer(location: string | null, from: URL): URL | null {
  if (location === null || !URL.canParse(location, from.href)) return null;
  const to = new URL(location, from);
  return to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:") ? to : null;
}

/** Each part of a path for itself, so that none can lead elsewhere. */
function apiPath(path: string): string {
  const parts = path.replace(/^\/+|\/+$/g, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw new SecretFault(
      `${JSON.stringify(path)} is no path in Vault`,
      "write it as vault kv get takes it, such as kv/billing",
    );
  return parts.map(encodeURIComponent).join("/");
}

const within = (path: string, mount: Mount): string => path.replace(/^\/+/, "").slice(mount.path.length);

function fieldsOf(data: { readonly [name: string]: unknown }): ReadonlyMap<string, string> {
  const plain = Object.entries(data).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return new Map(plain.map(([name, value]) => [name, String(value)]));
}

const leaseOf = ({ lease_id, lease_duration, renewable }: VaultAnswer): VaultLease | null =>
  lease_id === "" ? null : { id: lease_id, lasts: lease_duration * 1000, renewable };

function notThere(path: string, version: number | null = null): SecretFault {
  const which = version === null ? "" : ` in version ${version}`;
  return new SecretFault(
    `Vault has nothing at ${path}${which}`,
    "look at the path, which begins with the store's own, and whether it was deleted",
  );
}

const wrapped = (path: string): SecretFault =>
  new SecretFault(
    `Vault wraps what it answers for ${path}`,
    "let the policy of this token demand no wrapping there: what is wrapped can be read once, and a call may be repeated",
  );

const changes = (method: VaultRequest["method"]): boolean => method !== "GET" && method !== "LIST";

function statusFault(
  status: number,
  path: string,
  method: VaultRequest["method"],
  errors: readonly string[],
): SecretFault {
  switch (status) {
    case 400:
      if (errors.some((each) => each.includes("check-and-set parameter did not match")))
        return new SecretFault(`somebody else wrote ${path} in between`, "look at its versions, and do it again", {
          retryable: true,
        });
      return new SecretFault(
        `Vault refuses the request for ${path} (status 400)`,
        "look at the path, and at what is there already",
      );
    case 403:
      return new SecretFault(
        `Vault does not allow ${path} with this login (status 403)`,
        "its token may have expired, or its policy lacks the path",
      );
    case 412:
      return new SecretFault("this server of Vault is not up to date yet (status 412)", "try again later", {
        retryable: true,
      });
    case 429:
      return new SecretFault("Vault takes no more requests just now (status 429)", "try again later", {
        retryable: true,
      });
    case 472:
    case 473:
      return new SecretFault(
        `this server of Vault is a standby (status ${status})`,
        "name the active one as its address, or the load balancer before them",
        { retryable: true },
      );
    case 503:
      return new SecretFault("Vault is sealed or in maintenance (status 503)", "unseal it, or try again later", {
        retryable: true,
      });
    default:
      return new SecretFault(`Vault answered ${path} with status ${status}`, "look at Vault's own log", {
        retryable: status >= 500,
        unknown: status >= 500 && changes(method),
      });
  }
}

const AUTHORITY = "name it as ca of secrets.vault in opsc.config.json";

function faultOf(error: unknown, base: URL, method: VaultRequest["method"], signal: AbortSignal): SecretFault {
  if (signal.aborted)
    return new SecretFault("Vault was not asked to the end", "do it again", { retryable: true, cause: error });
  const known = networkFault(error, AUTHORITY);
  const what = known?.what ?? (error instanceof Error ? error.message : "no answer");
  return new SecretFault(
    `Vault at ${base.origin} cannot be reached: ${what}`,
    "look at its address and at the network",
    {
      retryable: known?.retryable ?? true,
      unknown: changes(method) && known?.sent !== false,
      cause: error,
    },
  );
}

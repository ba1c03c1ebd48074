/**
 * Each provider by each way in which a secret could come out of it. Every cell is driven twice: by a redactor that knows nothing,
 * to see that the secret really is there, and by one that has read it.
 */

import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import { type CallKind, type CallResult, callProvider } from "../../runtime/provider/call.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";
import { Redactor } from "../../runtime/secrets/redactor.ts";
import { discard, environment, invocation, options, scratch } from "../providers/helpers/world.ts";
import { type Postgres, startPostgres } from "../tools/postgres.ts";
import { type StandIn, startVault } from "../tools/vault.ts";
import { found } from "./canaries.ts";

/** What others write otherwise stands in it, and what a header, a name in SQL and a path can hold. */
const CANARY = `canary-Tab7 "q'<&%+=?$x`;
const MARK = { $secret: "canary" };

type Fields = { readonly [name: string]: Value };
type Call = (operation: string, args: Fields, config?: Fields, kind?: CallKind) => Promise<CallResult>;

/** Where a secret could come out of a call; `argument` is whether it comes in at all. */
const CHANNELS = ["argument", "result", "failure", "preview", "output"] as const;
type Channel = (typeof CHANNELS)[number];

type Cell =
  /** Drives it. An argument says whether it has arrived. */
  | ((call: Call) => Promise<CallResult>)
  | { readonly arrives: (call: Call) => Promise<boolean> }
  /** Why there is none, which is held against what the provider does. */
  | "no operation has a preview"
  | "it has no output";

let directory = "";
let server: Postgres;
let vault: StandIn;
let service: Server;
let seen: { authorization?: string | undefined; body?: string } = {};

const site = (): Fields => ({ base_url: `http://127.0.0.1:${(service.address() as AddressInfo).port}/` });
const database = (): Fields => ({ url: server.url, tls: "off" });
const kept = (): Fields => ({ address: vault.address, token: "root" });
const said = (script: string, ok = 0): Fields => ({
  argv: ["sh", "-c", script],
  secret_env: { TOKEN: MARK },
  public: true,
  ok: [ok],
});

const TABLE: { readonly [provider: string]: Readonly<Record<Channel, Cell>> } = {
  exec: {
    argument: {
      async arrives(call) {
        await call("run", {
          argv: ["sh", "-c", 'cat > in; printf %s "$TOKEN" >> in'],
          secret_env: { TOKEN: MARK },
          secret_stdin: MARK,
        });
        return (await readFile(path.join(directory, "in"), "utf8")) === CANARY + CANARY;
      },
    },
    result: (call) =>
      call("run", said('printf "%s" "$TOKEN"; printf "%s" "$TOKEN" | base64; printf "%s" "$TOKEN" | od -An -tx1')),
    failure: (call) => call("run", said('echo "no: $TOKEN" >&2', 3)),
    preview: "no operation has a preview",
    output: (call) => call("run", said('printf "%s" "$TOKEN" >&2; exit 0')),
  },
  file: {
    argument: {
      async arrives(call) {
        await call("write_secret", { path: "secret", content: MARK });
        return (await readFile(path.join(directory, "secret"), "utf8")) === CANARY;
      },
    },
    async result(call) {
      await writeFile(path.join(directory, "plain"), `password: ${CANARY}\n`);
      return call("read", { path: "plain" });
    },
    failure: (call) => call("write", { path: `none/${CANARY}`, content: "" }),
    async preview(call) {
      await writeFile(path.join(directory, "before"), `a\n${CANARY}\n`);
      return call("write", { path: "before", content: "a\nb\n", public: true }, {}, "preview");
    },
    output: "it has no output",
  },
  http: {
    argument: {
      async arrives(call) {
        await call("post", { url: "x", bearer: MARK, secret_json: { a: MARK } }, site());
        return seen.authorization === `Bearer ${CANARY}` && JSON.parse(seen.body ?? "").a === CANARY;
      },
    },
    result: (call) => call("post", { url: "x", secret_json: { a: MARK } }, site()),
    failure: (call) => call("put", { url: `fail/${encodeURIComponent(CANARY)}` }, site()),
    preview: "no operation has a preview",
    output: "it has no output",
  },
  postgres: {
    argument: {
      async arrives(call) {
        await call("enable_login", { role: "canary", password: MARK }, database());
        const client = new pg.Client({
          host: "localhost",
          port: server.port,
          user: "canary",
          password: CANARY,
          database: "ledger",
        });
        await client.connect();
        await client.end();
        return !server.log().includes(CANARY);
      },
    },
    result: (call) =>
      call(
        "query",
        { sql: sql(`SELECT `, CANARY, `::text AS a, encode(`, CANARY, `::text::bytea, 'hex') AS b`) },
        database(),
      ),
    // The message of the server itself; details, hints and notices hold it too.
    failure: (call) => call("query", { sql: sql("SELECT complain(", CANARY, ")") }, database()),
    preview: (call) =>
      call("update", { table: "words", set: { [CANARY]: "b" }, where: "true", at_most: 9 }, database(), "preview"),
    output: "it has no output",
  },
  vault: {
    argument: {
      async arrives(call) {
        vault.tokens.add(CANARY);
        const result = await call("version", { path: "secret/app" }, { ...kept(), token: MARK });
        vault.tokens.delete(CANARY);
        return result.ok && !(await call("version", { path: "secret/app" }, { ...kept(), token: MARK })).ok;
      },
    },
    result: (call) => call("version", { path: "secret/app" }, kept()),
    failure: (call) => call("version", { path: `kv1/${CANARY}` }, kept()),
    preview: (call) => call("generate", { path: "secret/app", field: CANARY }, kept(), "preview"),
    output: "it has no output",
  },
};

/** As the language hands it over: text and holes in turn. */
const sql = (...written: readonly string[]): Value => ({
  $template: { parts: written.filter((_, i) => i % 2 === 0), holes: written.filter((_, i) => i % 2 === 1) },
});

beforeAll(async () => {
  directory = await scratch();
  [server, vault] = await Promise.all([startPostgres(), startVault()]);
  vault.put("secret/app", { [CANARY]: "a" });
  const column = `"${CANARY.replaceAll('"', '""')}"`;
  await server.sql(`
    CREATE ROLE canary NOLOGIN;
    CREATE TABLE words (id int PRIMARY KEY, ${column} text);
    INSERT INTO words VALUES (1, 'a');
    CREATE FUNCTION complain(word text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
      RAISE NOTICE 'notice %', word;
      RAISE EXCEPTION 'no: %', word USING DETAIL = 'detail ' || word, HINT = 'hint ' || word, COLUMN = word;
    END $$;
  `);
  service = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      seen = { authorization: request.headers.authorization, body };
      const back = Buffer.from(body).toString("base64");
      response.writeHead(request.url?.startsWith("/fail") === true ? 500 : 200, { "x-back": back }).end(body);
    });
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  service.close();
  await Promise.all([server.stop(), vault.close(), discard(directory)]);
});

/** `redactor` of whoever calls: what is read is told to it only where that is its task. */
function calls(provider: string, redactor: Redactor, outputs: (Uint8Array | null)[] = []): Call {
  const of = BUILT_IN[provider];
  if (of === undefined) throw new Error(`there is no provider ${provider}`);
  const secrets = { redactor, read: async () => CANARY };
  return async (operation, args, config = {}, kind = "run") => {
    const result = await callProvider(
      of,
      kind,
      invocation(operation, args, config),
      options(directory, { secrets, environment }),
    );
    outputs.push(result.output);
    return result;
  };
}

function knowing(): Redactor {
  const redactor = new Redactor();
  redactor.learn(CANARY);
  return redactor;
}

/** What of an answer is of that way, as it would be kept. */
function part(channel: Channel, result: CallResult): Uint8Array {
  if (channel === "output") return result.output ?? new Uint8Array();
  if (channel === "failure") return Buffer.from(result.ok ? "" : result.failure.message);
  return Buffer.from(result.ok ? JSON.stringify(result.value) : "");
}

const whole = (result: CallResult): Uint8Array =>
  Buffer.concat([Buffer.from(JSON.stringify({ ...result, output: null })), result.output ?? new Uint8Array()]);

test("every built-in provider is in the table, and no other", () => {
  expect(Object.keys(TABLE).sort()).toEqual(Object.keys(BUILT_IN).sort());
});

describe.each(Object.entries(TABLE))("%s", (provider, row) => {
  const driven = CHANNELS.filter((channel) => typeof row[channel] !== "string");

  test.each(driven)("%s", async (channel) => {
    const cell = row[channel];
    if (typeof cell === "object") {
      expect(await cell.arrives(calls(provider, new Redactor()))).toBe(true);
      return;
    }
    if (typeof cell !== "function") throw new Error("only what is driven comes here");
    const blind = await cell(calls(provider, new Redactor()));
    expect(found(CANARY, part(channel, blind))).not.toEqual([]);
    const clean = await cell(calls(provider, knowing()));
    expect(Buffer.from(part(channel, clean)).toString()).toContain("‹secret›");
    expect(found(CANARY, whole(clean))).toEqual([]);
  });

  test("what is said not to be there is not", async () => {
    const operations = Object.values(BUILT_IN[provider]?.manifest.operations ?? {});
    expect(row.preview === "no operation has a preview").toBe(operations.every(({ preview }) => preview === "none"));
    const outputs: (Uint8Array | null)[] = [];
    const call = calls(provider, knowing(), outputs);
    for (const channel of driven) {
      const cell = row[channel];
      if (typeof cell === "function") await cell(call);
    }
    expect(row.output === "it has no output").toBe(outputs.every((output) => output === null));
  });
});

/** Where a database is, and how it is spoken to: read from a URL, with nothing assumed that would weaken TLS. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ProviderError } from "../../provider/kit.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  /** false: without TLS; else the certificate must be valid for `host`, by the authorities in `ca`, or those of Node.js. */
  readonly tls: false | { readonly ca: string | null };
}

export interface Given {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls: "verify" | "off";
  readonly ca?: string | undefined;
}

const refuse = (what: string): ProviderError => new ProviderError(what, { retryable: false });

/** Never quotes the URL or a part of it but the host: the rest may be secret. `directory` is what `ca` is relative to. */
export async function addressOf(given: Given, directory: string): Promise<Address> {
  if (!URL.canParse(given.url)) throw refuse("`url` is no URL, such as postgres://db.example.com:5432/ledger");
  const url = new URL(given.url);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") throw refuse("`url` must begin with postgres://");
  const [unknown] = [...url.searchParams.keys()].filter((name) => name !== "host");
  if (unknown !== undefined)
    throw refuse(
      `\`url\` sets ${JSON.stringify(unknown)} after its "?", which is not taken from there. TLS is a matter of \`tls\` and \`ca\`.`,
    );
  // A socket's folder cannot stand where a host does, so it is `?host=/run/postgresql`, as libpq has it.
  const socket = url.searchParams.get("host");
  const host = socket ?? decoded(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  if (host === "") throw refuse("`url` names no host");
  const database = decoded(url.pathname.slice(1));
  if (database === "" || database.includes("/")) throw refuse("`url` names no database: postgres://HOST/DATABASE");
  const user = given.user ?? decoded(url.username);
  if (user === "") throw refuse("there is no user: give `user`, or put it into `url`");
  if (given.password !== undefined && url.password !== "")
    throw refuse("there are two passwords, in `url` and in `password`. Leave one out.");
  const password = given.password ?? (url.password === "" ? null : decoded(url.password));
  const port = url.port === "" ? 5432 : Number(url.port);
  const local = host.startsWith("/");
  if (local || given.tls === "off") {
    if (given.ca !== undefined) throw refuse("`ca` is for TLS, and there is none: leave it out");
    return { host, port, database, user, password, tls: false };
  }
  return { host, port, database, user, password, tls: { ca: await authorities(given.ca, directory) } };
}

async function authorities(ca: string | undefined, directory: string): Promise<string | null> {
  if (ca === undefined) return null;
  const text = await readFile(path.resolve(directory, ca), "utf8").catch((error: Error) => {
    throw refuse(`\`ca\` cannot be read: ${error.message}`);
  });
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw refuse("`ca` holds no certificate: name a file in PEM form");
  return text;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refuse("`url` holds a % that begins no character: write it as %25");
  }
}

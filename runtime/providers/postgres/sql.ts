/** SQL that cannot take parameters, put together so that nothing in it can be anything but what it is. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { ProviderError } from "../../provider/kit.ts";

/** Bytes of a name that PostgreSQL keeps (NAMEDATALEN - 1); of a longer one it would silently take the beginning. */
const LONGEST_NAME = 63;

/** A name, quoted. Throws `ProviderError` for one that PostgreSQL would not keep as it is. */
export function quoted(name: string, what: string): string {
  if (name === "" || name.includes("\u0000")) throw refuse(`${what} is no name`);
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw refuse(`${what} has more than ${LONGEST_NAME} bytes, and PostgreSQL would cut it`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table` or `table`, each part quoted. */
export function quotedTable(table: string): string {
  const parts = table.split(".");
  if (parts.length > 2) throw refuse("`table` is TABLE or SCHEMA.TABLE");
  return parts.map((part) => quoted(part, "`table`")).join(".");
}

/** A literal of text. */
export function literal(text: string): string {
  if (text.includes("\u0000")) throw refuse("text for PostgreSQL cannot hold a character 0");
  const plain = text.replaceAll("'", "''");
  return text.includes("\\") ? `E'${plain.replaceAll("\\", "\\\\")}'` : `'${plain}'`;
}

const refuse = (what: string): ProviderError => new ProviderError(what, { retryable: false });

const ITERATIONS = 4096;

/**
 * What PostgreSQL keeps of a password, made here (RFC 5802, as `scram_build_secret` in the server's source): the password itself
 * then is in no statement, and so in no log of the server and no `pg_stat_activity`.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(prepared(password), salt, ITERATIONS, 32, "sha256");
  const of = (word: string): Buffer => createHmac("sha256", salted).update(word).digest();
  const stored = createHash("sha256").update(of("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored}:${of("Server Key").toString("base64")}`;
}

/**
 * The password, if PostgreSQL and every client would take it as it is. Outside of ASCII they map it first (SASLprep, RFC 4013), and take it raw where
 * that is not allowed; one that mapping leaves alone is the same either way, whatever the version of Unicode.
 */
function prepared(password: string): string {
  if (/^[\x20-\x7e]+$/.test(password)) return password;
  if (password === "" || /[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u.test(password))
    throw refuse("the password is empty or holds control characters, which PostgreSQL would not take as they are");
  if (password.normalize("NFKC") !== password || MAPPED.test(password))
    throw refuse(
      "the password holds characters that PostgreSQL would change, such as a space that does not break: take others (it must be in normal form KC)",
    );
  return password;
}

/** RFC 3454, tables B.1 and C.1.2: mapped to nothing, and to a space. */
const MAPPED =
  /\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]|[\u00a0\u00ad\u1680\u1806\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]/u;

/** The word that a statement begins with, in small letters, after comments and opening brackets; "" where there is none. */
export function firstWord(sql: string): string {
  let at = 0;
  for (;;) {
    const [gap = ""] = /^(?:[\s(]+|--[^\n]*(?:\n|$))/.exec(sql.slice(at)) ?? [];
    const length = gap.length > 0 ? gap.length : commentAt(sql, at);
    if (length === 0) return (/^[a-z]+/i.exec(sql.slice(at))?.[0] ?? "").toLowerCase();
    at += length;
  }
}

/** Characters of the comment that begins there: such comments hold others. 0 where none does, or none ends. */
function commentAt(sql: string, start: number): number {
  if (!sql.startsWith("/*", start)) return 0;
  let depth = 0;
  for (const mark of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.index + 2;
  }
  return 0;
}

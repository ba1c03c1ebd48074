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

/** SASLprep (RFC 4013) as far as it can be told without its tables: of a password outside of ASCII, normal form KC. */
function prepared(password: string): string {
  if (/^[\x20-\x7e]+$/.test(password)) return password;
  if (/\p{Cc}|\p{Cn}|\p{Co}|\p{Cs}/u.test(password) || password === "")
    throw refuse("the password is empty or holds control characters, which PostgreSQL would not take as they are");
  return password.replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, " ").normalize("NFKC");
}

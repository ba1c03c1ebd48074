/**
 * A file of allowed signers, as ssh-keygen(1) reads it under ALLOWED SIGNERS: names, options and a public key a line. What
 * is taken here is taken by ssh-keygen too; what it would take and is in doubt here (certificates, odd quoting) is a fault of
 * its line, and the line lets nobody sign.
 */
import { readKey, type SshKey } from "./keys.ts";
import { MOST_CHARACTERS, type PatternList, patternList } from "./patterns.ts";
import { fromBase64 } from "./wire.ts";

export interface Signer {
  /** From 1. */
  readonly line: number;
  /** As written, for people. */
  readonly principals: string;
  readonly names: PatternList;
  readonly key: SshKey;
  /** null: any. */
  readonly namespaces: PatternList | null;
  /** Milliseconds since 1970, both inclusive; null: not bounded. */
  readonly from: number | null;
  readonly until: number | null;
}

export interface SignersFault {
  /** From 1; null: the file as a whole. */
  readonly line: number | null;
  readonly message: string;
  readonly remedy: string;
}

export interface AllowedSigners {
  readonly signers: readonly Signer[];
  /** In the order of their lines. */
  readonly faults: readonly SignersFault[];
}

const MOST_TEXT = 4 * 1024 * 1024;
const MOST_LINES = 20_000;
const MOST_LINE = 32 * 1024;
const MOST_NAMES = 20_000;
const MOST_NAMES_A_LINE = 200;

/** Never throws. */
export function readAllowedSigners(text: string): AllowedSigners {
  const whole = (message: string, remedy: string): AllowedSigners => ({
    signers: [],
    faults: [{ line: null, message, remedy }],
  });
  if (text.length > MOST_TEXT) return whole("is too large to be a list of signers", "keep to those who sign");
  const lines = text.split("\n");
  if (lines.length > MOST_LINES) return whole(`has more than ${MOST_LINES} lines`, "keep to those who sign");
  const signers: Signer[] = [];
  const faults: SignersFault[] = [];
  for (const [index, raw] of lines.entries()) {
    const found = readLine(raw.replace(/\r$/, ""), index + 1);
    if (found === null) continue;
    if ("message" in found) faults.push(found);
    else signers.push(found);
  }
  if (signers.reduce((sum, { names }) => sum + names.allowed.length + names.barred.length, 0) > MOST_NAMES)
    return whole(`holds more than ${MOST_NAMES} names`, "keep to those who sign");
  return { signers, faults };
}

class Wrong extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

const FORM = "write NAMES [OPTIONS] KEYTYPE KEY, as ssh-keygen(1) has it under ALLOWED SIGNERS";

function readLine(raw: string, line: number): Signer | SignersFault | null {
  const text = raw.replace(/^[ \t]+/, "");
  if (text === "" || text.startsWith("#")) return null;
  try {
    return readSigner(text, line);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { line, message: error.message, remedy: error.remedy };
  }
}

function readSigner(text: string, line: number): Signer {
  if (text.length > MOST_LINE) throw new Wrong("is too long", FORM);
  if (text.startsWith("\uFEFF")) throw new Wrong("begins with a byte order mark", "save the file as UTF-8 without one");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) throw new Wrong("holds a control character", FORM);
  const { principals, rest } = takePrincipals(text);
  const names = patternList(principals);
  if (names.allowed.length === 0) throw new Wrong("names nobody", FORM);
  if (names.allowed.length + names.barred.length > MOST_NAMES_A_LINE)
    throw new Wrong(`holds more than ${MOST_NAMES_A_LINE} names`, "give each person a line of their own");
  if ([...names.allowed, ...names.barred].some((name) => name.length > MOST_CHARACTERS))
    throw new Wrong("holds a name that is too long", FORM);
  const direct = keyOf(rest);
  const { options, after } = direct === null ? takeOptions(rest) : { options: "", after: rest };
  const key = direct ?? keyOf(after);
  if (key === null) throw new Wrong("holds no public key", FORM);
  const read = readOptions(options);
  if (!key.read.ok) throw new Wrong(`holds a key that ${key.read.why}`, key.read.remedy);
  if (key.read.key.type !== key.type)
    throw new Wrong(
      `says ${key.type} of a key that is ${key.read.key.type}`,
      "take it anew from the owner's .pub file",
    );
  return { line, principals, names, key: key.read.key, ...read };
}

function takePrincipals(text: string): { readonly principals: string; readonly rest: string } {
  const found = /^(?:"([^"]*)"|([^\s"]+))[ \t]+(.*)$/.exec(text);
  if (found === null) throw new Wrong("is not whole", FORM);
  return { principals: found[1] ?? found[2] ?? "", rest: found[3] ?? "" };
}

/** The words at the start of `text` as a key: null where the first names no kind of key. */
function keyOf(text: string): { readonly type: string; readonly read: ReturnType<typeof readKey> } | null {
  const [, type, written] = /^([^ \t]+)[ \t]+([^ \t]+)/.exec(text) ?? [];
  if (type === undefined || written === undefined || !looksLikeType(type)) return null;
  const blob = fromBase64(written);
  if (blob === null)
    return { type, read: { ok: false, why: "is not base64", remedy: "take it anew from the owner's .pub file" } };
  return { type, read: readKey(blob) };
}

const looksLikeType = (word: string): boolean =>
  /^(ssh|sk-ssh|ecdsa|sk-ecdsa|webauthn|rsa|dsa)-[a-z0-9@.-]+$/i.test(word);

/** Up to the first white space that is not quoted. */
function takeOptions(text: string): { readonly options: string; readonly after: string } {
  const found = /^((?:[^\s"]|"(?:\\"|\\(?!")|[^"\\])*")+)[ \t]+(.*)$/.exec(text);
  if (found === null) throw new Wrong("has no key after its options", FORM);
  return { options: found[1] ?? "", after: found[2] ?? "" };
}

type Options = Pick<Signer, "namespaces" | "from" | "until">;

function readOptions(options: string): Options {
  const found = new Map<string, string>();
  let rest = options;
  while (rest !== "") {
    const [all, name, , value] = /^([A-Za-z-]+)(="((?:\\"|\\(?!")|[^"\\])*)")?(?:,(?=.)|$)/.exec(rest) ?? [];
    if (all === undefined || name === undefined)
      throw new Wrong(
        "holds options that cannot be read",
        'write namespaces="…", valid-after="…" or valid-before="…", with commas between',
      );
    const option = name.toLowerCase();
    if (option === "cert-authority")
      throw new Wrong(
        "names a certificate authority, which opsc does not take",
        "name the keys of the people themselves",
      );
    if (!["namespaces", "valid-after", "valid-before"].includes(option) || value === undefined)
      throw new Wrong(`holds the option ${name}, which is not known`, "namespaces, valid-after and valid-before are");
    if (found.has(option)) throw new Wrong(`holds the option ${option} twice`, "leave one of them out");
    found.set(option, value.replace(/\\"/g, '"'));
    rest = rest.slice(all.length);
  }
  const [after, before, namespaces] = ["valid-after", "valid-before", "namespaces"].map((name) => found.get(name));
  const from = after === undefined ? null : time("valid-after", after);
  const until = before === undefined ? null : time("valid-before", before);
  if (from !== null && until !== null && until <= from)
    throw new Wrong("ends being valid before it begins", "turn valid-after and valid-before round");
  return { namespaces: namespaces === undefined ? null : patternList(namespaces), from, until };
}

/** Hours by which clocks on earth are ahead of UTC, and behind it, at most. */
const [AHEAD, BEHIND] = [14, 12];
const HOUR = 3_600_000;

/**
 * `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]` in milliseconds since 1970. Without `Z` ssh-keygen takes the time zone of whatever
 * machine it runs on; here it is valid only when it is in every time zone, so that all machines judge alike.
 */
function time(option: "valid-after" | "valid-before", written: string): number {
  const found = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z|UTC)?$/i.exec(written);
  const wrong = (): Wrong =>
    new Wrong(`holds ${option}="${written}", which is no time`, "write YYYYMMDDZ or YYYYMMDDHHMMZ");
  if (found === null) throw wrong();
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same = [
    at.getUTCFullYear(),
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
  ];
  if (year < 1970 || at.getTime() === 0 || [year, month, day, hour, minute, second].some((part, i) => part !== same[i]))
    throw wrong();
  if (found[7] !== undefined) return at.getTime();
  return at.getTime() + (option === "valid-after" ? BEHIND : -AHEAD) * HOUR;
}

/** Files of allowed signers: what opsc takes of them, ssh-keygen takes too. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readAllowedSigners } from "../../runtime/trust/allowed-signers.ts";
import { keyringOf } from "../../runtime/trust/keyring.ts";
import { matches, meet } from "../../runtime/trust/patterns.ts";
import { sshString, sshUint32 } from "../../runtime/trust/wire.ts";
import { accepts, makeKey, type Pair, revocationList, sign } from "../tools/ssh.ts";

const MESSAGE = "{}";
const NS = "opsc.approval";
const NOW = "20261121090000Z";
const AT = Date.parse("2026-11-21T09:00:00Z");

let ana: Pair;
let ben: Pair;
let rsa: Pair;
let signature: string;
beforeAll(() => {
  ana = makeKey("ed25519");
  ben = makeKey("ed25519");
  rsa = makeKey("rsa", 2048);
  signature = sign(ana, MESSAGE, NS);
});

interface Given {
  readonly allowed: string;
  readonly revoked?: Uint8Array | string;
  readonly who?: string;
  readonly at?: number;
}

function ours({ allowed, revoked, who = "ana@x.org", at = AT }: Given): string | null {
  const ring = keyringOf({
    allowedSigners: { path: "allowed_signers", text: allowed },
    revoked: revoked === undefined ? null : { path: "revoked_keys", bytes: Buffer.from(revoked) },
  });
  const found = ring.judge({ who, message: Buffer.from(MESSAGE), namespace: NS, signature, times: [at] });
  return found.ok ? null : found.why;
}

const theirs = ({ allowed, revoked, who = "ana@x.org" }: Given): boolean =>
  accepts({
    message: MESSAGE,
    namespace: NS,
    signature,
    who,
    allowed,
    at: NOW,
    ...(revoked === undefined ? {} : { revoked }),
  });

/** `KEY` stands for ana's, `OTHER` for ben's. */
const file = (written: string): string => written.replaceAll("KEY", ana.line).replaceAll("OTHER", ben.line);

describe("as ssh-keygen takes it", () => {
  test.each([
    ["ana@x.org KEY", true],
    ["ana@x.org KEY a comment", true],
    ["\n# a comment\n\n  \t ana@x.org\t KEY\n", true],
    ["ana@x.org KEY\r\n", true],
    ["ben@x.org,ana@x.org KEY", true],
    ['"ana@x.org" KEY', true],
    ['"ben@x.org,ana@x.org" KEY', true],
    ["*@x.org KEY", true],
    ["a?a@x.org KEY", true],
    ["* KEY", true],
    ["*@x.org,!ana@x.org KEY", false],
    ["!ana@x.org,*@x.org KEY", false],
    ["!ben@x.org,*@x.org KEY", true],
    ["!ben@x.org KEY", false],
    ["Ana@x.org KEY", false],
    ["ben@x.org KEY", false],
    ["ana@x.org OTHER", false],
    ["ana@x.org OTHER\nana@x.org KEY", true],
    ['ana@x.org namespaces="opsc.*" KEY', true],
    ['ana@x.org namespaces="git,opsc.approval" KEY', true],
    ['ana@x.org NameSpaces="opsc.approval" KEY', true],
    ['ana@x.org namespaces="git" KEY', false],
    ['ana@x.org namespaces="opsc.*,!opsc.approval" KEY', false],
    ['ana@x.org namespaces="" KEY', false],
    ['ana@x.org namespaces="git" KEY\nana@x.org namespaces="opsc.approval" KEY', true],
    ['ana@x.org valid-before="20270101Z" KEY', true],
    ['ana@x.org valid-before="20260101Z" KEY', false],
    ['ana@x.org valid-after="20260101Z" KEY', true],
    ['ana@x.org valid-after="202611210900Z" KEY', true],
    ['ana@x.org valid-before="20261121090000Z" KEY', true],
    ['ana@x.org valid-before="20261121085959Z" KEY', false],
    ['ana@x.org valid-after="20270101Z" KEY', false],
    ['ana@x.org valid-before="20260101Z" KEY\nana@x.org valid-after="20260101Z" KEY', true],
    ['ana@x.org valid-after="20260101Z",valid-before="20270101Z",namespaces="opsc.*" KEY', true],
    ['ana@x.org valid-after="20270101Z",valid-before="20260101Z" KEY', false],
    ['ana@x.org valid-before="20270101Z KEY', false],
    ["ana@x.org valid-before=20270101Z KEY", false],
    ['ana@x.org valid-before="soon" KEY', false],
    ['ana@x.org namespaces="a",namespaces="opsc.approval" KEY', false],
    ["ana@x.org no-touch-required KEY", false],
    ["ana@x.org cert-authority KEY", false],
    ["ana@x.org", false],
    ["KEY", false],
    ["nonsense here\nana@x.org KEY", true],
    ['ana@x.org namespaces="opsc.approval\\"" KEY', false],
    ['ana@x.org namespaces="opsc.approval\\" KEY', false],
    ['"ana@x.org KEY', false],
  ])("%j: %s", (written, expected) => {
    const allowed = file(written);
    expect(theirs({ allowed })).toBe(expected);
    expect(ours({ allowed }) === null).toBe(expected);
  });

  test("where it is in doubt, opsc takes less", () => {
    const less = [
      // 31 February is 3 March to ssh-keygen.
      'ana@x.org valid-after="20260231Z" KEY',
      // Whatever time zone the machine has.
      'ana@x.org valid-before="202611211000" KEY',
      'ana@x.org valid-after="202611210800" KEY',
      'ana"@x.org" KEY',
    ].map(file);
    for (const allowed of less) expect([theirs({ allowed }), ours({ allowed }) === null]).toEqual([true, false]);
    // What is barred is barred in every spelling, for names that differ by case are one person.
    const allowed = file("*,!ana@x.org KEY");
    expect([theirs({ allowed, who: "Ana@x.org" }), ours({ allowed, who: "Ana@x.org" }) === null]).toEqual([
      true,
      false,
    ]);
  });

  test("a list of pieces, put together at random: what opsc takes, ssh-keygen takes", () => {
    const piece = fc.constantFrom(
      ...[
        "ana@x.org",
        "*@x.org",
        "!ana@x.org",
        "?na*",
        ",",
        " ",
        "\t",
        '"',
        "KEY",
        "OTHER",
        "#",
        "\r",
        "\n",
        "\\",
        "é",
      ],
      ...[
        "namespaces=",
        "opsc.*",
        "valid-after=",
        '"20260101Z"',
        'valid-before="20270101Z"',
        "cert-authority",
        "=",
        "\u00a0",
      ],
    );
    const line = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => `${pieces.join("")} KEY`);
    const taken: string[] = [];
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 2 }), (lines) => {
        const allowed = file(lines.join("\n"));
        if (ours({ allowed }) === null) taken.push(allowed);
      }),
      { numRuns: 2000, seed: 7 },
    );
    const some = [...new Set(taken)].slice(0, 60);
    expect(some.length).toBeGreaterThan(30);
    for (const allowed of some)
      expect([JSON.stringify(allowed), theirs({ allowed })]).toEqual([JSON.stringify(allowed), true]);
  });
});

describe("faults", () => {
  test.each([
    ["ana@x.org cert-authority KEY", "names a certificate authority, which opsc does not take"],
    ["ana@x.org ssh-ed25519 AAAA", "holds a key that is not a public key"],
    ["ana@x.org ssh-rsa @@@@", "holds a key that is not base64"],
    ["ana@x.org", "is not whole"],
    ['ana@x.org valid-after="20261301Z" KEY', 'holds valid-after="20261301Z", which is no time'],
    ["ana@x.org verify-required KEY", "holds the option verify-required, which is not known"],
    ["\uFEFFana@x.org KEY", "begins with a byte order mark"],
    ["ana@x.org\u0000 KEY", "holds a control character"],
    ["!ana@x.org KEY", "names nobody"],
  ])("%j", (written, message) => {
    const { signers, faults } = readAllowedSigners(`# keys\n${file(written)}\nben@x.org ${ben.line}\n`);
    expect(signers.map(({ line }) => line)).toEqual([3]);
    expect(faults).toEqual([{ line: 2, message, remedy: expect.stringMatching(/.{10}/) }]);
  });

  test("more than anybody needs: lines, names, names of one", () => {
    const told = (text: string): string | undefined => readAllowedSigners(text).faults[0]?.message;
    const names = (count: number): string => Array.from({ length: count }, (_, i) => `p${i}@x.org`).join(",");
    expect(told("\n".repeat(20_000))).toBe("has more than 20000 lines");
    expect(told(file(`${names(200)} KEY\n`))).toBeUndefined();
    expect(told(file(`${names(201)} KEY\n`))).toBe("holds more than 200 names");
    expect(told(file(`${names(200)} KEY\n`.repeat(101)))).toBe("holds more than 20000 names");
  });

  test("a line that is never valid", () => {
    const never = 'ana@x.org valid-after="20260101Z",valid-before="20260101Z" KEY\n';
    expect(readAllowedSigners(file(never))).toMatchObject({
      signers: [],
      faults: [{ line: 1, message: "ends being valid before it begins" }],
    });
  });

  test("a type that is not the key's", () => {
    const { faults } = readAllowedSigners(`ana@x.org ssh-rsa ${ana.line.split(" ")[1]}\n`);
    expect(faults[0]?.message).toBe("says ssh-rsa of a key that is ssh-ed25519");
  });

  test("reading never throws, and takes no longer for what is hostile", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        (text) => readAllowedSigners(text).signers.length >= 0,
      ),
      { numRuns: 500 },
    );
    const from = performance.now();
    for (const text of [
      `ana ${'namespaces="'.repeat(2000)} KEY`,
      `ana ${'"\\"'.repeat(8000)} KEY`,
      `${"*".repeat(900)}b KEY`,
      "x".repeat(5_000_000),
      "\n".repeat(100_000),
      `${",".repeat(30_000)} KEY`,
    ])
      expect(ours({ allowed: file(text), who: "a".repeat(200) })).not.toBeNull();
    expect(performance.now() - from).toBeLessThan(5000);
  });
});

describe("refusals say whose, which file, which line and why", () => {
  test.each([
    ["ben@x.org OTHER", /^the key SHA256:\S+ is not in allowed_signers$/],
    ["ben@x.org OTHER\nana@x.org cert-authority KEY", /is not in allowed_signers, of which line 2 cannot be used$/],
    ["# keys\nben@x.org KEY", /is not allowed to sign for ana@x\.org: allowed_signers, line 2 is for ben@x\.org$/],
    ['ana@x.org namespaces="git" KEY', /^allowed_signers, line 1 does not let this key sign opsc\.approval$/],
    [
      'ana@x.org valid-before="20260101Z" KEY',
      /is not valid at 2026-11-21T09:00:00\.000Z: allowed_signers, line 1, is valid until 2026-01-01T00:00:00\.000Z$/,
    ],
  ])("%j", (written, expected) => expect(ours({ allowed: file(written) })).toMatch(expected));
});

describe("revoked keys", () => {
  const allowed = (): string => `ana@x.org ${ana.line}\nana@x.org ${rsa.line}\n`;

  test("as ssh-keygen takes them: lists of keys", () => {
    for (const [revoked, expected] of [
      ["", true],
      ["# none\n\n", true],
      [`${ben.line} ben's\n`, true],
      [`# ana's\n${ana.line}\r\n`, false],
      [`  ${ana.line} comment`, false],
    ] as const) {
      expect([revoked, theirs({ allowed: allowed(), revoked })]).toEqual([revoked, expected]);
      expect([revoked, ours({ allowed: allowed(), revoked }) === null]).toEqual([revoked, expected]);
    }
  });

  test("as ssh-keygen takes them: revocation lists by key and by fingerprint", () => {
    const lists: readonly (readonly [string, boolean])[] = [
      [`key: ${ana.line}\n`, false],
      [`sha1: ${ana.line}\n`, false],
      [`sha256: ${ana.line}\n`, false],
      [`key: ${ben.line}\nsha256: ${rsa.line}\n`, true],
    ];
    for (const [spec, expected] of lists) {
      const revoked = revocationList(spec);
      expect([spec, theirs({ allowed: allowed(), revoked })]).toEqual([spec, expected]);
      expect([spec, ours({ allowed: allowed(), revoked }) === null]).toEqual([spec, expected]);
    }
    // Certificates are revoked in it too, and keys beside them.
    const revoked = revocationList(`serial: 1-9\nid: old\nkey: ${ana.line}\n`, "-s", `${ben.file}.pub`);
    expect(ours({ allowed: allowed(), revoked })).toMatch(/is revoked by revoked_keys$/);
  });

  test("a list in doubt: no key counts", () => {
    const whole = revocationList(`key: ${ben.line}\nsha256: ${rsa.line}\n`);
    expect(ours({ allowed: allowed(), revoked: whole })).toBeNull();
    for (let length = 8; length < whole.length; length++) {
      const revoked = whole.subarray(0, length);
      // Where a section ends, what is left is a list of its own.
      const [mine, other] = [
        ours({ allowed: allowed(), revoked }) === null,
        length % 16 === 0 && theirs({ allowed: allowed(), revoked }),
      ];
      if (other === false && length % 16 === 0) expect([length, mine]).toEqual([length, false]);
      if (mine) expect([length, theirs({ allowed: allowed(), revoked })]).toEqual([length, true]);
    }
    for (const [revoked, expected] of [
      ["ana@x.org\n", /^revoked_keys, line 1, is not a public key, so it is not known which keys are revoked$/],
      [
        `\n${ben.line.replace("ssh-ed25519", "ssh-rsa")}\n`,
        /^revoked_keys, line 2, is not a public key of the kind it says/,
      ],
    ] as const)
      expect(ours({ allowed: allowed(), revoked })).toMatch(expected);
  });

  test("a list that asks for what is not known, is not whole or is too large: no key counts", () => {
    const list = (type: number, section: Uint8Array): Uint8Array =>
      Buffer.concat([
        Buffer.from("SSHKRL\n\0"),
        sshUint32(1),
        Buffer.alloc(24),
        sshString(""),
        sshString(""),
        Uint8Array.of(type),
        sshString(section),
      ]);
    const extension = (critical: number): Uint8Array =>
      list(255, Buffer.concat([sshString("new@x.org"), Uint8Array.of(critical), sshString("")]));
    const certificates = (critical: number): Uint8Array => {
      const inner = Buffer.concat([sshString("new@x.org"), Uint8Array.of(critical), sshString("")]);
      return list(1, Buffer.concat([sshString(""), sshString(""), Uint8Array.of(0x39), sshString(inner)]));
    };
    const tried = (revoked: Uint8Array): string | null => ours({ allowed: allowed(), revoked });
    expect(tried(extension(0))).toBeNull();
    expect(tried(extension(1))).toContain("asks for new@x.org, which opsc does not know");
    expect(tried(certificates(0))).toBeNull();
    expect(tried(certificates(1))).toContain("asks for new@x.org, which opsc does not know");
    expect(tried(list(3, sshString(Buffer.alloc(20))))).toBeNull();
    expect(tried(list(3, sshString(Buffer.alloc(19))))).toContain("is not whole");
    expect(tried(list(5, sshString(Buffer.alloc(20))))).toContain("is not whole");
    expect(tried(list(4, new Uint8Array()))).toContain("holds a signature");
    expect(tried(list(7, new Uint8Array()))).toContain("a section of the kind 7");
    expect(tried(Buffer.alloc(16 * 1024 * 1024 + 1, 10))).toContain("is too large for a list of keys");
  });

  test("reading never throws, whatever the bytes", () => {
    const head = Buffer.from("SSHKRL\n\0");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, krl) => {
        const revoked = krl ? Buffer.concat([head, bytes]) : bytes;
        expect(["string", "object"]).toContain(typeof ours({ allowed: allowed(), revoked }));
      }),
      { numRuns: 300 },
    );
    const whole = Buffer.from(revocationList(`key: ${ben.line}\nsha256: ${rsa.line}\n`));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const revoked = Buffer.from(whole);
        revoked[at] = (revoked[at] ?? 0) ^ flip;
        ours({ allowed: allowed(), revoked });
      }),
      { numRuns: 300 },
    );
  });
});

test("a key is of one name where it may sign for that alone, now, and the name is written out", () => {
  const NOW = Date.parse("2026-11-21T09:14:00Z");
  const of = (written: string, revoked: string | null = null): string | null => {
    const ring = keyringOf({
      allowedSigners: { path: "allowed_signers", text: file(written) },
      revoked: revoked === null ? null : { path: "revoked_keys", bytes: Buffer.from(file(revoked)) },
    });
    const [signer] = readAllowedSigners(file("x KEY\n")).signers;
    return signer === undefined ? null : ring.nameOf(signer.key, NOW);
  };
  expect(of("ana@x.org KEY\nben@x.org OTHER\n")).toBe("ana@x.org");
  expect(of("ana@x.org,ANA@x.org KEY\nana@x.org KEY\n")).toBe("ana@x.org");
  expect(of('ana@x.org valid-before="20200101Z" KEY\nana@x.org KEY\n')).toBe("ana@x.org");
  for (const none of [
    "ben@x.org OTHER\n",
    "ana@x.org,ben@x.org KEY\n",
    "ana@x.org KEY\nben@x.org KEY\n",
    'ana@x.org KEY\nben@x.org valid-before="20200101Z" KEY\n',
    "*@x.org KEY\n",
    "ana@x.org,*@x.org KEY\n",
    "ana@x.org,!ana@x.org KEY\n",
    'ana@x.org valid-before="20200101Z" KEY\n',
    'ana@x.org valid-after="20300101Z" KEY\n',
  ])
    expect(of(none), none).toBeNull();
  expect(of("ana@x.org KEY\n", "KEY\n")).toBeNull();
  expect(of("ana@x.org KEY\n", "OTHER\n")).toBe("ana@x.org");
});

describe("persons", () => {
  const person = (written: string): ((name: string) => string) =>
    keyringOf({ allowedSigners: { path: "allowed_signers", text: file(written) }, revoked: null }).personOf;

  test("names that share a key are one, and so are those linked by others", () => {
    const of = person(`ana@x.org,ana@y.org KEY\nana@y.org OTHER\ncarl@x.org OTHER\ndora@x.org ${rsa.line}\n`);
    const one = ["ana@x.org", "ANA@x.org ", "ana@y.org", "carl@x.org"].map(of);
    expect(new Set(one).size).toBe(1);
    expect(new Set([...one, of("dora@x.org"), of("eve@x.org"), of("finn@x.org")]).size).toBe(4);
  });

  test("a key for many names makes all of them one", () => {
    const of = person("ana@x.org KEY\n*@x.org OTHER\n");
    expect(of("ana@x.org")).toBe(of("whoever@x.org"));
    expect(of("ana@x.org")).not.toBe(of("ana@y.org"));
    const barred = person("ana@x.org KEY\n*@x.org,!ana@x.org OTHER\n");
    expect(barred("ana@x.org")).not.toBe(barred("ben@x.org"));
    // Where two patterns meet, whoever has the one may speak for a name of the other.
    const met = person("ana@* KEY\n*@x.org OTHER\n");
    expect(met("ana@y.org")).toBe(met("ben@x.org"));
  });

  test("where there are too many patterns to compare, whoever has one is taken to be everybody else who has", () => {
    const many = (count: number) =>
      person(Array.from({ length: count }, (_, i) => `team-${i}-*@x.org ${i === 0 ? "OTHER" : "KEY"}\n`).join(""));
    const few = many(20);
    expect(few("team-0-a@x.org")).not.toBe(few("team-1-a@x.org"));
    const most = many(600);
    expect(most("team-0-a@x.org")).toBe(most("team-1-a@x.org"));
    expect(most("team-0-a@x.org")).not.toBe(most("zoe@x.org"));
  });

  test("keys that have run out still tie names together", () => {
    const of = person('ana@x.org KEY\nold@x.org valid-before="20200101Z" KEY\n');
    expect(of("ana@x.org")).toBe(of("old@x.org"));
  });

  test("it hangs on no order, and not on which names were asked before", () => {
    const names = ["a", "b", "c", "d", "*", "?", "a*", "!a", "!b", "*d"];
    const rows = fc.array(
      fc.tuple(
        fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
        fc.constantFrom("KEY", "OTHER", "RSA"),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(rows, fc.shuffledSubarray(["a", "b", "c", "d", "ad", "xd"], { minLength: 6 }), (lines, asked) => {
        const text = (all: typeof lines): string =>
          all
            .map(([who, key]) => `${who.join(",")} ${key}`)
            .join("\n")
            .replaceAll("RSA", rsa.line);
        const [there, back] = [person(text(lines)), person(text([...lines].reverse()))];
        for (const name of asked) there(name);
        for (const one of asked)
          for (const other of asked) expect(there(one) === there(other)).toBe(back(one) === back(other));
      }),
      { numRuns: 200 },
    );
  });
});

describe("patterns", () => {
  const pattern = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 6 }).map((each) => each.join(""));
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 }).map((each) => each.join(""));
  const regex = (written: string): RegExp => new RegExp(`^${written.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");

  test("as the regular expression it stands for", () => {
    fc.assert(
      fc.property(text, pattern, (given, wanted) => matches(given, wanted) === regex(wanted).test(given)),
      { numRuns: 500 },
    );
  });

  test("two meet if and only if a text matches both", () => {
    const texts = [""];
    for (let from = 0; from < texts.length && texts.length < 3 ** 6; from++)
      for (const letter of ["a", "b", "c"]) texts.push(`${texts[from]}${letter}`);
    const short = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 3 }).map((each) => each.join(""));
    fc.assert(
      fc.property(short, short, (one, other) => {
        const both = texts.some((each) => regex(one).test(each) && regex(other).test(each));
        expect([one, other, meet(one, other)]).toEqual([one, other, both]);
      }),
      { numRuns: 300 },
    );
  });
});

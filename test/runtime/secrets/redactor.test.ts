/** Secrets are removed however they are written, wrapped and cut into pieces, and nothing else is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MASK, Redactor } from "../../../runtime/secrets/redactor.ts";
import { processorTime } from "../../tools/processor-time.ts";

function knowing(...secrets: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.learn(secret);
  return redactor;
}

const utf8 = new TextEncoder();
const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const grouped = (secret: string, bytes: number, between: string): string =>
  (
    Buffer.from(secret)
      .toString("hex")
      .match(new RegExp(`.{1,${bytes * 2}}`, "g")) ?? []
  ).join(between);

/** By the book (RFC 4648, section 6): five bits for each letter, the last filled up with noughts. */
function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five.padEnd(5, "0"), 2)])
    .join("");
}

/** The ways in which a canary is written, by name; each as bytes. */
const WAYS: { readonly [name: string]: (secret: string) => Uint8Array } = {
  raw: (s) => utf8.encode(s),
  json: (s) => utf8.encode(JSON.stringify(s)),
  "json in json": (s) => utf8.encode(JSON.stringify(JSON.stringify(s))),
  base64: (s) => utf8.encode(Buffer.from(s).toString("base64")),
  "base64, shifted": (s) => utf8.encode(Buffer.from(`x${s}y`).toString("base64")),
  "base64, shifted again": (s) => utf8.encode(Buffer.from(`xx${s}yy`).toString("base64")),
  base64url: (s) => utf8.encode(Buffer.from(`user:${s}`).toString("base64url")),
  hex: (s) => utf8.encode(Buffer.from(s).toString("hex")),
  HEX: (s) => utf8.encode(Buffer.from(s).toString("hex").toUpperCase()),
  "hex, in groups": (s) => utf8.encode(grouped(s, 1, " ")),
  "hex, in words": (s) => utf8.encode(grouped(s, 2, " ")),
  "hex, with colons": (s) => utf8.encode(grouped(s, 1, ":").toUpperCase()),
  "hex, as bytes of a program": (s) => utf8.encode(grouped(s, 1, ", ").replace(/../, "0x$&").replaceAll(", ", ", 0x")),
  "hex, as escapes": (s) => utf8.encode(`\\x${grouped(s, 1, "\\x")}`),
  "hex, as od has it": (s) => utf8.encode(grouped(s, 1, " ").replace(/.{48}/g, "$&\n ")),
  base32: (s) => utf8.encode(base32(s)),
  "base32, shifted": (s) => utf8.encode(base32(`xyz${s}z`)),
  "base32, in small letters": (s) => utf8.encode(base32(`x${s}zz`).toLowerCase()),
  "json in base64": (s) => utf8.encode(Buffer.from(JSON.stringify({ s })).toString("base64")),
  "utf-16 in base64": (s) => utf8.encode(Buffer.from(`echo ${s}`, "utf16le").toString("base64")),
  "utf-8 that is read as latin-1": (s) => utf8.encode(Buffer.from(s).toString("latin1")),
  "url in a url": (s) => utf8.encode(encodeURIComponent(encodeURIComponent(s))),
  url: (s) => utf8.encode(`?t=${encodeURIComponent(s)}&`),
  form: (s) => utf8.encode(new URLSearchParams({ t: s }).toString()),
  shell: (s) => utf8.encode(`'${s.replaceAll("'", "'\\''")}'`),
  html: (s) =>
    utf8.encode(
      s
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#39;"),
    ),
  "utf-16": (s) => Buffer.from(s, "utf16le"),
  "utf-16, the other way round": (s) => Buffer.from(s, "utf16le").swap16(),
};

/** Ways in which the whole of it is to be found again, were it not removed. */
const decoded = (way: string, secret: string): string => shown(WAYS[way]?.(secret) ?? new Uint8Array());

const secrets = fc
  .oneof(
    fc.string({ minLength: 12, maxLength: 60, unit: "grapheme-ascii" }),
    fc.string({ minLength: 12, maxLength: 40, unit: "grapheme" }),
    fc.string({ minLength: 12, maxLength: 40, unit: fc.constantFrom(..."aZ09+/=&<>'\"\\ %$`é漢🎈") }),
  )
  .map((text) => text.toWellFormed())
  .filter((text) => text.replace(/[\r\n\t ]/g, "").length >= 12);

describe("a secret is removed", () => {
  test.each(Object.keys(WAYS))("%s", (way) => {
    const around = fc.string({ maxLength: 30, unit: fc.constantFrom("#", " ", ":", "\n") });
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const written = decoded(way, secret);
        const bytes = Buffer.from(`${before}${written}${after}`, "latin1");
        const clean = shown(knowing(secret).bytes(bytes));
        expect(clean).toContain(Buffer.from(MASK).toString("latin1"));
        // What is left of it are parts of single bytes at its ends, as base64 has them.
        const middle = Math.floor(written.length / 2);
        expect(clean).not.toContain(written.slice(middle - 5, middle + 5));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["latin-1", Buffer.from(`it's/"secret"/\u00e9&<1>`, "latin1")],
    ["json of PHP", `it's\\/\\"secret\\"\\/\u00e9&<1>`],
    ["json of Python", `it's/\\"secret\\"/\\u00e9&<1>`],
    ["json of Go", `it's/\\"secret\\"/\u00e9\\u0026\\u003c1\\u003e`],
    ["url, in small letters", "it's%2f%22secret%22%2f%c3%a9%26%3c1%3e"],
    ["url of Python", "it%27s/%22secret%22/%C3%A9%26%3C1%3E"],
    ["shell, in other quotes", `it'"'"'s/"secret"/\u00e9&<1>`],
    ["shell, in double quotes", `it's/\\"secret\\"/\u00e9&<1>`],
    ["shell, each by itself", `it\\'s/\\"secret\\"/\\\u00e9\\&\\<1\\>`],
    ["html", `it&#39;s/&quot;secret&quot;/\u00e9&amp;&lt;1&gt;`],
    ["html of Python", `it&#x27;s/&quot;secret&quot;/\u00e9&amp;&lt;1&gt;`],
    ["html of Go", `it&#39;s/&#34;secret&#34;/\u00e9&amp;&lt;1&gt;`],
    ["xml", `it&apos;s/&quot;secret&quot;/\u00e9&amp;&lt;1&gt;`],
  ])("as %s", (_, written) => {
    const redactor = knowing(`it's/"secret"/\u00e9&<1>`);
    expect(shown(redactor.bytes(Buffer.concat([Buffer.from("a "), Buffer.from(written), Buffer.from(" b")])))).toBe(
      shown(Buffer.from(`a ${MASK} b`)),
    );
  });

  test("where its encoding is wrapped, as mail and kubectl and openssl do, and indented", () => {
    const secret = "correct horse battery staple & co";
    const base64 = Buffer.from(`the user:${secret}, and more`).toString("base64");
    for (const width of [1, 4, 7, 20]) {
      for (const end of ["\n", "\r\n", "\n    ", "\n\t"]) {
        const wrapped = base64.replace(new RegExp(`.{${width}}`, "g"), (line) => `${line}${end}`);
        const clean = knowing(secret).text(wrapped).replace(/\s/g, "");
        expect(Buffer.from(clean.replaceAll(MASK, ""), "base64").toString()).not.toContain("horse");
        expect(clean).toContain(MASK);
      }
    }
  });

  test("of several lines, whole, wrapped otherwise, and each line alone", () => {
    const lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "Ki0wggSpAgEAAoIBAQC7VJTUt9Us8cKj"];
    const secret = `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
    const redactor = knowing(secret);
    expect(redactor.text(`key: ${secret}.`)).toBe(`key: ${MASK}\n.`);
    expect(redactor.text(JSON.stringify({ key: secret }))).toBe(`{"key":"${MASK}\\n"}`);
    expect(redactor.text(`in line 2: ${lines[0]}, and -----BEGIN PRIVATE KEY-----`)).toBe(
      `in line 2: ${MASK}, and -----BEGIN PRIVATE KEY-----`,
    );
    expect(redactor.text(secret.replaceAll("\n", "\r\n    "))).toContain(MASK);
    expect(redactor.text(lines.join("\\n"))).toBe(`${MASK}\\n${MASK}`);
  });

  test("in the names and values of data, and data without one is the very same", () => {
    const redactor = knowing("hunter2-hunter2");
    const before = { plain: [1, "x", null], "is hunter2-hunter2": { deep: ["a hunter2-hunter2 b"] } };
    expect(redactor.value(before)).toEqual({ plain: [1, "x", null], "is ‹secret›": { deep: ["a ‹secret› b"] } });
    const other = { a: [{ b: "c" }], __proto__x: "y" };
    expect(redactor.value(other)).toBe(other);
  });

  test("without the blanks at its ends, which shells take away", () => {
    const redactor = knowing("  hunter2 hunter2 \n", "\thunter3-hunter3");
    expect(redactor.text("[hunter2 hunter2] hunter3-hunter3")).toBe(`[${MASK}] ${MASK}`);
    expect(redactor.text(Buffer.from("hunter2 hunter2").toString("base64"))).toContain(MASK);
    expect(knowing(" ".repeat(12)).text(`a${" ".repeat(12)}b`)).toBe(`a${" ".repeat(12)}b`);
  });

  test("the password in a URL, as it is written there and as it is meant", () => {
    const redactor = knowing("postgres://app:s3cret%2Fword@db.example.com:5432/ledger");
    expect(redactor.text("s3cret/word s3cret%2Fword of app at db.example.com:5432/ledger")).toBe(
      `${MASK} ${MASK} of app at db.example.com:5432/ledger`,
    );
    expect(redactor.text(Buffer.from("app:s3cret/word").toString("base64"))).not.toContain("czNjcmV0");
    const odd = knowing("amqp://app:100%25%@mq.example.com/", "https://example.com/me@work-and-home");
    expect(odd.text("app mq.example.com work-and-home")).toBe("app mq.example.com work-and-home");
    // One that is too short to be told from words is not.
    expect(knowing("smtp://app:word@mail.example.com").text("a word of mail.example.com")).toBe(
      "a word of mail.example.com",
    );
  });

  test("the fields of JSON that are named as secrets, and lines of a key within", () => {
    const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    const key = {
      type: "service_account_of",
      private_key: `-----BEGIN KEY-----\n${line}\n-----END KEY-----\n`,
      token_uri: "short",
    };
    const redactor = knowing(JSON.stringify({ login: { ...key, user: "billing-app", password: "hunter2-hunter2" } }));
    expect(redactor.text(`service_account_of billing-app hunter2-hunter2 ${line} short`)).toBe(
      `service_account_of billing-app ${MASK} ${MASK} short`,
    );
    expect(knowing("{ no json: hunter2 }").text("hunter2")).toBe("hunter2");
    expect(knowing(`${"[".repeat(100_000)}`).text("a")).toBe("a");
    expect(knowing(`{"a":${'{"a":'.repeat(5000)}"x"${"}".repeat(5000)}}`).text("a")).toBe("a");
  });

  test("where it stands thousands of times, in digits too", () => {
    const secret = "aaaaaaaa";
    expect(knowing(secret).text("61 ".repeat(300_000))).toBe(`${MASK} `);
  });

  test("the longer of two, and two that overlap", () => {
    expect(knowing("hunter2-more", "hunter2").text("hunter2-more, hunter2")).toBe(`${MASK}, ${MASK}`);
    expect(knowing("abcdefgh", "efghijkl").text("-abcdefghijkl-")).toBe(`-${MASK}-`);
    expect(knowing("aaaaaaaa").text("-aaaaaaaaaaaaaaaaaaa-")).toBe(`-${MASK}-`);
  });
});

describe("nothing else is removed", () => {
  test("text without it is the very same", () => {
    const [one, none] = [knowing("a secret that nobody writes"), new Redactor()];
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(one.text(text)).toBe(text);
        expect(none.text(text)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test("digits that are others, or too few", () => {
    const redactor = knowing("hunter2-hunter2");
    for (const text of [
      "sha256:9fa7895f110666e8757bbe1c7e8f3938d98030a136e68e6bdfc310790598392d",
      "68 75 6e 74 65 72 32 2d 68 75 6e 74 65 72",
      "added: face, bed, 2026-11-28 11:20:28",
      "68 75 6e 74 65 72 32 2d|68 75 6e 74 65 72 32",
    ])
      expect(redactor.text(text)).toBe(text);
  });

  test("words too short to be told from others, and half a secret", () => {
    expect(knowing("on", "true", "12345").text("turned on: true 12345")).toBe("turned on: true 12345");
    expect(knowing("correct horse").text("correct hors")).toBe("correct hors");
  });

  test("what is around stays to the byte, line breaks among it", () => {
    const redactor = knowing("secret-value-1");
    expect(redactor.text("a\n  secret-value-1\n  b\r\n\r\nsecret-va\nlue-1 c")).toBe(
      `a\n  ${MASK}\n  b\r\n\r\n${MASK} c`,
    );
  });
});

describe("in pieces", () => {
  const pieces = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
    const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
    return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
  };

  test("the outcome is that of the whole, wherever it is cut", () => {
    const word = fc.constantFrom(
      "aaaaaaaa",
      "aaaaaaaab",
      "secret-1",
      "secret-12",
      "cret",
      "a",
      "\n",
      "\n  ",
      "se",
      "\r",
      "é",
      "61 ",
      "6161",
      "0x61",
      "\\x61",
      "0",
      "x",
      ":",
    );
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), (written, cuts) => {
        const redactor = knowing("aaaaaaaa", "secret-12", "cretaaaa\nse");
        const stream = redactor.stream();
        const bytes = utf8.encode(written);
        const out = [...pieces(bytes, cuts).map((each) => stream.push(each)), stream.end()];
        expect(Buffer.concat(out).toString()).toBe(Buffer.from(redactor.bytes(bytes)).toString());
      }),
      { numRuns: 500 },
    );
  });

  test("a line break within, and a digit that may be none", () => {
    for (const [first, second] of [
      ["aa\naaaaaaa", ""],
      ["61,61,61,61,61,61,61,0", "x61"],
      ["0x61,0x61,0x61,0x61,0x61,0x61,0x61,0", "x61"],
    ]) {
      const stream = knowing("aaaaaaaa").stream();
      const out = [stream.push(utf8.encode(first)), stream.push(utf8.encode(second)), stream.end()];
      expect(Buffer.concat(out).toString()).toMatch(/^(0x)?‹secret›$/);
    }
  });

  test("letters of base64 that are partly its own go with it, and no others", () => {
    const redactor = knowing("secret-1");
    for (const [before, after] of [
      ["", ""],
      ["u", ":"],
      ["us", ":x"],
      ["use", ":xy"],
    ]) {
      const clean = redactor.text(Buffer.from(`${before}secret-1${after}`).toString("base64"));
      const [left = "", right = ""] = clean.replaceAll("=", "").split(MASK);
      expect(Buffer.from(left, "base64").toString()).toBe((before ?? "").slice(0, Math.floor((left.length * 6) / 8)));
      expect(left.length).toBe(Math.floor(((before ?? "").length * 8) / 6));
      const rest = Math.ceil((((before ?? "").length + 8) * 8) / 6);
      expect(rest + right.length).toBe(Math.ceil((((before ?? "").length + 8 + (after ?? "").length) * 8) / 6));
    }
  });

  test("what holds no beginning of a secret is handed on at once", () => {
    const stream = knowing("correct horse").stream();
    expect(shown(stream.push(utf8.encode("progress: 10%")))).toBe("progress: 10%");
    expect(shown(stream.push(utf8.encode(" corr")))).toBe(" ");
    expect(shown(stream.push(utf8.encode("ode")))).toBe("corrode");
    expect(shown(stream.end())).toBe("");
  });

  test("what is held is bounded, whatever comes", () => {
    const stream = knowing("a".repeat(40)).stream();
    const chunk = utf8.encode("a".repeat(1000));
    let out = 0;
    for (let i = 0; i < 200; i++) out += stream.push(chunk).length;
    out += stream.end().length;
    expect(out).toBe(Buffer.from(MASK).length);
  });
});

test("a hundred megabytes are gone through in a moment", () => {
  const redactor = new Redactor();
  for (let i = 0; i < 20; i++)
    redactor.learn(
      `secret number ${i}: ${Buffer.from(String(i * 7919))
        .toString("hex")
        .repeat(3)}`,
    );
  const line = "2026-11-28T11:20:28Z info  request served in 12 ms, status 200, path /v1/things/12345\n";
  const chunk = utf8.encode(line.repeat(12_000));
  const stream = redactor.stream();
  stream.push(chunk);
  // Of the processor: others may have it most of the time.
  const spent = processorTime();
  let size = 0;
  for (let i = 0; i < 30; i++) {
    stream.push(chunk);
    size += chunk.length;
  }
  const perSecond = size / 1e6 / (spent() / 1000);
  // Ten times as fast on a machine that does nothing else.
  expect(perSecond).toBeGreaterThan(20);
  if (process.env.SHOW === "1") console.error(`${perSecond.toFixed(0)} MB/s`);
});

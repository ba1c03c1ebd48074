/** What stands for a secret: where it is put in, where it is not, and what a provider may answer in its place. */
import { expect, test } from "vitest";
import type { Value } from "../../../compiler/ir/expr.ts";
import { asSource, markIn, parseSource, type SecretSource, showSource } from "../../../compiler/secret.ts";
import { callProvider } from "../../../runtime/provider/call.ts";
import {
  DefinitionError,
  defineProvider,
  keptAt,
  keptSecret,
  operation,
  secret,
  z,
} from "../../../runtime/provider/kit.ts";
import { withhold } from "../../../runtime/provider/withhold.ts";
import { SecretFault } from "../../../runtime/secrets/fault.ts";
import { Redactor } from "../../../runtime/secrets/redactor.ts";
import { sealBy } from "../../../runtime/store/seal.ts";
import { invocation, options } from "../../providers/helpers/world.ts";

const seen: unknown[] = [];
const provider = (answer: unknown = {}) =>
  defineProvider({
    name: "box",
    version: "1.0.0",
    doc: "A box.",
    config: z.object({ key: secret(z.string()).optional(), plain: z.record(z.string(), z.string()).optional() }),
    operations: {
      put: operation({
        doc: "Puts.",
        params: z.object({
          one: secret(z.string()).optional(),
          many: z.array(z.record(z.string(), secret(z.string()))).optional(),
          some: z.object({ user: z.string(), word: secret(z.string()) }).optional(),
          any: z.record(z.string(), z.string()).optional(),
        }),
        result: z.object({ made: keptSecret().optional(), shown: secret(z.string()).optional() }),
        effect: "write",
        resource: "box",
        repeat: "idempotent",
        run: (args, ctx) => {
          seen.push({ args, config: ctx.config });
          return answer as never;
        },
      }),
    },
  });

const secrets = { redactor: new Redactor(), read: async (mark: Value) => `value of ${JSON.stringify(mark)}` };
const put = (args: { [name: string]: Value }, config: { [name: string]: Value } = {}, answer?: unknown) =>
  callProvider(provider(answer), "run", invocation("put", args, config), options("/", { secrets }));

const mark = { $secret: "main.ops#token" };

test("it is put in where a secret is wanted, and nowhere else", async () => {
  const args = {
    one: mark,
    many: [{ a: mark, b: "plain text" }],
    some: { user: "ana", word: mark },
    any: { $secret: "x" },
  };
  expect(await put(args, { key: mark, plain: { $secret: "y" } })).toMatchObject({ ok: true });
  const value = 'value of "main.ops#token"';
  expect(seen.at(-1)).toEqual({
    args: {
      one: value,
      many: [{ a: value, b: "plain text" }],
      some: { user: "ana", word: value },
      any: { $secret: "x" },
    },
    config: { key: value, plain: { $secret: "y" } },
  });
});

test("without anything that reads it, the call is refused and not made", async () => {
  const before = seen.length;
  const result = await callProvider(provider(), "run", invocation("put", { one: mark }), options("/"));
  expect(result).toMatchObject({
    ok: false,
    failure: { kind: "refused", message: expect.stringContaining("needs a secret") },
  });
  expect(seen.length).toBe(before);
});

test("a place in Vault is what a provider may answer, and stays; all else is withheld", async () => {
  const kept = keptAt("secret/app", "password", 3);
  expect(kept).toEqual({ $secret: { from: "vault", path: "secret/app", field: "password", version: 3 } });
  expect(await put({}, {}, { made: kept, shown: "hunter2-hunter2" })).toMatchObject({
    ok: true,
    value: { made: kept, shown: null },
  });
  for (const other of [
    "hunter2-hunter2",
    { $secret: { from: "exec", argv: ["sh"] } },
    { $secret: { from: "file", path: "/etc/shadow" } },
    { $secret: "main.ops#token" },
    { $secret: { from: "vault", path: "a", field: "b", more: "c" } },
  ]) {
    const result = await put({}, {}, { made: other });
    expect(result.ok ? result.value : null).toBeNull();
    if (!result.ok) expect(result.failure.message).not.toContain("hunter2");
  }
});

test.each([
  [() => secret(z.record(z.string(), z.string())), /a secret that is handed over is text/],
  [() => z.array(secret(z.int())), /a secret that is handed over is text/],
  [() => keptSecret(), /`keptSecret` is for results/],
])("a parameter whose secret could be told from no mark is a mistake of its author", (schema, why) => {
  const define = () =>
    defineProvider({
      name: "box",
      version: "1.0.0",
      doc: "A box.",
      operations: {
        put: operation({
          doc: "Puts.",
          params: z.object({ one: schema() }),
          result: z.object({}),
          effect: "write",
          resource: "box",
          repeat: "idempotent",
          run: () => ({}),
        }),
      },
    });
  expect(define).toThrow(DefinitionError);
  expect(define).toThrow(why);
});

test("a source is written and read the same", () => {
  const sources: SecretSource[] = [
    { from: "env", name: "A_1" },
    { from: "file", path: "./a #b@c" },
    { from: "vault", path: "kv/a b", field: "c" },
    { from: "vault", path: "kv/a", field: "c@d", version: 12 },
    { from: "exec", argv: ["pass", "show", 'a "b"', ""] },
  ];
  for (const source of sources) {
    expect(parseSource(showSource(source))).toEqual(source);
    expect(asSource(JSON.parse(JSON.stringify(source)))).toEqual(source);
  }
  expect(parseSource("@exec:pass show a")).toEqual({ from: "exec", argv: ["pass", "show", "a"] });
  for (const wrong of ["@env:", "@env:A-B", "@vault:a", "@vault:#b", "@exec:[", '@exec:[""]', "@http:x", "x"])
    expect(parseSource(wrong)).toBeNull();
  for (const wrong of [
    null,
    "a",
    [],
    { from: "env" },
    { from: "env", name: "A", more: 1 },
    { from: "env", name: "" },
    { from: "file", path: "" },
    { from: "exec", argv: ["a"], more: 1 },
    { from: "exec", argv: ["a", 1] },
    { from: "exec", argv: [] },
    { from: "vault", path: "a", field: "b", version: 1.5 },
    { from: "vault", path: "a", field: "b", version: 0 },
  ])
    expect(asSource(wrong)).toBeNull();
});

test("a mark has one field and nothing beside it, and what it says is no secret", async () => {
  expect(markIn({ $secret: "a" })).toBe("a");
  for (const none of [{ $secret: "a", b: 1 }, { $secret: null }, {}, ["$secret"], "$secret", null])
    expect(markIn(none)).toBeNull();
  const told = await put({ one: mark }, {}, { shown: 1 });
  expect(told).toMatchObject({ ok: false });
  expect(secrets.redactor.text("main.ops#token")).toBe("main.ops#token");
});

test("a reference where no kept secret is promised is withheld like any other", () => {
  const type = { kind: "secret", of: { kind: "string" } } as const;
  const reference: Value = JSON.parse(JSON.stringify(keptAt("a", "b")));
  expect(withhold(reference, type)).toBeNull();
  expect(withhold(reference, { ...type, kept: true })).toEqual(reference);
});

test("what is given as text where a setting is secret is one", async () => {
  const given = { key: "hunter5-hunter5" };
  expect(await put({}, given, { shown: "x", other: "hunter5-hunter5" })).toMatchObject({ ok: true });
  expect(secrets.redactor.text("hunter5-hunter5")).toBe("‹secret›");
});

test("a secret that may be there later makes a failure that may pass", async () => {
  for (const retryable of [true, false]) {
    const read = async () => {
      throw new SecretFault("it is away", "look for it", { retryable });
    };
    const call = { ...secrets, read };
    const result = await callProvider(
      provider(),
      "run",
      invocation("put", { one: mark }),
      options("/", { secrets: call }),
    );
    expect(result).toMatchObject({
      ok: false,
      failure: { kind: "refused", message: "it is away; look for it", retryable },
    });
  }
});

test("what undo needs is sealed, and opened by its key alone", () => {
  const bytes = new TextEncoder().encode('{"content":"hunter2-hunter2"}');
  const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const sealed = sealBy(() => a).close(bytes);
  expect(Buffer.from(sealed).includes("hunter2")).toBe(false);
  expect(sealBy(() => a).close(bytes)).not.toEqual(sealed);
  expect(sealBy(() => a).open(sealed)).toEqual(bytes);
  expect(sealBy(() => a).open(bytes)).toBe(bytes);
  const broken = { name: "StoreError", fault: "broken", message: "it is damaged, or was sealed with another key" };
  expect(() => sealBy(() => b).open(sealed)).toThrow(expect.objectContaining(broken));
  for (let at = 14; at < sealed.length; at++)
    expect(() => sealBy(() => a).open(sealed.map((byte, index) => (index === at ? byte ^ 1 : byte)))).toThrow(
      expect.objectContaining(broken),
    );
  for (const length of [14, 20, 26, 41, sealed.length - 1])
    expect(() => sealBy(() => a).open(sealed.subarray(0, length))).toThrow(expect.objectContaining(broken));
  expect(() => sealBy(() => null).close(bytes)).toThrow("the key that seals what undo needs");
  expect(() => sealBy(() => null).open(sealed)).toThrow("the key that seals what undo needs");
});

test("the key is made by what seals, never by what opens, which it could not", () => {
  const asked: boolean[] = [];
  const one = sealBy((create) => {
    asked.push(create);
    return create ? new Uint8Array(32) : null;
  });
  expect(() => one.open(sealBy(() => new Uint8Array(32)).close(new Uint8Array(1)))).toThrow("is not there");
  one.close(new Uint8Array(1));
  expect(asked).toEqual([false, true]);
});

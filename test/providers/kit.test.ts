import { describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import { showType } from "../../compiler/types/type.ts";
import {
  asProviderError,
  defineProvider,
  duration,
  identity,
  json,
  type Operation,
  operation,
  ProviderError,
  type ProviderSpec,
  percent,
  secret,
  size,
  Template,
  template,
  url,
  z,
} from "../../runtime/provider/kit.ts";
import { paramOf, typeOf } from "../../runtime/provider/zod-types.ts";
import { host, invocation } from "./helpers/world.ts";

describe("types from schemas", () => {
  test.each([
    [z.string().min(1), "string"],
    [z.int(), "int"],
    [z.number().int().max(5), "int"],
    [z.number(), "decimal"],
    [z.boolean(), "bool"],
    [z.url(), "url"],
    [z.iso.date(), "date"],
    [z.iso.datetime(), "time"],
    [z.literal("a"), '"a"'],
    [z.enum(["blue", "green"]), '"blue" | "green"'],
    [z.literal(["a", null]), '"a"?'],
    [z.union([z.literal(1), z.enum(["x"]), z.null()]), '(1 | "x")?'],
    [z.array(z.int()).min(1), "list<int>"],
    [z.record(z.string(), z.boolean()), "map<bool>"],
    [z.object({ a: z.string(), b: z.int().optional(), c: z.int().nullable() }), "{ a: string, b?: int, c: int? }"],
    [z.strictObject({}), "{}"],
    [z.string().nullish(), "string?"],
    [duration(), "duration"],
    [size().max(10).describe("bounded"), "size"],
    [percent(), "percent"],
    [url(), "url"],
    [identity(), "identity"],
    [json(), "json"],
    [secret(z.string()), "secret<string>"],
    [secret(url()).describe("where"), "secret<url>"],
    [z.array(secret(z.string())).optional(), "list<secret<string>>?"],
    [z.string().refine((text) => text !== "no"), "string"],
  ])("%# gives %s", (schema, shown) => {
    expect(showType(typeOf(schema, "here"))).toBe(shown);
  });

  test.each([
    [z.date(), /here: z\.date\(\) has no counterpart in the language; pass a time as text/],
    [z.any(), /use `json\(\)`/],
    [z.tuple([z.string()]), /z\.object` with named fields/],
    [z.string().transform((text) => text.length), /transform in `run`/],
    [z.union([z.string(), z.int()]), /a union may hold literals/],
    [z.record(z.enum(["a"]), z.int()), /the keys of a map are texts/],
    [z.looseObject({}), /the fields it names and no others/],
    [z.object({ a: z.array(z.bigint()) }), /here\.a\[\]: z\.bigint/],
    [z.literal(1n), /a literal of type bigint/],
    [template("sql"), /here: a template is a parameter by itself/],
    [z.array(template("sql")), /here\[\]: a template is a parameter by itself/],
  ])("%# is refused with what to use instead", (schema, words) => {
    expect(() => typeOf(schema, "here")).toThrow(words);
  });

  test("parameters: defaults, what may be left out, templates, documentation", () => {
    expect(paramOf("a", z.int().default(3).describe("How many."), "here")).toMatchObject({
      required: false,
      default: 3,
      doc: "How many.",
      type: { kind: "int" },
    });
    expect(paramOf("a", z.string().describe("Inner.").optional(), "here")).toMatchObject({
      required: false,
      default: null,
      doc: "Inner.",
      type: { kind: "optional" },
    });
    expect(paramOf("a", z.string().nullable(), "here")).toMatchObject({ required: true, type: { kind: "optional" } });
    expect(paramOf("a", template("shell").optional(), "here")).toMatchObject({ template: "shell", required: false });
    expect(paramOf("a", template("shell"), "here")).toMatchObject({ type: { kind: "string" }, required: true });
    expect(() => paramOf("a", template("sql").default(new Template(["1"], [])), "here")).toThrow(/no default/);
    expect(() => paramOf("a", z.int().default(3).optional(), "here")).toThrow(/`\.optional\(\)` says nothing/);
  });
});

const fields = { doc: "Does it.", effect: "write", resource: "thing:{name}", repeat: "idempotent" } as const;
const params = z.object({ name: z.string().describe("Which.") });
const base = { ...fields, params, result: z.object({}), run: () => ({}) };
const provider = (it: Operation, more: Partial<ProviderSpec> = {}) =>
  defineProvider({ name: "sample", version: "1.0.0", doc: "A sample.", operations: { it }, ...more });

describe("a declaration that is wrong", () => {
  const config = z.object({ a: z.string() });
  test.each<[string, () => unknown, RegExp]>([
    [
      "a template as a setting",
      () => provider(operation(base), { config: z.object({ sql: template("sql") }) }),
      /setting `sql`: a template is a parameter/,
    ],
    [
      "a template in a resource",
      () => provider(operation({ ...base, params: z.object({ name: template("sql") }) })),
      /`\{name\}` in its resource is code/,
    ],
    [
      "an unsupported parameter",
      () => provider(operation({ ...base, params: z.object({ name: z.string(), when: z.date() }) })),
      /^operation sample\.it, parameter `when`: z\.date\(\)/,
    ],
    [
      "an unsupported result",
      () => provider(operation({ ...base, result: z.unknown() })),
      /^operation sample\.it, result: z\.unknown\(\)/,
    ],
    [
      "a hole that is no parameter",
      () => provider(operation({ ...base, resource: "thing:{nmae}" })),
      /`\{nmae\}` in its resource is none of its parameters/,
    ],
    [
      "a secret in a resource",
      () => provider(operation({ ...base, params: z.object({ name: secret(z.string()) }) })),
      /`\{name\}` in its resource is a secret/,
    ],
    [
      "a secret setting in a resource",
      () =>
        provider(operation({ ...base, resource: "thing:{name from key}", params: z.object({ name: z.string() }) }), {
          config: z.object({ key: secret(z.string()) }),
        }),
      /`key` in its resource is a secret/,
    ],
    [
      "a list in a resource",
      () => provider(operation({ ...base, params: z.object({ name: z.array(z.string()) }) })),
      /not plain text or a number/,
    ],
    [
      "a hole that may be empty",
      () => provider(operation({ ...base, params: z.object({ name: z.string().optional() }) })),
      /always given/,
    ],
    ["no resource", () => provider(operation({ ...base, resource: "" })), /needs a `resource`/],
    [
      "a read that undoes",
      () => provider(operation({ ...base, effect: "read", undo: { capture: () => null, restore: () => {} } })),
      /a read changes nothing/,
    ],
    [
      "a read that cannot be repeated",
      () => provider(operation({ ...base, effect: "read", repeat: "once" })),
      /a read can always be repeated/,
    ],
    [
      "a preview that is public when nothing says so",
      () =>
        provider(
          operation({ ...base, preview: () => ({ summary: "", diff: null }), previewIs: { publicWhen: "name" } }),
        ),
      /`publicWhen` names `name`, no yes-or-no parameter/,
    ],
    ["previewIs alone", () => provider(operation({ ...base, previewIs: "public" })), /`previewIs` without a `preview`/],
    [
      "another config",
      () => provider(operation({ ...base, config }), { config: z.object({ a: z.string() }) }),
      /another schema than the provider's/,
    ],
    ["a name in camelCase", () => provider(operation(base), { name: "mySample" }), /`mySample` is no name/],
    [
      "a parameter in camelCase",
      () => provider(operation({ ...base, params: z.object({ name: z.string(), toWhom: z.string() }) })),
      /`toWhom` is no name/,
    ],
    [
      "a literal that cannot be",
      () => provider(operation({ ...base, resultWhen: [{ param: "name", is: true, result: z.object({}) }] })),
      /with a value it never has/,
    ],
  ])("%s", (_, define, words) => {
    expect(define).toThrow(words);
  });
});

describe("a call", () => {
  test("the code sees left-out arguments as undefined and defaults filled in, also of config", async () => {
    const config = z.object({ region: z.string().default("eu"), zone: z.string().optional() });
    const seen: unknown[] = [];
    const it = operation({
      ...base,
      config,
      params: params.extend({
        size: z.int().optional(),
        more: z.object({ tag: z.string().optional(), note: z.string().nullable() }),
        times: z.int().default(2),
      }),
      run(args, ctx) {
        seen.push(args, ctx.config, ctx.key);
        return {};
      },
    });
    await provider(it, { config }).run(
      invocation("it", { name: "a", size: null, more: { tag: null, note: null } }, { zone: null }),
      host("/"),
    );
    expect(seen).toEqual([{ name: "a", more: { note: null }, times: 2 }, { region: "eu" }, "key-1"]);
  });

  test("a result has every field of its type, null where the code left it out, and no others", async () => {
    const result = z.object({
      a: z.string().optional(),
      list: z.array(z.object({ b: z.int().optional() })),
      c: z.int().nullable(),
    });
    const it = operation({ ...base, result, run: () => ({ list: [{}, { b: 1, extra: 2 }], c: null, extra: 1 }) });
    expect(await provider(it).run(invocation("it", { name: "a" }), host("/"))).toEqual({
      a: null,
      list: [{ b: null }, { b: 1 }],
      c: null,
    });
  });

  const failing = async (it: Operation): Promise<ProviderError> => {
    try {
      await provider(it).run(invocation("it", { name: "a" }), host("/"));
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
    throw new Error("it did not fail");
  };

  test("a result of another shape is the provider's fault, and names the field", async () => {
    const it = operation({
      ...base,
      result: z.object({ hosts: z.array(z.object({ port: z.int() })) }),
      run: () => JSON.parse('{ "hosts": [{ "port": "80" }] }'),
    });
    const error = await failing(it);
    expect(error.message).toBe(
      "provider fault in sample.it: `hosts[0].port` of the result must be a number. Report it to the provider's author.",
    );
    expect(error.retryable).toBe(false);
  });

  test("what is thrown by mistake is a fault, without a stack", async () => {
    const error = await failing(
      operation({
        ...base,
        run: () => {
          throw new TypeError("x is not a function");
        },
      }),
    );
    expect(error.message).toBe("provider fault in sample.it: x is not a function. Report it to the provider's author.");
    expect(error.retryable).toBe(false);
  });

  test("what the provider says itself is passed on, also from another copy of the kit", async () => {
    const own = new ProviderError("the queue is full", { retryable: true });
    expect(await failing(operation({ ...base, run: () => Promise.reject(own) }))).toBe(own);
    const foreign = Object.assign(new Error("the queue is full"), { name: "ProviderError", retryable: true });
    expect(await failing(operation({ ...base, run: () => Promise.reject(foreign) }))).toMatchObject({
      message: "the queue is full",
      retryable: true,
    });
    const lost = Object.assign(new Error("the line went dead"), {
      name: "ProviderError",
      retryable: true,
      unknown: true,
    });
    expect(asProviderError(lost)).toMatchObject({ message: "the line went dead", retryable: true, unknown: true });
    expect(asProviderError(foreign)).toMatchObject({ unknown: false });
  });

  test("an operation that does not exist, and an undo that is not offered", async () => {
    const sample = provider(operation(base));
    await expect(sample.run(invocation("nope", {}), host("/"))).rejects.toThrow(
      "sample has no operation `nope`. It has it.",
    );
    await expect(sample.undo(invocation("it", { name: "a" }), null, host("/"))).rejects.toThrow(/cannot undo/);
    expect(await sample.preview(invocation("it", { name: "a" }), host("/"))).toBeNull();
  });

  test("a template arrives as text and values, which only `join` puts together", async () => {
    const seen: Template[] = [];
    const it = operation({
      ...base,
      params: params.extend({ sql: template("sql"), more: template("sql").optional() }),
      run({ sql, more }) {
        seen.push(sql, ...(more === undefined ? [] : [more]));
        return {};
      },
    });
    const holes = { parts: ["a = ", " and b = ", ""], holes: ["it's", 3] };
    const run = (sql: Value, more: Value) => provider(it).run(invocation("it", { name: "a", sql, more }), host("/"));
    await run({ $template: holes }, null);
    await run("select 1", "select 2");
    expect(seen.map(({ parts, values }) => [parts, values])).toEqual([
      [holes.parts, holes.holes],
      [["select 1"], []],
      [["select 2"], []],
    ]);
    expect(seen[0]?.join((value, index, before) => `<${value} ${index} ${before.length}>`)).toBe(
      "a = <it's 0 4> and b = <3 1 23>",
    );
    const wrong = [
      { $template: { parts: ["a"], holes: ["b"] } },
      { $template: { parts: ["", ""], holes: [{}] } },
      3,
      {},
    ];
    for (const value of wrong) await expect(run(value, null)).rejects.toThrow("argument `sql` must be text with holes");
    expect(() => new Template(["a"], ["b"])).toThrow(RangeError);
  });

  test("refusals quote no value: it may be a secret", async () => {
    const it = operation({
      ...base,
      params: params.extend({ token: secret(z.string().min(30)), kind: z.enum(["a", "b"]) }),
    });
    const call = invocation("it", { name: "a", token: "hunter2", kind: "hunter3" });
    await expect(provider(it).run(call, host("/"))).rejects.toThrow(
      /^sample\.it: argument `token` must be at least 30 characters long; argument `kind` must be "a" or "b"$/,
    );
  });
});

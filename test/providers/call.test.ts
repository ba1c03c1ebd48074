import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import type { Type } from "../../compiler/types/type.ts";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Provider } from "../../runtime/provider/contract.ts";
import { type Context, defineProvider, operation, ProviderError, secret, z } from "../../runtime/provider/kit.ts";
import { copyValue } from "../../runtime/provider/value.ts";
import { withhold } from "../../runtime/provider/withhold.ts";
import { invocation, options } from "./helpers/world.ts";

const params = z.object({ token: secret(z.string()).default("none") });
const of = (run: (args: { token: string }, ctx: Context) => unknown): Provider =>
  defineProvider({
    name: "sample",
    version: "1.0.0",
    doc: "A sample.",
    operations: {
      it: operation({
        doc: "Does it.",
        params,
        result: z.object({ seen: z.string(), made: secret(z.string()) }).nullable(),
        effect: "write",
        resource: "x",
        repeat: "once",
        run: async (args, ctx) => JSON.parse(JSON.stringify((await run(args, ctx)) ?? null)),
      }),
    },
  });

const call = (
  provider: Provider,
  more: Parameters<typeof options>[1] = {},
  args: { readonly [name: string]: Value } = {},
) => callProvider(provider, "run", invocation("it", args), options("/", more));

describe("time", () => {
  test("a provider that heeds the signal ends at the deadline", async () => {
    const result = await call(
      of((_, ctx) => sleep(60_000, null, { signal: ctx.signal })),
      { timeoutMs: 30 },
    );
    expect(result).toEqual({
      ok: false,
      failure: {
        kind: "timeout",
        message: "it took longer than 0.03 s: sample.it was stopped before it ended",
        retryable: true,
      },
      output: null,
    });
  });

  test("one that does not is left behind, and that is said", async () => {
    const result = await call(
      of(() => sleep(1_000, null, { ref: false })),
      { timeoutMs: 20, graceMs: 30 },
    );
    expect(result).toMatchObject({
      ok: false,
      failure: {
        kind: "timeout",
        message: expect.stringMatching(/did not stop within 0.03 s. It may still be acting/),
      },
    });
  });

  test("what it answers within the grace is believed", async () => {
    const provider = of(async (_, ctx) => {
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      return { seen: "done all the same", made: "" };
    });
    expect(await call(provider, { timeoutMs: 20 })).toMatchObject({ ok: true, value: { seen: "done all the same" } });
  });

  test("after that it can record no process and write no output", async () => {
    const late = Promise.withResolvers<unknown>();
    const recorded: unknown[] = [];
    const provider = of(async (_, ctx) => {
      await sleep(100, null, { ref: false });
      ctx.output(Uint8Array.of(1));
      ctx.processStarted({ pid: 1, group: 1, started: "x" }).then(late.resolve, late.resolve);
      return null;
    });
    const result = await call(provider, {
      timeoutMs: 10,
      graceMs: 10,
      processStarted: async (process) => void recorded.push(process),
    });
    expect(result).toMatchObject({ ok: false, output: null });
    expect(await late.promise).toMatchObject({ message: expect.stringMatching(/the call is over/) });
    expect(recorded).toEqual([]);
  });

  test("a run that is stopped stops the call; one stopped before never calls", async () => {
    const stop = new AbortController();
    const running = call(
      of((_, ctx) => sleep(60_000, null, { signal: ctx.signal })),
      { signal: stop.signal },
    );
    stop.abort();
    expect(await running).toMatchObject({
      ok: false,
      failure: { kind: "timeout", message: expect.stringMatching(/^the run was stopped/) },
    });
    let called = false;
    const never = await call(
      of(() => {
        called = true;
      }),
      { signal: stop.signal },
    );
    expect(never).toMatchObject({ ok: false, failure: { kind: "refused" } });
    expect(called).toBe(false);
  });
});

describe("secrets", () => {
  test("of a result never leave the call", async () => {
    expect(await call(of(() => ({ seen: "a", made: "hunter2" })))).toEqual({
      ok: true,
      value: { seen: "a", made: null },
      output: null,
    });
  });

  test("of the arguments are masked in messages and output, in the usual encodings too", async () => {
    const provider = of(({ token }, ctx) => {
      ctx.output(new TextEncoder().encode(`using ${token} and ${Buffer.from(token).toString("base64")}`));
      throw new ProviderError(`401 for ?t=${encodeURIComponent(token)}`, { retryable: false });
    });
    const result = await call(provider, {}, { token: "hunter 2&3" });
    expect(result).toMatchObject({ ok: false, failure: { message: "401 for ?t=‹secret›" } });
    expect(new TextDecoder().decode(result.output ?? new Uint8Array())).toBe("using ‹secret› and ‹secret›==");
  });

  test("what may have been the beginning of one is in the output after all", async () => {
    const provider = of(({ token }, ctx) => ctx.output(new TextEncoder().encode(`ends with ${token.slice(0, 6)}`)));
    const result = await call(provider, {}, { token: "hunter2-hunter2" });
    expect(new TextDecoder().decode(result.output ?? new Uint8Array())).toBe("ends with hunter");
  });

  test("whatever the value is, nothing of a secret type is left of it", () => {
    const secretType: Type = { kind: "secret", of: { kind: "string" } };
    const type: Type = {
      kind: "record",
      fields: [
        { name: "a", type: { kind: "list", of: { kind: "map", of: secretType } }, optional: false, doc: null },
        {
          name: "b",
          type: {
            kind: "optional",
            of: { kind: "record", fields: [{ name: "c", type: secretType, optional: false, doc: null }] },
          },
          optional: false,
          doc: null,
        },
        { name: "d", type: { kind: "union", of: [secretType, { kind: "int" }] }, optional: false, doc: null },
      ],
    };
    const leaf = fc.constantFrom("hunter2", null, 1);
    const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "c", "d", "x"), tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(value, (any) => {
        expect(JSON.stringify(withhold(copyValue(any), type))).not.toMatch(/hunter2/);
      }),
    );
  });
});

describe("the boundary", () => {
  test("what the provider is given is a frozen copy", async () => {
    const kept: { readonly [name: string]: Value } = Object.freeze({ list: [1] });
    const seen: unknown[] = [];
    const raw: Provider = {
      manifest: of(() => null).manifest,
      run: async (given) => {
        seen.push(given.args === kept, Object.isFrozen(given.args), Object.isFrozen(given.args.list));
        return null;
      },
      preview: async () => null,
      capture: async () => null,
      undo: async () => {},
    };
    await callProvider(raw, "run", { ...invocation("it", {}), args: kept }, options("/"));
    expect(seen).toEqual([false, true, true]);
  });

  test.each([
    [new Date(0), /is a Date, not plain data/],
    [{ a: [Number.NaN] }, /a\[0\] is NaN/],
    [{ f: () => 1 }, /f is a function/],
    [10n, /is a bigint/],
    ["x".repeat(9 * 1024 * 1024), /larger than 8 MiB/],
  ])("%# cannot cross it", (value, words) => {
    expect(() => {
      try {
        copyValue(value);
      } catch (error) {
        throw error instanceof Error && "path" in error ? new Error(`${error.path} ${error.message}`) : error;
      }
    }).toThrow(words);
  });

  test("a cycle cannot cross it", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => copyValue(cycle)).toThrow(/holds itself/);
  });

  test("JSON crosses it unchanged, `__proto__` and all", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(copyValue(JSON.parse(text)))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(JSON.stringify(copyValue(JSON.parse('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}');
  });

  test("output is bounded, and counted where it was cut", async () => {
    const provider = of((_, ctx) => {
      for (let i = 0; i < 100; i += 1) ctx.output(new Uint8Array(1_000).fill(97));
    });
    const result = await call(provider, { outputLimit: 10 });
    expect(new TextDecoder().decode(result.output ?? new Uint8Array())).toBe("aaaaa\n… 99990 bytes left out …\naaaaa");
  });

  test("an operation the provider does not have is refused", async () => {
    expect(
      await callProvider(
        of(() => null),
        "run",
        invocation("toString", {}),
        options("/"),
      ),
    ).toMatchObject({ ok: false, failure: { kind: "refused" } });
  });
});

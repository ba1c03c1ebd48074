/** What every provider must keep to. A provider's test calls `providerContract` with one case for each operation. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import { parseManifest } from "../../compiler/manifest.schema.ts";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Invocation, Provider } from "../../runtime/provider/contract.ts";
import { manifestText } from "../../runtime/provider/load.ts";
import { invocation, options } from "./helpers/world.ts";

export interface World {
  readonly directory: string;
  /** All that the provider's operations could change, as data to compare. */
  look(): Promise<unknown>;
  close(): Promise<void>;
}

export interface OperationCase<W extends World> {
  /** Arguments that work in a fresh world. */
  readonly good: (world: W) => Invocation["args"];
  /** Arguments of the wrong type, and the words that must be in the refusal. */
  readonly wrong: readonly (readonly [Invocation["args"], RegExp])[];
  /** Arguments of a call that would take minutes; null for an operation that cannot; "either" for a brief one that may be over first, or not. */
  readonly slow: ((world: W) => Invocation["args"]) | null | "either";
}

export interface ContractOptions<W extends World> {
  readonly provider: Provider;
  readonly config?: (world: W) => Invocation["config"];
  setUp(): Promise<W>;
  readonly cases: { readonly [operation: string]: OperationCase<W> };
}

const GOLDEN = path.join(import.meta.dirname, "../golden/manifest");

async function golden(name: string, text: string): Promise<string> {
  const file = path.join(GOLDEN, `${name}.json`);
  if (process.env.UPDATE_GOLDEN === "1") {
    await mkdir(GOLDEN, { recursive: true });
    await writeFile(file, text);
  }
  return readFile(file, "utf8");
}

/** Words of the schema library, which a person should never meet. */
const JARGON = /Invalid input|received|ZodError|undefined|\[object/;

export function providerContract<W extends World>(given: ContractOptions<W>): void {
  const { provider, cases } = given;
  const { manifest } = provider;
  let world: W;
  beforeEach(async () => {
    world = await given.setUp();
  });
  afterEach(async () => {
    await world.close();
  });
  const call = (operation: string, args: Invocation["args"]): Invocation =>
    invocation(operation, args, given.config?.(world) ?? {});
  const good = (operation: string): Invocation => call(operation, cases[operation]?.good(world) ?? {});
  const run = (operation: string) => callProvider(provider, "run", good(operation), options(world.directory));
  const capture = async (operation: string): Promise<Value> => {
    const result = await callProvider(provider, "capture", good(operation), options(world.directory));
    if (!result.ok) throw new Error(result.failure.message);
    return result.value;
  };
  const undo = (operation: string, captured: Value) =>
    callProvider(provider, "undo", good(operation), options(world.directory, { captured }));

  describe(`${manifest.name} keeps the contract of providers`, () => {
    test("its manifest is the one recorded, and reads back", async () => {
      expect(manifestText(manifest)).toBe(await golden(manifest.name, manifestText(manifest)));
      expect(parseManifest(JSON.parse(manifestText(manifest)))).toEqual({ value: manifest, problems: [] });
    });

    test("every operation has a case here", () => {
      expect(Object.keys(cases).sort()).toEqual(Object.keys(manifest.operations));
    });
  });

  describe.each(Object.entries(manifest.operations))(`${manifest.name}.%s`, (name, operation) => {
    test("documents itself and its parameters", () => {
      expect(operation.doc).not.toBe("");
      expect(operation.params.filter((param) => param.doc === "").map((param) => param.name)).toEqual([]);
    });

    test("works with good arguments", async () => {
      expect(await run(name)).toMatchObject({ ok: true });
    });

    test("refuses wrong arguments in plain words", async () => {
      const required = operation.params.find((param) => param.required);
      const missing = Object.fromEntries(Object.entries(good(name).args).filter(([key]) => key !== required?.name));
      const wrong: readonly (readonly [Invocation["args"], RegExp])[] = [
        [{ ...good(name).args, surprise: 1 }, /there is no argument `surprise`/],
        ...(required === undefined
          ? []
          : [[missing, new RegExp(`argument \`${required.name}\` missing: it must be`)] as const]),
        ...(cases[name]?.wrong ?? []),
      ];
      const before = await world.look();
      for (const [args, words] of wrong) {
        const result = await callProvider(provider, "run", call(name, args), options(world.directory));
        expect(result, JSON.stringify(result)).toMatchObject({
          ok: false,
          failure: { kind: "error", retryable: false },
        });
        if (result.ok) continue;
        expect(result.failure.message).toMatch(words);
        expect(result.failure.message).not.toMatch(JARGON);
      }
      expect(await world.look()).toEqual(before);
    });

    test("ends in time when it is stopped", async () => {
      const slow = cases[name]?.slow;
      const stop = new AbortController();
      const args = typeof slow === "function" ? slow(world) : good(name).args;
      const running = callProvider(
        provider,
        "run",
        call(name, args),
        options(world.directory, { signal: stop.signal, timeoutMs: 60_000 }),
      );
      setTimeout(() => stop.abort(), 100);
      const result = await running;
      if (slow === null) expect(result).toMatchObject({ ok: true });
      else if (slow !== "either" || !result.ok)
        expect(result).toMatchObject({
          ok: false,
          failure: { kind: "timeout", message: expect.not.stringMatching(/did not stop/) },
        });
    });

    if (operation.preview !== "none") {
      test("previews without changing anything, and the same again", async () => {
        const before = await world.look();
        const result = await callProvider(provider, "preview", good(name), options(world.directory));
        expect(result).toMatchObject({ ok: true, value: { summary: expect.stringMatching(/./) } });
        expect(await world.look()).toEqual(before);
        // A run asks once more, and takes another answer for another world.
        expect(await callProvider(provider, "preview", good(name), options(world.directory))).toEqual(result);
      });

      test("previews no change once it is done", async () => {
        await run(name);
        const result = await callProvider(provider, "preview", good(name), options(world.directory));
        expect(result).toMatchObject({ ok: true, value: { summary: "no change", diff: null } });
      });
    }

    if (operation.undo) {
      test("undoes what it did, and may do so twice", async () => {
        const before = await world.look();
        const captured = await capture(name);
        await run(name);
        expect(await world.look()).not.toEqual(before);
        expect(await undo(name, captured)).toMatchObject({ ok: true });
        expect(await undo(name, captured)).toMatchObject({ ok: true });
        expect(await world.look()).toEqual(before);
      });

      test("undoing what never happened is harmless", async () => {
        const before = await world.look();
        expect(await undo(name, await capture(name))).toMatchObject({ ok: true });
        expect(await world.look()).toEqual(before);
      });
    }

    if (operation.repeat === "idempotent") {
      test("may be repeated", async () => {
        await run(name);
        const once = await world.look();
        expect(await run(name)).toMatchObject({ ok: true });
        expect(await world.look()).toEqual(once);
      });
    }

    if (operation.effect === "read") {
      test("changes nothing", async () => {
        const before = await world.look();
        await run(name);
        expect(await world.look()).toEqual(before);
      });
    }
  });
}

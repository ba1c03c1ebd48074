/** Feature flags in a JSON file, `{ "dark_mode": true }`, as a provider for opsc. */
import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { defineProvider, operation, ProviderError, z } from "opsc/provider";

const config = z.object({
  file: z.string().default("flags.json").describe("The file, from the project's directory."),
});

const flagsSchema = z.record(z.string(), z.boolean());
const flag = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, "a name in snake_case")
  .describe("Name of the flag.");

/** @typedef {import("opsc/provider").Context<{ file: string }>} Context */

/**
 * @param {Context} ctx
 * @returns {Promise<Record<string, boolean>>}
 */
async function readFlags(ctx) {
  const text = await readFile(path.resolve(ctx.directory, ctx.config.file), "utf8").catch((error) => {
    if (error.code === "ENOENT") return "{}";
    throw new ProviderError(`cannot read ${ctx.config.file}: ${error.message}`, { retryable: false });
  });
  try {
    return flagsSchema.parse(JSON.parse(text));
  } catch {
    throw new ProviderError(`${ctx.config.file} is not an object of flags, each true or false. Correct it.`, {
      retryable: false,
    });
  }
}

/**
 * Writes beside the file and renames, so that a reader never sees half of it.
 * @param {Context} ctx
 * @param {Record<string, boolean>} flags
 */
async function writeFlags(ctx, flags) {
  const file = path.resolve(ctx.directory, ctx.config.file);
  const temporary = `${file}.${randomUUID()}.tmp`;
  const sorted = Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(temporary, file);
}

/** @param {boolean | null | undefined} value */
const word = (value) => (value === undefined || value === null ? "not set" : value ? "on" : "off");

const get = operation({
  doc: "Says whether a flag is on.",
  config,
  params: z.object({ name: flag }),
  result: z.object({ on: z.boolean().nullable().describe("`none` where it is not set.") }),
  effect: "read",
  resource: "flag:{name}",
  repeat: "idempotent",
  run: async ({ name }, ctx) => ({ on: (await readFlags(ctx))[name] ?? null }),
});

const set = operation({
  doc: "Turns a flag on or off.",
  config,
  params: z.object({ name: flag, on: z.boolean().describe("Whether it is to be on.") }),
  result: z.object({ changed: z.boolean().describe("false where it was so already.") }),
  effect: "write",
  resource: "flag:{name}",
  repeat: "idempotent",
  atomic: true,
  previewIs: "public",
  async run({ name, on }, ctx) {
    const flags = await readFlags(ctx);
    if (flags[name] === on) return { changed: false };
    await writeFlags(ctx, { ...flags, [name]: on });
    return { changed: true };
  },
  async preview({ name, on }, ctx) {
    const before = (await readFlags(ctx))[name];
    if (before === on) return { summary: "no change", diff: null };
    return { summary: `${name}: ${word(before)} → ${word(on)}`, diff: null };
  },
  undo: {
    capture: async ({ name }, ctx) => ({ before: (await readFlags(ctx))[name] ?? null }),
    async restore({ name }, { before }, ctx) {
      const { [name]: now, ...others } = await readFlags(ctx);
      if ((now ?? null) === before) return;
      await writeFlags(ctx, before === null ? others : { ...others, [name]: before });
    },
  },
});

export default defineProvider({
  name: "flags",
  version: "1.0.0",
  doc: "Feature flags in a JSON file.",
  config,
  operations: { get, set },
});

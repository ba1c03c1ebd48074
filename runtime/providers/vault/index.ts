/** Vault: secrets that are made where they are kept, so that nobody ever sees them on the way. */
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  type Context,
  defineProvider,
  keptAt,
  keptSecret,
  operation,
  ProviderError,
  secret,
  z,
} from "../../provider/kit.ts";
import { SecretFault } from "../../secrets/fault.ts";
import { VaultClient } from "../../secrets/vault.ts";

const config = z.object({
  address: z
    .string()
    .describe("Such as https://vault.example.com:8200: the Vault that `secrets.vault` of opsc.config.json names, too."),
  token: secret(z.string()).describe("What it is let in with."),
  namespace: z.string().optional().describe("Of Vault Enterprise."),
  ca: z.string().optional().describe("File with the certificates of its authority, PEM, from the project's directory."),
});
type Ctx = Context<z.output<typeof config>>;

const TIMEOUT = 15_000;
/** Neither quotes nor what shells and URLs read otherwise: such a password is the same wherever it is written. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Field that tells what made a version: the key of the call, so that undo takes back what that call wrote and nothing else. */
const MADE_BY = "opsc_key";

const refuse = (what: string, retryable = false): ProviderError => new ProviderError(what, { retryable });

/** A client, and the store that holds `at`. Rejects with `ProviderError`. */
async function using<T>(
  ctx: Ctx,
  at: string,
  use: (vault: VaultClient, store: { readonly mount: string; readonly name: string }) => Promise<T>,
): Promise<T> {
  const { address, token, namespace, ca } = ctx.config;
  try {
    const pem = ca === undefined ? null : await readFile(path.resolve(ctx.directory, ca), "utf8").catch(() => null);
    if (ca !== undefined && pem === null) throw refuse("`ca` cannot be read: name a file of certificates in PEM form");
    const vault = new VaultClient({
      address,
      namespace: namespace ?? null,
      ca: pem,
      timeoutMs: TIMEOUT,
      login: { by: "token", token: async () => token },
    });
    const mount = await vault.mountOf(at, ctx.signal);
    if (mount?.versioned !== true)
      throw refuse(
        `${at} is in no versioned key-value store (kv-v2) that this token may ask about: without versions nothing could be put back`,
      );
    return await use(vault, { mount: mount.path, name: at.slice(mount.path.length) });
  } catch (error) {
    if (error instanceof SecretFault) {
      const { message, remedy, retryable, unknown } = error;
      const lost = unknown ? "; whether it was written is not known" : "";
      throw new ProviderError(`${message}${lost}: ${remedy}`, { retryable, unknown, cause: error });
    }
    throw error;
  }
}

const at = z
  .string()
  .min(1)
  .describe("As `vault kv get` takes it, beginning with the store's own: `secret/ledger/app`.");
const field = z.string().min(1).default("password").describe("The field that holds it.");
const RESOURCE = "vault:{path}";

/** A version as it is kept; null where that is deleted or was never there. */
async function versionOf(vault: VaultClient, place: string, version: number, ctx: Ctx) {
  return version < 1 ? null : ((await vault.document(place, version, ctx.signal))?.data ?? null);
}

/** Whether this very call made that version, in an attempt of which nobody heard. */
async function isMine(vault: VaultClient, place: string, version: number, ctx: Ctx): Promise<boolean> {
  if (ctx.key === null) return false;
  return (await versionOf(vault, place, version, ctx))?.[MADE_BY] === ctx.key;
}

const version = operation({
  doc: "Which version of a secret is the newest, and which fields it has. Values are not read out.",
  config,
  params: z.object({ path: at }),
  result: z.object({ version: z.int().describe("0: there is none."), fields: z.array(z.string()) }),
  effect: "read",
  resource: RESOURCE,
  repeat: "idempotent",
  run: (args, ctx) =>
    using(ctx, args.path, async (vault) => {
      const newest = (await vault.versionAt(args.path, ctx.signal)) ?? 0;
      const fields = await versionOf(vault, args.path, newest, ctx);
      return {
        version: newest,
        fields: Object.keys(fields ?? {})
          .filter((name) => name !== MADE_BY)
          .sort(),
      };
    }),
});

const generate = operation({
  doc: "Makes a password and keeps it in Vault, as a new version. What comes back says where it is; the password itself stays there.",
  config,
  params: z.object({
    path: at,
    field,
    length: z.int().min(16).max(256).default(32).describe("Characters: letters and digits."),
    beside: z
      .record(z.string(), z.string())
      .default({})
      .describe("Other fields of the version, no secrets: `{ username: … }`."),
  }),
  result: z.object({
    password: keptSecret(),
    path: z.string(),
    field: z.string(),
    version: z.int().describe("The version that was made."),
  }),
  effect: "write",
  resource: RESOURCE,
  repeat: "keyed",
  atomic: true,
  previewIs: "public",
  run: (args, ctx) =>
    using(ctx, args.path, async (vault) => {
      if (Object.hasOwn(args.beside, args.field) || Object.hasOwn(args.beside, MADE_BY))
        throw refuse(`\`beside\` names ${args.field} or ${MADE_BY}, which are set by themselves`);
      const password = Array.from({ length: args.length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
      const before = (await vault.versionAt(args.path, ctx.signal)) ?? 0;
      const answer = (made: number) => ({
        password: keptAt(args.path, args.field, made),
        path: args.path,
        field: args.field,
        version: made,
      });
      if (await isMine(vault, args.path, before, ctx)) return answer(before);
      const mine = ctx.key === null ? {} : { [MADE_BY]: ctx.key };
      // Only if nobody else has written in between: two passwords for one login would be one too many.
      const made = await vault.write(
        args.path,
        { ...args.beside, ...mine, [args.field]: password },
        before,
        ctx.signal,
      );
      if (made === null) throw refuse("Vault did not say which version it made");
      return answer(made);
    }),
  preview: (args, ctx) =>
    using(ctx, args.path, async (vault) => {
      const before = (await vault.versionAt(args.path, ctx.signal)) ?? 0;
      if (await isMine(vault, args.path, before, ctx)) return { summary: "no change", diff: null };
      return { summary: `${args.path}: version ${before} → ${before + 1}, a new ${args.field}`, diff: null };
    }),
  undo: {
    capture: (args, ctx) =>
      using(ctx, args.path, async (vault) => {
        const before = (await vault.versionAt(args.path, ctx.signal)) ?? 0;
        return { before, there: (await versionOf(vault, args.path, before, ctx)) !== null, key: ctx.key };
      }),
    restore: (args, { before, there, key }, ctx) =>
      using(ctx, args.path, async (vault, { mount, name }) => {
        const newest = (await vault.versionAt(args.path, ctx.signal)) ?? 0;
        const mine: number[] = [];
        for (let each = newest; each > before; each -= 1) {
          const fields = await versionOf(vault, args.path, each, ctx);
          if (key !== null && fields?.[MADE_BY] === key) mine.push(each);
        }
        if (mine.length === 0) return;
        // What somebody wrote since stays the newest; else what was the newest is written again, as `vault kv rollback` does.
        if (there && mine.includes(newest)) {
          const former = await versionOf(vault, args.path, before, ctx);
          if (former === null)
            throw refuse(
              `version ${before} of ${args.path}, which was the newest, is not there any more, so it cannot be put back: write what it held by hand, then destroy version ${mine.join(", ")}`,
            );
          await vault.write(args.path, former, newest, ctx.signal);
        }
        await vault.call("PUT", `${mount}destroy/${name}`, { versions: mine }, ctx.signal);
      }),
  },
});

const destroy = operation({
  doc: "Destroys versions of a secret for good. Those that are gone already are no error.",
  config,
  params: z.object({ path: at, versions: z.array(z.int().min(1)).min(1).describe("Which.") }),
  result: z.object({}),
  effect: "destroy",
  resource: RESOURCE,
  repeat: "idempotent",
  atomic: true,
  run: (args, ctx) =>
    using(ctx, args.path, async (vault, { mount, name }) => {
      await vault.call("PUT", `${mount}destroy/${name}`, { versions: args.versions }, ctx.signal);
      return {};
    }),
});

export default defineProvider({
  name: "vault",
  version: "1.0.0",
  doc: "Vault: secrets that are made where they are kept.",
  config,
  operations: { version, generate, destroy },
});

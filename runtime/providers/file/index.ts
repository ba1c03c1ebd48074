/** Text files and symbolic links of this host. */
import { createHash } from "node:crypto";
import { readlink } from "node:fs/promises";
import path from "node:path";
import { count, edits, linesOf, unifiedDiff } from "../../../compiler/text-diff.ts";
import { type Context, defineProvider, operation, type Preview, ProviderError, secret, z } from "../../provider/kit.ts";
import {
  asText,
  behindLinks,
  codeOf,
  inWords,
  readBytes,
  refuse,
  removeFile,
  replaceFile,
  replaceLink,
  restoreState,
  SIZE_LIMIT,
  type State,
  stateOf,
} from "./disk.ts";

const pathParam = z.string().min(1).describe("From the project's directory, or absolute.");
const modeParam = z
  .string()
  .regex(/^0?[0-7]{3,4}$/, "permissions as `chmod` takes them, such as 0640")
  .optional()
  .describe("Permissions as `chmod` takes them, such as `0640`. Left out, those it has are kept.");
const publicParam = z
  .boolean()
  .default(false)
  .describe("What the file holds is no secret: the plan keeps what changes in it, for all who see the plan.");

const at = (file: string, ctx: Context): string => {
  if (file.includes("\0")) throw refuse("`path` holds a NUL character, which no path can.");
  return path.resolve(ctx.directory, file);
};
const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const octal = (mode: number): string => mode.toString(8).padStart(4, "0");
const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;

const read = operation({
  doc: "Reads a text file of at most 1 MiB. One that is not there is no error.",
  params: z.object({ path: pathParam }),
  result: z.object({
    exists: z.boolean(),
    content: z.string().nullable().describe("`none` where there is no file."),
    sha256: z.string().nullable().describe("In hex; `none` where there is no file."),
  }),
  effect: "read",
  resource: "file:{path}",
  repeat: "idempotent",
  async run(args, ctx) {
    try {
      const opened = await readBytes(await behindLinks(at(args.path, ctx), args.path), args.path);
      if (opened === null) return { exists: false, content: null, sha256: null };
      return { exists: true, content: asText(opened.bytes, args.path), sha256: sha256(opened.bytes) };
    } catch (error) {
      throw inWords(error, "read", args.path);
    }
  },
});

interface Wanted {
  readonly path: string;
  readonly content: string;
  readonly mode?: string | undefined;
}

/** What of a file is not as wanted. */
function differs(before: State, wanted: Wanted): { readonly content: boolean; readonly mode: boolean } {
  if (before.is !== "file") return { content: true, mode: false };
  const mode = wanted.mode === undefined ? before.mode : Number.parseInt(wanted.mode, 8);
  return { content: before.content !== wanted.content, mode: before.mode !== mode };
}

function writePreview(before: State, wanted: Wanted): Preview {
  const { content, mode } = differs(before, wanted);
  if (before.is !== "file") {
    const lines = plural(linesOf(wanted.content).length, "line");
    return { summary: `create ${wanted.path}, ${lines}`, diff: unifiedDiff(wanted.path, null, wanted.content) };
  }
  if (!content && !mode) return { summary: "no change", diff: null };
  const { added, removed } = count(edits(linesOf(before.content), linesOf(wanted.content)));
  const parts = [
    ...(content ? [`${plural(added, "line")} added, ${removed} removed`] : []),
    ...(mode ? [`mode ${octal(before.mode)} → ${(wanted.mode ?? "").padStart(4, "0")}`] : []),
  ];
  return {
    summary: `change ${wanted.path}: ${parts.join(", ")}`,
    diff: unifiedDiff(wanted.path, before.content, wanted.content),
  };
}

/** What is there now; what is no text is refused, since it could be neither compared nor put back. */
const now = (args: { readonly path: string }, ctx: Context, follow: boolean): Promise<State> =>
  stateOf(at(args.path, ctx), args.path, follow);

async function written(wanted: Wanted, ctx: Context): Promise<{ readonly changed: boolean }> {
  if (Buffer.byteLength(wanted.content) > SIZE_LIMIT)
    throw refuse("`content` is longer than 1 MiB, which is the limit.");
  const { content, mode } = differs(await now(wanted, ctx, true), wanted);
  if (!content && !mode) return { changed: false };
  try {
    const file = await behindLinks(at(wanted.path, ctx), wanted.path);
    await replaceFile(file, wanted.content, wanted.mode === undefined ? {} : { mode: Number.parseInt(wanted.mode, 8) });
    return { changed: true };
  } catch (error) {
    throw inWords(error, "write", wanted.path);
  }
}

const write = operation({
  doc: "Makes a file have this text, whole or not at all. Its folder must exist; owner and permissions are kept.",
  params: z.object({
    path: pathParam,
    content: z.string().describe("The whole text."),
    mode: modeParam,
    public: publicParam,
  }),
  result: z.object({
    changed: z.boolean().describe("false where it was so already."),
    sha256: z.string().describe("Of what is there now, in hex."),
  }),
  effect: "write",
  resource: "file:{path}",
  repeat: "idempotent",
  atomic: true,
  async run(args, ctx) {
    const { changed } = await written(args, ctx);
    return { changed, sha256: sha256(args.content) };
  },
  previewIs: { publicWhen: "public" },
  preview: async (args, ctx) => writePreview(await now(args, ctx, true), args),
  undo: {
    capture: (args, ctx) => now(args, ctx, true),
    restore: (args, before: State, ctx) => restoreState(at(args.path, ctx), args.path, before, true),
  },
});

/** Nobody but its owner reads it, unless that is said. */
const SECRET_MODE = "0600";

const writeSecret = operation({
  doc: "As `write`, for a secret: nothing of what the file holds or held is shown, and only its owner may read it unless `mode` says otherwise.",
  params: z.object({ path: pathParam, content: secret(z.string()).describe("The whole text."), mode: modeParam }),
  result: z.object({ changed: z.boolean().describe("false where it was so already.") }),
  effect: "write",
  resource: "file:{path}",
  repeat: "idempotent",
  atomic: true,
  async run(args, ctx) {
    const wanted = { ...args, mode: args.mode ?? SECRET_MODE };
    const { changed } = await written(wanted, ctx);
    return { changed };
  },
  async preview(args, ctx) {
    const before = await now(args, ctx, true);
    const { content, mode } = differs(before, { ...args, mode: args.mode ?? SECRET_MODE });
    if (before.is !== "file") return { summary: `create ${args.path} with a secret`, diff: null };
    if (!content && !mode) return { summary: "no change", diff: null };
    return { summary: `change ${args.path}: ${content ? "another secret" : "other permissions"}`, diff: null };
  },
  undo: {
    capture: (args, ctx) => now(args, ctx, true),
    restore: (args, before: State, ctx) => restoreState(at(args.path, ctx), args.path, before, true),
  },
});

async function deletePreview(args: { readonly path: string }, ctx: Context): Promise<Preview> {
  let before: State;
  try {
    before = await now(args, ctx, false);
  } catch (error) {
    // What is no text can still be deleted, only not shown.
    if (error instanceof ProviderError)
      return { summary: `delete ${args.path}; its content cannot be shown: ${error.message}`, diff: null };
    throw error;
  }
  switch (before.is) {
    case "absent":
      return { summary: "no change", diff: null };
    case "link":
      return { summary: `delete ${args.path}, a link to ${before.target}`, diff: null };
    case "file": {
      const lines = plural(linesOf(before.content).length, "line");
      return { summary: `delete ${args.path}, ${lines}`, diff: unifiedDiff(args.path, before.content, null) };
    }
  }
}

const remove = operation({
  doc: "Deletes a file, or a symbolic link but not what it leads to. One that is not there is no error.",
  params: z.object({ path: pathParam, public: publicParam }),
  result: z.object({ existed: z.boolean() }),
  effect: "destroy",
  resource: "file:{path}",
  repeat: "idempotent",
  atomic: true,
  async run(args, ctx) {
    try {
      return { existed: await removeFile(at(args.path, ctx), args.path) };
    } catch (error) {
      throw inWords(error, "delete", args.path);
    }
  },
  previewIs: { publicWhen: "public" },
  preview: deletePreview,
  undo: {
    capture: (args, ctx) => now(args, ctx, false),
    restore: (args, before: State, ctx) => restoreState(at(args.path, ctx), args.path, before, false),
  },
});

const linkTarget = z.string().min(1).describe("Where it leads: from the link's own folder, or absolute.");

/** A link's target; null where nothing is there. Refuses what is no link: a file would be lost, a folder is no link. */
async function targetOf(args: { readonly path: string }, ctx: Context): Promise<string | null> {
  try {
    return await readlink(at(args.path, ctx));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    if (codeOf(error) !== "EINVAL") throw inWords(error, "read", args.path);
    throw refuse(
      `\`${args.path}\` is not a symbolic link but a file or folder. Move that away first, or correct \`path\`.`,
    );
  }
}

const link = operation({
  doc: "Makes a symbolic link lead to `target`, in one step: what follows it sees the old or the new, never nothing.",
  params: z.object({ path: pathParam, target: linkTarget }),
  result: z.object({
    changed: z.boolean().describe("false where it led there already."),
    before: z.string().nullable().describe("Where it led before; `none` where it was not there."),
  }),
  effect: "write",
  resource: "file:{path}",
  repeat: "idempotent",
  atomic: true,
  previewIs: "public",
  async run(args, ctx) {
    const before = await targetOf(args, ctx);
    if (before === args.target) return { changed: false, before };
    try {
      await replaceLink(at(args.path, ctx), args.target);
      return { changed: true, before };
    } catch (error) {
      throw inWords(error, "write", args.path);
    }
  },
  async preview(args, ctx) {
    const before = await targetOf(args, ctx);
    if (before === args.target) return { summary: "no change", diff: null };
    return { summary: `link ${args.path}: ${before ?? "not there"} → ${args.target}`, diff: null };
  },
  undo: {
    capture: targetOf,
    async restore(args, before: string | null, ctx) {
      if ((await targetOf(args, ctx)) === before) return;
      await restoreState(
        at(args.path, ctx),
        args.path,
        before === null ? { is: "absent" } : { is: "link", target: before },
        false,
      );
    },
  },
});

const readLink = operation({
  doc: "Says where a symbolic link leads. One that is not there is no error; a file or folder is.",
  params: z.object({ path: pathParam }),
  result: z.object({ exists: z.boolean(), target: z.string().nullable().describe("`none` where there is no link.") }),
  effect: "read",
  resource: "file:{path}",
  repeat: "idempotent",
  async run(args, ctx) {
    const target = await targetOf(args, ctx);
    return { exists: target !== null, target };
  },
});

export default defineProvider({
  name: "file",
  version: "1.0.0",
  doc: "Text files and symbolic links of this host.",
  operations: { read, write, write_secret: writeSecret, delete: remove, link, read_link: readLink },
});

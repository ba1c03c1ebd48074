/** The places that the configuration names for checkpoints. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { unverifiedCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import type { Place } from "../../runtime/checkpoints/publish.ts";
import type { Config } from "../config.schema.ts";
import { gitOut } from "../git.ts";
import { readTextFile } from "../text-file.ts";
import { demandTaken, request } from "./http.ts";
import { secretOf } from "./keys.ts";

type Settings = NonNullable<Config["audit"]["checkpoint"]>["to"][number];

export function placeOf(root: string, settings: Settings): Place {
  if ("file" in settings) return filePlace(path.resolve(root, settings.file), settings.file);
  if ("http" in settings) return httpPlace(root, settings.http, settings.token);
  return gitPlace(path.resolve(root, settings.git), settings);
}

/** Of what a place holds, in bytes: far more than any checkpoint has. */
const MOST = 1024 * 1024;

/** The file holds the newest alone, and is whole at any moment. */
function filePlace(file: string, shown: string): Place {
  return {
    shown,
    async last() {
      const read = await readTextFile(file, MOST);
      if ("text" in read) return read.text;
      if (read.fault === "absent") return null;
      throw new Error(read.problem);
    },
    async put(note) {
      // By a name that nobody can have put a link in the way of: others may write to the folder.
      const temporary = `${file}.${randomBytes(6).toString("hex")}`;
      try {
        const handle = await open(temporary, "wx", 0o644);
        try {
          await handle.writeFile(note);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
  };
}

function httpPlace(root: string, url: string, token: string | undefined): Place {
  const bearer = async (): Promise<string | null> =>
    token === undefined ? null : (await secretOf(root, token)).text.trim();
  return {
    shown: url,
    async last() {
      // Not every service gives back what it was given; one that does is held to it.
      const { status, text } = await request(url, { method: "GET", token: await bearer() });
      return status === 200 && unverifiedCheckpoint(text) !== null ? text : null;
    },
    async put(note) {
      const headers = { "content-type": "text/plain; charset=utf-8" };
      demandTaken(await request(url, { method: "PUT", headers, body: note, token: await bearer() }));
    },
  };
}

/** Of the file that holds the checkpoint in each commit. */
const NAME = "checkpoint";

function gitPlace(folder: string, settings: Extract<Settings, { git: string }>): Place {
  const { ref, push } = settings;
  const git = (args: readonly string[], input = ""): Promise<string> =>
    gitOut(args, folder, {
      input,
      env: { GIT_AUTHOR_NAME: "opsc", GIT_AUTHOR_EMAIL: "", GIT_COMMITTER_NAME: "opsc", GIT_COMMITTER_EMAIL: "" },
    });
  const tip = async (): Promise<string | null> =>
    (await git(["for-each-ref", "--format=%(objectname)", ref])).trim() || null;
  return {
    shown: `${settings.git} (${ref})`,
    async last() {
      // The remote is what others see: it goes before what this clone remembers.
      if (push !== undefined && (await git(["ls-remote", push, ref])).trim() !== "")
        await git(["fetch", "--quiet", "--no-tags", push, `+${ref}:${ref}`]);
      const commit = await tip();
      return commit === null ? null : git(["cat-file", "blob", `${commit}:${NAME}`]);
    },
    async put(note) {
      const before = await tip();
      const blob = (await git(["hash-object", "-w", "--stdin"], note)).trim();
      const tree = (await git(["mktree"], `100644 blob ${blob}\t${NAME}\n`)).trim();
      const { origin, size } = unverifiedCheckpoint(note) ?? { origin: "", size: 0 };
      const parent = before === null ? [] : ["-p", before];
      const commit = (await git(["commit-tree", tree, ...parent], `Checkpoint of ${origin} at ${size}\n`)).trim();
      await git(["update-ref", "-m", "opsc checkpoint", ref, commit, before ?? "0".repeat(commit.length)]);
      if (push !== undefined) await git(["push", "--quiet", push, `${ref}:${ref}`]);
    },
  };
}

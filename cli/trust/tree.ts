/**
 * A folder of a git commit, laid out on disk for as long as this process lives: exactly the bytes of the commit, whatever the
 * repository's configuration, attributes or checkout say. Nothing of the repository is run.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { TRUST_FILE } from "../../runtime/trust/trust.ts";
import { gitData } from "../git.ts";
import { safeName } from "../words.ts";

/** Of a trust root: in files, and in bytes of all of them. */
const MOST_FILES = 5_000;
const MOST_BYTES = 64 * 1024 * 1024;

export interface TreeWanted {
  /** Absolute: a work tree, or a repository without one. */
  readonly repository: string;
  /** The repository, for people: as it was written. */
  readonly shown: string;
  /** A commit, or a tag. */
  readonly at: string;
  /** Within the repository; `.` for all of it. */
  readonly folder: string;
}

export type FoundTree =
  | { readonly folder: string; readonly commit: string }
  | { readonly problem: string; readonly help: string };

const laid = new Map<string, FoundTree>();

/** The same for the same commit, as long as the process lives. */
export function layOut(wanted: TreeWanted): FoundTree {
  const commit = commitOf(wanted);
  if (typeof commit !== "string") return commit;
  const key = JSON.stringify([wanted.repository, commit, wanted.folder]);
  const found = laid.get(key) ?? laidOut(wanted, commit);
  laid.set(key, found);
  return found;
}

function commitOf({ repository, shown, at }: TreeWanted): string | Exclude<FoundTree, { folder: string }> {
  const said = gitData(repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${at}^{commit}`]);
  if (said === "no git") return { problem: "there is no git to read it with", help: "install git, or name a folder" };
  const commit = said?.toString("utf8").trim() ?? "";
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit;
  if (gitData(repository, ["rev-parse", "--git-dir"]) === null)
    return {
      problem: `${shown} is no git repository that can be read`,
      help: "name a clone on this machine that belongs to you, or a folder with trust.root",
    };
  return {
    problem: `the repository ${shown} has no commit ${at}`,
    help: `fetch it: git -C ${shown} fetch --tags`,
  };
}

function laidOut(wanted: TreeWanted, commit: string): FoundTree {
  const { repository, shown, folder } = wanted;
  const tree = folder === "." ? commit : `${commit}:${folder}`;
  const listed = gitData(repository, ["ls-tree", "-r", "-z", "--long", "--full-tree", tree]);
  if (listed === null || listed === "no git")
    return {
      problem: `${commit.slice(0, 12)} of ${shown} has no folder ${folder}`,
      help: "name a folder of that commit, or leave trust.folder out",
    };
  const [link] = linksOf(listed.toString("utf8"));
  if (link !== undefined)
    return {
      problem: `${safeName(link)} of ${shown} at ${commit.slice(0, 12)} is a link, which is not followed`,
      help: "commit the file itself in its place: without it less would be in force than its owners meant",
    };
  const files = filesOf(listed.toString("utf8"));
  if (files.length > MOST_FILES || files.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES)
    return {
      problem: `the folder ${folder} of ${shown} has more than ${MOST_FILES} files or ${MOST_BYTES / 1024 / 1024} MiB`,
      help: "name the folder that holds the trust root with trust.folder",
    };
  const bytes = gitData(repository, ["cat-file", "--batch"], files.map(({ blob }) => `${blob}\n`).join(""));
  if (bytes === null || bytes === "no git")
    return { problem: `${commit.slice(0, 12)} of ${shown} cannot be read`, help: `git -C ${shown} fsck` };
  return { folder: write(files, bytes), commit };
}

interface TreeFile {
  readonly name: string;
  readonly blob: string;
  readonly size: number;
}

/** Of `git ls-tree -r -z --long`: plain files only, for a link of a trust root could lead anywhere. */
function filesOf(listed: string): TreeFile[] {
  return listed.split("\0").flatMap((line) => {
    const [, blob = "", size = "", name = ""] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line) ?? [];
    const odd =
      name === "" || path.isAbsolute(name) || name.split("/").some((part) => part === ".." || part === ".git");
    return odd ? [] : [{ name, blob, size: Number(size) }];
  });
}

/** What would have a say, and is no plain file: links, and other repositories under such a name. */
function linksOf(listed: string): string[] {
  return listed.split("\0").flatMap((line) => {
    const [, name = ""] = /^(?!100(?:644|755) )[^\t]*\t(.+)$/s.exec(line) ?? [];
    return name.endsWith(".ops") || path.posix.basename(name) === TRUST_FILE ? [name] : [];
  });
}

/** Of `git cat-file --batch`: `HASH blob SIZE`, a line's end, the bytes, a line's end, one after the other. */
function write(files: readonly TreeFile[], bytes: Buffer): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "opsc-trust-")));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  let at = 0;
  for (const { name, size } of files) {
    const start = bytes.indexOf(0x0a, at) + 1;
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes.subarray(start, start + size), { mode: 0o400, flag: "wx" });
    at = start + size + 1;
  }
  return folder;
}

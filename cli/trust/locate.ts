/** Where the trust root lies: what the machine says before what the project says, since the project is what is reviewed. */
import { stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import type { Trust } from "../../runtime/trust/trust.ts";
import type { Config } from "../config.schema.ts";
import { ConfigFault, configText, unusable } from "../config.ts";
import { EXIT, Stop } from "../exit.ts";
import { realFolder } from "../links.ts";
import { layOut } from "./tree.ts";

/** Names the trust root of whoever runs opsc here: a folder, or `git:REPOSITORY@COMMIT[:FOLDER]`. */
export const TRUST_VARIABLE = "OPSC_TRUST";

export interface Located {
  readonly root: Exclude<Trust["root"], "project">;
  /** Absolute. */
  readonly folder: string;
  readonly shown: string;
  /** As it is named, but for the commit: `../trust`, `git:../trust:FOLDER`. */
  readonly place: string;
  /** Who names it: the project's configuration, or this machine. */
  readonly by: "configuration" | "machine";
}

type Named = NonNullable<Config["trust"]>;

/** null where the project is its own. Throws where what is named is not there: without it nothing can be trusted. */
export async function locateTrust(root: string, config: Config): Promise<Located | null> {
  const pinned = process.env[TRUST_VARIABLE] ?? "";
  if (pinned !== "") {
    const found = await locate(root, parsePin(pinned));
    if ("folder" in found) return { ...found, by: "machine" };
    throw new Stop(EXIT.environment, `${TRUST_VARIABLE} names no trust root: ${found.problem}`, found.help);
  }
  if (config.trust === undefined) return null;
  const found = await locate(root, config.trust);
  if ("folder" in found) return { ...found, by: "configuration" };
  const text = await configText(root);
  const at = ["trust", config.trust.git === undefined ? "root" : "git"];
  throw new ConfigFault(
    unusable(text, [{ path: at, message: found.problem, help: found.help }]),
    text,
    EXIT.environment,
  );
}

function parsePin(pin: string): Named {
  if (!pin.startsWith("git:")) return { root: pin };
  const [, git, at, folder] = /^git:(.+)@([^@:]+)(?::(.+))?$/.exec(pin) ?? [];
  if (git !== undefined && at !== undefined) return { git, at, ...(folder === undefined ? {} : { folder }) };
  throw new Stop(
    EXIT.wrong,
    `${TRUST_VARIABLE} is ${JSON.stringify(pin)}, which names no commit`,
    "write git:REPOSITORY@COMMIT or git:REPOSITORY@COMMIT:FOLDER, or the path of a folder",
  );
}

type Place = Pick<Located, "root" | "folder" | "shown" | "place"> | { readonly problem: string; readonly help: string };

async function locate(root: string, named: Named): Promise<Place> {
  const { git, at = "HEAD", folder: inner = "." } = named;
  if (git !== undefined) {
    const found = layOut({ repository: path.resolve(root, git), shown: git, at, folder: inner });
    if (!("folder" in found)) return found;
    return {
      root: "git",
      folder: found.folder,
      shown: `${git} at ${found.commit.slice(0, 12)}`,
      place: `git:${git}:${inner}`,
    };
  }
  const shown = named.root ?? ".";
  const folder = path.resolve(root, shown);
  const there = await stat(folder).catch(() => null);
  if (there?.isDirectory() !== true)
    return { problem: `there is no folder ${shown}`, help: "it is looked for from the folder of the project" };
  if ((await realFolder(folder)) === (await realFolder(root)))
    return {
      problem: "the trust root is the project itself",
      help: "leave it out, or name a folder outside of the project, such as a checkout of another repository",
    };
  return { root: "path", folder, shown, place: shown };
}

/** Sources that are links: what they lead to lies in the project, or no command takes them. */
import { lstat, readlink, realpath } from "node:fs/promises";
import path from "node:path";
import { EXIT, Stop } from "./exit.ts";
import { isWithin } from "./text-file.ts";

/**
 * Where `file` really lies. `home` is the real folder it must lie in, also after links are followed: what lies outside
 * is not reviewed with the project, and not the project's to change. Ends the command where that is not so.
 */
export async function realSource(home: string, file: string, shown: string): Promise<string> {
  const real = await realpath(file).catch((error: NodeJS.ErrnoException) => error);
  if (typeof real === "string") {
    if (isWithin(home, real)) return real;
    throw new Stop(
      EXIT.wrong,
      `${shown} leads out of the project, to ${real}`,
      "copy the file into the project: what lies outside is not reviewed with it, and is never changed",
    );
  }
  const found = await lstat(file).catch(() => null);
  if (found?.isSymbolicLink() !== true)
    throw new Stop(EXIT.environment, `${shown} cannot be read: ${real.message}`, "check the file and its permissions");
  const target = await readlink(file);
  const why =
    real.code === "ELOOP"
      ? "which leads back to itself"
      : real.code === "ENOENT" || real.code === "ENOTDIR"
        ? "and there is no such file"
        : `and that cannot be read: ${real.message}`;
  throw new Stop(
    EXIT.wrong,
    `${shown} is a link to ${target}, ${why}`,
    "take the link away, or let it lead to a file of the project",
  );
}

export const isLink = async (file: string): Promise<boolean> =>
  lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );

/** `folder` with its links followed; as it is where that cannot be told. */
export const realFolder = (folder: string): Promise<string> => realpath(folder).catch(() => path.resolve(folder));

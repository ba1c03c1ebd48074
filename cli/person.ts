/** Who acts. In this version a name is taken at its word, and everything that shows it says so. */
import { hostname, userInfo } from "node:os";
import process from "node:process";
import { EXIT, Stop } from "./exit.ts";
import { git } from "./git.ts";

/** `--as`, else OPSC_AS, else git's `user.email`, else `user@host`. */
export async function whoAmI(as: string | undefined, directory: string): Promise<string> {
  const said = as ?? (process.env.OPSC_AS || undefined);
  if (said !== undefined) return identity(said);
  const { out } = await git(["config", "user.email"], directory);
  if (out !== "") return identity(out);
  return identity(`${user()}@${hostname()}`);
}

/** A user that the system has no name for, as in a container that runs under any number, is told by it. */
function user(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

function identity(text: string): string {
  const who = text.trim().normalize("NFC");
  // Printable, no spaces: what stands in approver lists.
  if (/^[^\s\p{C}]{1,200}$/u.test(who)) return who;
  throw new Stop(
    EXIT.wrong,
    `${JSON.stringify(text)} is not an identity`,
    "name a person as approvers do, such as ana@example.com",
  );
}

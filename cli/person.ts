/** Who acts: by name, which is taken at its word where nothing signs for it, or by the token of a job of CI. */
import { hostname, userInfo } from "node:os";
import process from "node:process";
import { identityKey } from "../runtime/approvals/identity.ts";
import { EXIT, Stop } from "./exit.ts";
import { git } from "./git.ts";
import type { Project } from "./project.ts";
import type { Proven } from "./trust/token.ts";
import { safeName } from "./words.ts";

export interface Actor {
  readonly who: string;
  /** By which `who` is known; null where there is none. */
  readonly token: Proven | null;
}

/** Throws `Stop` where there is a token that does not count, or that is somebody else's than `as` says. */
export async function actorOf(
  as: string | undefined,
  project: Pick<Project, "root" | "config" | "trust">,
  key: string | undefined,
): Promise<Actor> {
  const { provenIdentity } = await import("./trust/token.ts");
  const token = await provenIdentity(project, isKeyNamed(key));
  if (token === null) return { who: await whoAmI(as, project.root), token };
  const named = as ?? (process.env.OPSC_AS || undefined);
  if (named === undefined || identityKey(named) === identityKey(token.who)) return { who: token.who, token };
  throw new Stop(
    EXIT.refused,
    `${as === undefined ? "OPSC_AS" : "--as"} says ${safeName(named)}, and the token of ${token.from} is of ${safeName(token.who)}`,
    "leave the name out: the token says who acts",
  );
}

export const isKeyNamed = (key: string | undefined): boolean =>
  key !== undefined || (process.env.OPSC_KEY ?? "") !== "";

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

/** A name as approvers are named. Throws `Stop` where it could be none. */
export function identity(text: string): string {
  const who = text.trim().normalize("NFC");
  // Printable, no spaces: what stands in approver lists.
  if (/^[^\s\p{C}]{1,200}$/u.test(who)) return who;
  throw new Stop(
    EXIT.wrong,
    `${JSON.stringify(text)} is not an identity`,
    "name a person as approvers do, such as ana@example.com",
  );
}

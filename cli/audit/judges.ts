/** Whose signatures those in a log are. */
import { AT_THEIR_WORD, asRecorded, type Judge, judgeOf } from "../../runtime/approvals/judge.ts";
import { Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { settingsOf } from "../project.ts";
import type { AuditOptions } from "./options.ts";

/** By the keys of the trust root, for what was planned for `asked`; undefined where there is none to be read. */
export async function judges(
  io: Io,
  options: AuditOptions,
): Promise<((asked: Judge["identities"]) => Judge) | undefined> {
  try {
    const { trust } = await settingsOf(options.dir);
    if (trust.allowedSigners === null && trust.oidc.length === 0) return undefined;
    const [unverified, signed] = (["unverified", "signed"] as const).map((identities) =>
      judgeOf({ ...trust, identities }, undefined, asRecorded(trust)),
    );
    return (asked) => (asked === "signed" ? signed : unverified) ?? AT_THEIR_WORD;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    io.err(`signatures are verified, but not whose they are: ${error.message}`);
    return undefined;
  }
}

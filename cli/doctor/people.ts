/** Who one is to opsc. */
import process from "node:process";
import { identityKey } from "../../compiler/types/identity.ts";
import { NO_TRUST } from "../../runtime/trust/trust.ts";
import { DEFAULT_CONFIG } from "../config.ts";
import { Stop } from "../exit.ts";
import { git } from "../git.ts";
import { actorOf } from "../person.ts";
import { checkFiles, openProject, settingsOf } from "../project.ts";
import { safeName } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

export async function peopleFindings(root: string, as: string | undefined): Promise<Finding[]> {
  try {
    const { who, token } = await actorOf(as, await readable(root), undefined);
    if (token !== null)
      return [ok("identity", `you are ${who}, by a token of ${safeName(token.issuer)} (${token.from})`)];
    const named = as !== undefined || (process.env.OPSC_AS ?? "") !== "";
    if (!named) {
      const email = await git(["config", "user.email"], root);
      if (email.out === "") return [nameless(who, email.found)];
    }
    const groups = await groupsOf(root, who);
    return [ok("identity", `you are ${who}${groups.length === 0 ? "" : `, one of ${groups.join(", ")}`}`)];
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return [problem("identity", error.code, error.message, null, error.help)];
  }
}

/** The project, or nothing of it where it cannot be read, which is told elsewhere. */
const readable = (root: string): ReturnType<typeof settingsOf> =>
  settingsOf(root).catch((error: unknown) => {
    if (!(error instanceof Stop)) throw error;
    return { root, config: DEFAULT_CONFIG, trust: NO_TRUST };
  });

const nameless = (who: string, hasGit: boolean): Finding =>
  warning(
    "identity",
    `you are ${who}: ${hasGit ? "git knows no user.email" : "there is no git to ask for user.email"}`,
    "approvers are lists of people by name, and the log keeps who did what",
    hasGit ? "git config --global user.email you@example.com, or set OPSC_AS" : "set OPSC_AS, or say --as",
  );

/** Approvers of the project that somebody is one of; none where the project cannot be read, which is told elsewhere. */
async function groupsOf(root: string, who: string): Promise<string[]> {
  try {
    const { program } = checkFiles(await openProject(root, { tests: false }));
    return program.approvers
      .filter(({ members }) => members.some((each) => identityKey(each) === identityKey(who)))
      .map(({ title }) => title);
  } catch (error) {
    if (error instanceof Stop) return [];
    throw error;
  }
}

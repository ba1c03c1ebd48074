/** Who one is to opsc. */
import process from "node:process";
import { identityKey } from "../../compiler/types/identity.ts";
import { EXIT, Stop } from "../exit.ts";
import { git } from "../git.ts";
import { whoAmI } from "../person.ts";
import { checkFiles, openProject } from "../project.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

export async function peopleFindings(root: string, as: string | undefined): Promise<Finding[]> {
  try {
    const who = await whoAmI(as, root);
    const named = as !== undefined || (process.env.OPSC_AS ?? "") !== "";
    if (!named) {
      const email = await git(["config", "user.email"], root);
      if (email.out === "") return [nameless(who, email.found)];
    }
    const groups = await groupsOf(root, who);
    return [ok("identity", `you are ${who}${groups.length === 0 ? "" : `, one of ${groups.join(", ")}`}`)];
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return [problem("identity", EXIT.wrong, error.message, null, error.help)];
  }
}

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

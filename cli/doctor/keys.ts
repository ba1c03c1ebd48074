/** Whose word counts: keys of the trust root, who has none, and whether one's own is among them. */
import { identityKey } from "../../compiler/types/identity.ts";
import { printable } from "../../runtime/audit/printable.ts";
import { type Keyring, keyringOf } from "../../runtime/trust/keyring.ts";
import { EXIT, Stop } from "../exit.ts";
import { actorOf } from "../person.ts";
import { checkFiles, openProject, type Project } from "../project.ts";
import { keyOf, publicFile, publicHalf } from "../signing.ts";
import { plural, safeName, safeNames } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

export async function keyFindings(root: string, as: string | undefined): Promise<Finding[]> {
  try {
    const project = await openProject(root, { tests: false });
    if (project.trust.allowedSigners === null && project.trust.revoked === null) return [];
    const ring = keyringOf(project.trust);
    const signed = project.trust.identities === "signed";
    return [...files(ring), ...(signed ? [members(project, ring), await own(project, ring, as)] : [])];
  } catch (error) {
    // What is wrong with the project is told elsewhere.
    if (error instanceof Stop) return [];
    throw error;
  }
}

function files({ faults, wild }: Keyring): Finding[] {
  return [
    ...faults.map(({ file, line, message, remedy, fatal }) => {
      const what = `${file}${line === null ? "" : `, line ${line},`} ${printable(message)}`;
      return fatal
        ? problem("keys", EXIT.environment, what, "nothing that is signed counts while it is so", remedy)
        : warning("keys", what, "it lets nobody sign", remedy);
    }),
    ...wild.map(({ file, line, principals }) =>
      warning(
        "keys",
        `${file}, line ${line}, lets one key sign for ${safeName(principals)}`,
        "all these names count as one person, so no two of them approve together",
        "give everybody a line of their own",
      ),
    ),
  ];
}

/** Approvers who could not sign. */
function members({ trust, ...project }: Project, ring: Keyring): Finding {
  const { program } = checkFiles({ ...project, trust });
  const names = [
    ...new Map(program.approvers.flatMap((each) => each.members).map((who) => [identityKey(who), who])).values(),
  ];
  const now = Date.now();
  const without = names.filter((who) => ring.keysOf(who, now).length === 0).sort();
  const file = trust.allowedSigners?.path ?? "the allowed signers";
  if (without.length === 0) return ok("keys", `${plural(names.length, "approver")} can sign, by keys of ${file}`);
  return warning(
    "keys",
    `${safeNames(without)} cannot sign: ${without.length === 1 ? "they have" : "they have each"} no key in ${file} that is valid now`,
    "only what is signed counts here, so they cannot approve",
    `add a line with their public key to ${file}`,
  );
}

async function own(project: Project, ring: Keyring, as: string | undefined): Promise<Finding> {
  const file = project.trust.allowedSigners?.path ?? "the allowed signers";
  const none = (what: string, remedy: string): Finding =>
    warning("key", what, "only what is signed counts here, so you can neither ask, approve nor apply", remedy);
  try {
    const { who, token } = await actorOf(as, project, undefined);
    if (token !== null)
      return ok(
        "key",
        `${who} acts by a token; what others are to believe later, such as a plan they apply, takes a key`,
      );
    const key = await keyOf({ root: project.root, key: undefined });
    if (key === null)
      return none(
        "you have no key to sign with",
        "name one with --key FILE or OPSC_KEY, or let git sign with one (user.signingKey)",
      );
    const half = key.file === null ? publicHalf(key.literal) : await publicFile(key.file);
    if (half === null) return ok("key", `you sign with ${key.shown}`);
    if (ring.keysOf(who, Date.now()).some(({ fingerprint }) => fingerprint === half.fingerprint))
      return ok("key", `you sign with ${key.shown}, ${half.fingerprint}, as ${who}`);
    return none(
      `${key.shown}, ${half.fingerprint}, is no key of ${who} in ${file} that is valid now`,
      `have it added to ${file}, or sign with another`,
    );
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return none(error.message, error.help ?? "name a key with --key FILE");
  }
}

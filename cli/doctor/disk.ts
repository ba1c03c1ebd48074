/** Where the store lies: permissions, the kind of disk, the space left, what git does with it. */
import { access, constants, lstat, statfs } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { EXIT } from "../exit.ts";
import { git } from "../git.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Magic numbers of file systems that other machines may write too (`statfs(2)`), where locks cannot be relied on. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x5346414f, "AFS"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x65735546, "FUSE"],
  [0x47504653, "GPFS"],
]);

const MIB = 1024 * 1024;
const TOO_LITTLE = 50 * MIB;
const LITTLE = 500 * MIB;

export async function diskFindings(root: string): Promise<Finding[]> {
  const folder = path.join(root, ".opsc");
  const found = await lstat(folder).catch(() => null);
  const there = found !== null;
  return [
    there ? permissions(folder, found) : await makeable(root),
    ...(await kindAndSpace(there ? folder : root)),
    ...(await versionControl(root)),
  ];
}

function permissions(folder: string, found: Awaited<ReturnType<typeof lstat>>): Finding {
  const mine = process.getuid?.();
  if (found.isSymbolicLink() || !found.isDirectory())
    return problem(
      "permissions",
      EXIT.environment,
      `${folder} is ${found.isSymbolicLink() ? "a symbolic link" : "no folder"}`,
      "what was recorded could be somebody else's",
      "move it out of the way; the next run makes a new one",
    );
  if (mine !== undefined && Number(found.uid) !== mine && mine !== 0)
    return problem(
      "permissions",
      EXIT.environment,
      `${folder} belongs to another user (${found.uid})`,
      "only its owner may write what happened",
      "run as its owner, or give it to you: chown",
    );
  const open = Number(found.mode) & 0o077;
  if ((open & 0o022) !== 0)
    return problem(
      "permissions",
      EXIT.environment,
      `others may write to ${folder} (mode ${(Number(found.mode) & 0o777).toString(8)})`,
      "they could rewrite what happened, and who approved it",
      `chmod 700 ${folder}`,
    );
  return open === 0
    ? ok("permissions", `${folder} is yours alone`)
    : warning("permissions", `others may read ${folder}`, "it holds plans and what steps gave", `chmod 700 ${folder}`);
}

/** Before the first run there is no store; what matters is whether one could be made. */
async function makeable(root: string): Promise<Finding> {
  return access(root, constants.W_OK).then(
    () => ok("permissions", "nothing has run yet: the first plan or run makes .opsc/"),
    () =>
      problem(
        "permissions",
        EXIT.environment,
        `${root} may not be written`,
        "a run is recorded in .opsc/ there before it changes anything",
        "run as its owner, or name a copy with --dir",
      ),
  );
}

async function kindAndSpace(folder: string): Promise<Finding[]> {
  const found = await statfs(folder).catch(() => null);
  if (found === null) return [];
  const network = NETWORK.get(found.type);
  const free = found.bavail * found.bsize;
  const left = `${free >= 1024 * MIB ? `${Math.floor(free / (1024 * MIB))} GiB` : `${Math.floor(free / MIB)} MiB`} free`;
  return [
    network === undefined
      ? ok("disk", "the store is on a local disk")
      : warning(
          "disk",
          `the store is on ${network}`,
          "locks of a network disk may let two machines run at once, and a database there can break",
          "keep the project on a local disk",
        ),
    free < TOO_LITTLE
      ? problem(
          "space",
          EXIT.environment,
          left,
          "a run is recorded before it acts, and stops where it cannot be",
          "make space",
        )
      : free < LITTLE
        ? warning("space", left, "a run is recorded before it acts, and stops where it cannot be", "make space")
        : ok("space", left),
  ];
}

async function versionControl(root: string): Promise<Finding[]> {
  if (!(await git(["rev-parse", "--is-inside-work-tree"], root)).ok) return [];
  const kept = await git(["ls-files", "--", ".opsc"], root);
  if (kept.ok && kept.out !== "")
    return [
      warning(
        "version-control",
        "git keeps files of .opsc/",
        "two clones would each go on with the same log, and it holds what steps gave",
        "git rm -r --cached .opsc, and write .opsc/ into .gitignore",
      ),
    ];
  return (await git(["check-ignore", "--quiet", ".opsc/x"], root)).ok
    ? [ok("version-control", "git leaves .opsc/ alone")]
    : [
        warning(
          "version-control",
          "git does not leave .opsc/ alone",
          "somebody will commit it: two clones would each go on with the same log",
          "write .opsc/ into .gitignore",
        ),
      ];
}

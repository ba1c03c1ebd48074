/** The project: its configuration, sources, packages and providers. */
import { stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { matchesNothing } from "../../compiler/check/matches-nothing.ts";
import { packageOf } from "../../compiler/check/packages.ts";
import { unknownBreakers } from "../../compiler/expand/trust.ts";
import type { Program } from "../../compiler/program.ts";
import { builtInEntries, loadProvider } from "../../runtime/provider/load.ts";
import { EXIT, Stop } from "../exit.ts";
import { CONFIG_FILE, checkFiles, openProject, type Project, sourcesBelow } from "../project.ts";
import { TRUST_VARIABLE } from "../trust/locate.ts";
import { plural, safeName } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

export async function projectFindings(root: string): Promise<Finding[]> {
  const found = [await fileSystemCase(root)];
  try {
    const project = await openProject(root, { tests: true });
    return [
      ...found,
      configuration(project),
      trust(project),
      ...sources(project),
      ...packages(project),
      ...(await providers(project)),
    ];
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return [...found, problem("project", error.code, error.message, null, error.help)];
  }
}

function configuration({ root, config, providers: known }: Project): Finding {
  const own = known.length - builtInEntries.length;
  return ok(
    "config",
    `project ${root}, workspace ${config.workspace}${own === 0 ? "" : `, ${plural(own, "provider")} of its own`}`,
  );
}

function trust({ trust: { root, shown, identities } }: Project): Finding {
  const names =
    identities === "signed"
      ? "only what is signed counts"
      : "names are taken at their word (identities are unverified)";
  if (root === "project")
    return ok(
      "trust",
      `the project is its own trust root: approvers and guardrails come from the tree under review; ${names}`,
    );
  const by = (process.env[TRUST_VARIABLE] ?? "") === "" ? "" : `, as ${TRUST_VARIABLE} says`;
  return ok("trust", `approvers, and guardrails in force, come from ${shown}${by}, outside what is reviewed; ${names}`);
}

function sources(project: Project): Finding[] {
  if (project.files.length === 0)
    return [
      warning(
        "sources",
        `there are no .ops files below ${project.root}`,
        `a project is the folder with ${CONFIG_FILE}, or else the current one`,
        "go to the project, name it with --dir or OPSC_DIR, or begin one: opsc init",
      ),
    ];
  const { diagnostics, program } = checkFiles(project);
  const errors = diagnostics.filter((d) => d.severity === "error").length;
  const what = `${plural(project.files.length, "file")}, ${plural(program.actions.length, "action")}`;
  if (errors > 0)
    return [
      problem(
        "sources",
        EXIT.wrong,
        `${what}, ${plural(errors, "error")}`,
        "nothing is planned while there are errors",
        "opsc check",
      ),
    ];
  return [
    ...outsideRules(program),
    diagnostics.length === 0
      ? ok("sources", `${what}: nothing wrong`)
      : warning(
          "sources",
          `${what}, ${plural(diagnostics.length, "warning")}`,
          "warnings tell of what is likely meant otherwise",
          "opsc check",
        ),
  ];
}

/** What the trust root and policies say, and nothing here is held to: `opsc check` tells that of the project's own alone. */
function outsideRules(program: Program): Finding[] {
  const idle = program.guardrails.flatMap((guardrail) => {
    const from = guardrail.id.slice(0, guardrail.id.lastIndexOf("#"));
    const cause = packageOf(from) === null ? null : matchesNothing(guardrail, program.actions);
    return cause === null ? [] : [{ from, name: guardrail.name, why: cause.why }];
  });
  return [
    ...unknownBreakers(program).map(({ message, help }) =>
      problem("trust", EXIT.refused, message, "nothing is planned before", help),
    ),
    ...idle.map(({ from, name, why }) =>
      warning(
        "trust",
        `guardrail ${safeName(name)} of ${safeName(from)} is held against no action here: ${safeName(why)}`,
        "it forbids nothing in this project, which may be meant, or be a slip",
        "look at its condition, and at the tags and inputs of the actions here",
      ),
    ),
  ];
}

/** Packages that sources import. One that is missing is an error of the check too; here it is said how to get it. */
function packages({ input }: Project): Finding[] {
  const imports = [...(input.packages ?? [])];
  if (imports.length === 0) return [];
  const missing = imports.flatMap(([key, found]) => ("problem" in found ? [{ key, ...found }] : []));
  if (missing.length === 0) return [ok("packages", `${plural(imports.length, "import")} of packages found`)];
  return missing.map(({ key, problem: what, help }) => {
    const [from, name] = key.split("\n");
    return problem("packages", EXIT.environment, `${from} imports ${name}: ${what}`, null, help);
  });
}

/** Manifests were read with the project; here their code is loaded, and held against them. */
async function providers(project: Project): Promise<Finding[]> {
  const loaded = await Promise.all(
    project.providers.map(async (entry) => ({ entry, ...(await loadProvider(entry, project.root)) })),
  );
  const bad = loaded.flatMap(({ entry, problems }) =>
    problems.map(({ what, remedy }) =>
      problem(
        "providers",
        EXIT.environment,
        `provider ${entry.name}: ${what}`,
        "what needs it can neither be planned nor run",
        remedy,
      ),
    ),
  );
  const names = loaded.filter(({ value }) => value !== null).map(({ entry }) => entry.name);
  return bad.length > 0 ? bad : [ok("providers", `${names.join(", ")}: loaded, and as their manifests say`)];
}

/** A file system that does not tell upper from lower case keeps one of two files that differ by it alone. */
async function fileSystemCase(root: string): Promise<Finding> {
  const names = await sourcesBelow(root, () => true).catch(() => []);
  const [probe] = [CONFIG_FILE, ...names];
  const there = probe === undefined ? null : await identity(path.join(root, probe));
  const other = probe === undefined ? null : await identity(path.join(root, swapped(probe)));
  const insensitive = there !== null && there === other;
  const twins = names.filter((name, i) => names.some((each, j) => j < i && each.toLowerCase() === name.toLowerCase()));
  if (twins.length > 0)
    return warning(
      "case",
      `${twins.join(", ")}: another source differs by upper and lower case alone`,
      "on macOS and Windows one of them would be lost",
      "give it another name",
    );
  return ok(
    "case",
    insensitive ? "the file system does not tell upper from lower case" : "the file system tells upper from lower case",
  );
}

const swapped = (name: string): string => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase());

async function identity(file: string): Promise<string | null> {
  return stat(file).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );
}

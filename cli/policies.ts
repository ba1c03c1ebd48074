/** What configuration puts in force beside the project's own guardrails: policy packages and folders, and the trust root. */
import { realpath } from "node:fs/promises";
import path from "node:path";
import { packageOf } from "../compiler/check/packages.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { lineIndex } from "../language/lines.ts";
import type { Config } from "./config.schema.ts";
import { ConfigFault, configText, type Unusable, unusable } from "./config.ts";
import { EXIT, type Stop } from "./exit.ts";
import type { FoundPackages, Named } from "./packages.ts";
import { isWithin } from "./text-file.ts";
import type { Located } from "./trust/locate.ts";

type Files = readonly { readonly path: string; readonly text: string }[];

export interface PoliciesInForce {
  readonly folders: ReadonlySet<string>;
  readonly warnings: readonly Diagnostic[];
  /** Text of the configuration. */
  readonly text: string;
  /** Errors in them, told where the configuration names them. `texts` by path. */
  brokenBy(errors: readonly Diagnostic[], texts: ReadonlyMap<string, string>): Stop;
}

/** The project's own files: what lies in its trust root is read as that. */
export async function withoutPolicies(root: string, trust: Located | null, files: Files): Promise<Files> {
  const inside = await within(root, trust?.folder);
  return inside === null ? files : files.filter(({ path: file }) => !file.startsWith(`${inside}/`));
}

/** What is to be read beside the project's own files. A folder of policies among those is in force as it is. */
export function namedIn(config: Config, located: Located | null, own: Files): Named[] {
  const trust: Named[] =
    located === null ? [] : [{ path: ["trust"], written: located.shown, folder: located.folder, trust: true }];
  const policies = config.policies.flatMap((written, i): Named[] => {
    const folder = path.posix.normalize(written);
    const isOwn =
      written.startsWith("./") && own.some(({ path: file }) => file.startsWith(`${folder.replace(/\/$/, "")}/`));
    return isOwn ? [] : [{ path: ["policies", i], written, trust: false }];
  });
  return [...trust, ...policies];
}

export async function inForce(
  root: string,
  trust: Located | null,
  found: FoundPackages | null,
): Promise<PoliciesInForce> {
  const problems = found?.problems ?? [];
  const text = await configText(root);
  if (problems.length > 0) throw new ConfigFault(unusable(text, problems), text, EXIT.environment);
  const named = found?.named ?? [];
  const told: Unusable[] = [];
  if (trust !== null && (await within(root, trust.folder)) !== null)
    told.push({
      path: ["trust"],
      message: "the trust root lies within the project, and is changed and reviewed with it",
      help: "name a folder outside of it, such as a checkout of another repository",
    });
  return {
    folders: new Set(named.map(({ folder }) => folder)),
    warnings: unusable(text, told, "warning"),
    text,
    brokenBy: (errors, texts) => brokenBy(errors, texts, named, text),
  };
}

function brokenBy(
  errors: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  named: FoundPackages["named"],
  text: string,
): Stop {
  const problems = named.flatMap(({ folder, at }): Unusable[] => {
    const [error] = errors.filter((each) => packageOf(each.module) === folder);
    if (error === undefined) return [];
    const { line, column } = lineIndex(texts.get(error.module) ?? "").position(error.span.start);
    const message = `${at.written} has errors, so it is not known what it forbids: ${error.module}:${line}:${column}: ${error.message}`;
    return [{ path: at.path, message, help: error.help }];
  });
  return new ConfigFault(unusable(text, problems), text);
}

/** The folder's path within the project; null where it lies outside. */
async function within(root: string, written: string | undefined): Promise<string | null> {
  if (written === undefined) return null;
  const home = await realpath(root).catch(() => root);
  const folder = path.resolve(root, written);
  const real = await realpath(folder).catch(() => folder);
  return isWithin(home, real) ? path.relative(home, real).split(path.sep).join("/") : null;
}

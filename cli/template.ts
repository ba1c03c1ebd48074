/** The project that `opsc init` makes: the files in `template/`, which the build puts into the code. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

declare const OPSC_TEMPLATE: string | undefined;

/** Where GitHub looks for workflows: at the top of a repository, and nowhere else. */
export const WORKFLOW = ".github/workflows/opsc.yml";
export const CONFIG_SCHEMA = ".vscode/opsc.config.schema.json";

/** Texts by path within the project, sorted by path. */
export type Template = Readonly<Record<string, string>>;

/** As built; from the sources where nothing was built. */
export function template(): Template {
  return typeof OPSC_TEMPLATE === "string" ? (JSON.parse(OPSC_TEMPLATE) as Template) : readTemplate();
}

export function readTemplate(): Template {
  const folder = path.join(import.meta.dirname, "template");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    // A store is what somebody who tried the template left behind.
    .filter((entry) => entry.isFile() && !path.relative(folder, entry.parentPath).startsWith(".opsc"))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(folder, file), "utf8")]));
}

/** Workspaces: what plans are bound to. */
import { EXIT, Stop } from "./exit.ts";
import type { Project } from "./project.ts";

/** As in the configuration's schema. */
const NAME = /^[a-z0-9_-]+$/;

/** The one that `--workspace` names, else the project's. */
export function workspaceOf(project: Project, named: string | undefined): string {
  if (named === undefined) return project.config.workspace;
  if (NAME.test(named)) return named;
  throw new Stop(
    EXIT.wrong,
    `${JSON.stringify(named)} is not the name of a workspace`,
    "it is made of lower-case letters, digits, - and _",
  );
}

import type { Location } from "vscode-languageserver";
import type { Span } from "../language/tree.ts";
import { rangeOf } from "./places.ts";
import type { OpenProject } from "./project.ts";

/** One, or none where the file is not there. */
export function locationOf(project: OpenProject, module: string, span: Span): Location[] {
  const lines = project.lines(module);
  return lines === null ? [] : [{ uri: project.uriAt(module), range: rangeOf(lines, span) }];
}

/** Which server is started, and how commands are run: decided here alone, so that it can be tested without an editor. */
import path from "node:path";

/** A setting as it is written in each place. */
export interface Written {
  readonly user: string;
  readonly workspace: string;
}

/** A program and the arguments before its own. A module is run by the Node.js that runs the extension. */
export type Opsc =
  | { readonly kind: "module"; readonly file: string }
  | { readonly kind: "program"; readonly file: string };

/**
 * What `opsc.path` names, else the one that comes with the extension. What the workspace says counts only if it is trusted: it
 * could name any program.
 */
export function chooseOpsc(written: Written, trusted: boolean, bundled: string, folder: string | null): Opsc {
  const named = (trusted ? written.workspace.trim() : "") || written.user.trim();
  if (named === "") return { kind: "module", file: bundled };
  const file = folder === null || path.isAbsolute(named) || !/[\\/]/.test(named) ? named : path.resolve(folder, named);
  return /\.[mc]?js$/.test(file) ? { kind: "module", file } : { kind: "program", file };
}

/** How a command is started in a terminal, without a shell. */
export function commandLine(
  opsc: Opsc,
  args: readonly string[],
  node: string,
): { readonly program: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  return opsc.kind === "program"
    ? { program: opsc.file, args, env: {} }
    : // The editor's own program is Node.js only if it is told to be.
      { program: node, args: [opsc.file, ...args], env: { ELECTRON_RUN_AS_NODE: "1" } };
}

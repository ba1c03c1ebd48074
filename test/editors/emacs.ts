/**
 * `node test/editors/emacs.ts`: the set-up of docs/EDITORS.md in Emacs itself, without a window, on a project. Run by hand: before
 * version 29 eglot is a package of its own (`apt-get install elpa-eglot`).
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { folderOf } from "../language-server/client.ts";
import { programPath } from "../tools/program.ts";
import { block, commandIn, PROJECT, root } from "./set-up.ts";

const emacs = programPath(["emacs"], "emacs-nox", "The set-up for Emacs is tested in Emacs.");
const { folder, remove } = folderOf(PROJECT);
const home = folderOf({ "init.el": `(package-initialize)\n${block("Emacs", "elisp")}` });
try {
  const drive = path.join(root, "test/editors/emacs.el");
  const ran = spawnSync(emacs, ["--batch", "-l", path.join(home.folder, "init.el"), "-l", drive], {
    cwd: folder,
    env: commandIn(home.folder),
    encoding: "utf8",
    timeout: 60_000,
  });
  const line = ran.stdout.split("\n").findLast((each) => each.startsWith("{"));
  assert(line !== undefined, `Emacs gave nothing: ${ran.stdout}${ran.stderr}`);
  const out = JSON.parse(line);
  assert.equal(out.error, undefined, `${out.error}\n${ran.stderr}`);
  assert.match(out.diagnostics[0], /prd/);
  for (const name of ["read", "write", "link"])
    assert(out.completion.includes(name), `no ${name} in ${out.completion}`);
  assert.equal(out.text, PROJECT["main.ops"].replace("go(", "restart(").replace(":   ", ": "));
  process.stdout.write(
    `Emacs: ${out.diagnostics.length} diagnostics, ${out.completion.length} completions, renamed, formatted\n`,
  );
} finally {
  remove();
  home.remove();
}
process.exit(0);

/** The set-up of docs/EDITORS.md in Neovim itself, without a window, on a project. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { folderOf } from "../language-server/client.ts";
import { programPath } from "../tools/program.ts";
import { block, commandIn, PROJECT, root } from "./set-up.ts";

test("diagnostics, completion, hover, rename, a code action and formatting", () => {
  const nvim = programPath(["nvim"], "neovim", "The set-up for Neovim is tested in Neovim.");
  const { folder, remove } = folderOf(PROJECT);
  const home = folderOf({ "init.lua": block("Neovim", "lua") });
  try {
    const env = { ...commandIn(home.folder), XDG_DATA_HOME: home.folder, XDG_STATE_HOME: home.folder };
    const drive = path.join(root, "test/editors/neovim.lua");
    const ran = spawnSync(nvim, ["--headless", "-u", path.join(home.folder, "init.lua"), "-c", `luafile ${drive}`], {
      cwd: folder,
      env,
      encoding: "utf8",
      timeout: 50_000,
    });
    expect(ran.stderr).not.toContain("Error");
    const out = JSON.parse(ran.stdout.slice(ran.stdout.indexOf("{")));
    expect(out.error).toBeUndefined();
    expect(out.diagnostics).toMatchObject([{ code: "unknown-member", line: 5 }]);
    expect(out.omnifunc).toBe("v:lua.vim.lsp.omnifunc");
    expect(out.keys).toEqual(["K", "gd", "grn", "grr", "gra"]);
    expect(out.hover).toContain("```ops\n");
    expect(out.completion).toEqual(expect.arrayContaining(["read", "write", "link"]));
    expect(out.renamed).toContain("action restart(env: Env = prd) {");
    expect(out.actions.length).toBeGreaterThan(0);
    expect(out.text).toBe(
      PROJECT["main.ops"].replace("prd", "prod").replace("go(", "restart(").replace(":   ", ": ").trimEnd(),
    );
  } finally {
    remove();
    home.remove();
  }
});

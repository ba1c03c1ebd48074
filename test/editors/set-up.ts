/** What tests of editors share: a project, the blocks of docs/EDITORS.md, and a home with the command on the path. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

export const root = path.resolve(import.meta.dirname, "../..");

export const PROJECT = {
  "opsc.config.json": "{}\n",
  "env.ops": "enum Env { dev, prod }\n",
  "main.ops": `import { Env } from "./env.ops"

use file

action go(env: Env = prd) {
  fact old = file.read(path:   "\${env}.txt")
  require old.exists else "nothing there"
}
`,
};

/** The first block of the language in a section of docs/EDITORS.md. */
export function block(section: string, language: string): string {
  const page = readFileSync(path.join(root, "docs/EDITORS.md"), "utf8");
  const [, part = ""] = page.split(`\n## ${section}\n`);
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(part)?.[1];
  if (found === undefined) throw new Error(`docs/EDITORS.md has no ${language} for ${section}`);
  return found;
}

/** The environment of somebody whose home this is, and who has installed the command. */
export function commandIn(home: string): NodeJS.ProcessEnv {
  const folder = path.join(home, "bin");
  const command = path.join(folder, "opsc");
  mkdirSync(folder);
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${path.join(root, "dist/opsc.mjs")}" "$@"\n`);
  chmodSync(command, 0o755);
  return {
    ...process.env,
    PATH: `${folder}${path.delimiter}${process.env.PATH ?? ""}`,
    HOME: home,
    XDG_CACHE_HOME: home,
  };
}

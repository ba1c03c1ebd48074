/**
 * Makes `compiler/render/page/page.generated.ts`: the style and the script of the HTML page, small, and their hashes, by which
 * the page's policy knows them. It is checked in, since the renderer is pure and reads no files; a test holds it to be fresh.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { build } from "esbuild";

export const GENERATED = "compiler/render/page/page.generated.ts";

/** The text of the file, from the sources in `root`. */
export async function generatedPage(root: string): Promise<string> {
  const [style, script] = await Promise.all(
    ["compiler/render/page/page.css", "compiler/render/page/client/main.ts"].map((entry) => bundled(root, entry)),
  );
  const hash = (text: string): string => `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
  const made = {
    STYLE: style ?? "",
    STYLE_HASH: hash(style ?? ""),
    SCRIPT: script ?? "",
    SCRIPT_HASH: hash(script ?? ""),
  };
  const lines = Object.entries(made).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`);
  return `// Made by cli/build-page.ts from page.css and client/: UPDATE_GOLDEN=1 npx vitest run test/render/page.test.ts makes it anew.\n${lines.join("")}`;
}

async function bundled(root: string, entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path.join(root, "out"),
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: ["es2023", "chrome123", "firefox120", "safari17.5"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  const text = outputFiles[0]?.text.trim() ?? "";
  // Either would end the element it stands in.
  if (text === "" || /<\/(script|style)|<!--/i.test(text)) throw new Error(`${entry} cannot stand in a page`);
  return text;
}

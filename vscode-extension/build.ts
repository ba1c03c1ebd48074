/**
 * Builds `out/`: the extension as one file, the script and style of the view, and the command as `npm run build` made it, so that
 * nothing else has to be installed.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { type BuildOptions, build, type Metafile } from "esbuild";

const home = import.meta.dirname;
const root = path.resolve(home, "..");

const shared = {
  absWorkingDir: home,
  bundle: true,
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Of the extension itself: VS Code gives `vscode`, and takes CommonJS everywhere. */
export const EXTENSION = {
  ...shared,
  entryPoints: { extension: "src/extension.ts" },
  format: "cjs",
  platform: "node",
  target: "node22",
  outExtension: { ".js": ".cjs" },
  external: ["vscode"],
} as const satisfies BuildOptions;

/** Of the view, which is a page. */
export const VIEW = {
  ...shared,
  entryPoints: [
    { in: "src/webview/main.ts", out: "plan-view" },
    { in: "src/webview/plan-view.css", out: "plan-view" },
  ],
  format: "iife",
  platform: "browser",
  target: "chrome130",
} as const satisfies BuildOptions;

/** What of the built command is for those who write providers, or for one version of Node.js. */
const LEFT_OUT = /^types$|\.cache$/;

async function main(): Promise<void> {
  const out = path.join(home, "out");
  const dist = path.join(root, "dist");
  if (!existsSync(path.join(dist, "opsc.mjs"))) {
    process.stderr.write("The command is not built yet: npm run build in the folder above, then again.\n");
    process.exitCode = 1;
    return;
  }
  rmSync(out, { recursive: true, force: true });
  const [extension, view] = await Promise.all([build({ ...EXTENSION, outdir: out }), build({ ...VIEW, outdir: out })]);
  for (const file of readdirSync(dist))
    if (!LEFT_OUT.test(file)) cpSync(path.join(dist, file), path.join(out, "opsc/dist", file), { recursive: true });
  // The pages of diagnostics are found beside the command.
  mkdirSync(path.join(out, "opsc/language"), { recursive: true });
  cpSync(path.join(root, "language/DIAGNOSTICS.md"), path.join(out, "opsc/language/DIAGNOSTICS.md"));
  cpSync(path.join(root, "LICENSE"), path.join(home, "LICENSE"));
  writeFileSync(path.join(out, "THIRD_PARTY_LICENSES"), licences([extension.metafile, view.metafile]));
}

/** The licences of what the bundles hold; those of the command are beside it. */
function licences(metafiles: readonly Metafile[]): string {
  const folders = new Set(
    metafiles.flatMap(({ inputs }) =>
      Object.keys(inputs).flatMap((file) => {
        const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
        return folder === undefined ? [] : [path.resolve(home, folder)];
      }),
    ),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Record<
      string,
      string
    >;
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${name} has no licence beside it`);
    return `${name} ${version} (${license})\n\n${readFileSync(path.join(folder, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

if (import.meta.main) await main();

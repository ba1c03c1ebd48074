/** Builds `dist/`: the command as one program with parts loaded when used, its quick commands, the provider kit with its types, the schemas. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { build, type Plugin } from "esbuild";
import { OpsParser } from "../language/parser/declarations.ts";
import { builtInManifests } from "../runtime/providers/index.ts";
import { buildSmall, SMALL } from "./build-small.ts";
import { commandTable } from "./command-line/table.ts";
import { writeLicences } from "./licences.ts";
import { writeSchemas } from "./schemas.ts";
import { readTemplate } from "./template.ts";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };

/**
 * Modules of Node.js that cost milliseconds to load and that few commands call, loaded at the first call: child processes,
 * which commander has for commands of a kind that opsc has none of, and digests, which checking does without.
 */
const lateBuiltIns: Plugin = {
  name: "late built-ins",
  setup({ onResolve, onLoad }) {
    const late = [
      { from: "node:child_process", importer: /commander\/lib\//, kind: "default", name: "spawn" },
      { from: "node:crypto", importer: /compiler\/digest\.ts$/, kind: "named", name: "createHash" },
    ] as const;
    onResolve({ filter: /^node:(?:child_process|crypto)$/ }, ({ path: from, importer }) =>
      late.some((each) => each.from === from && each.importer.test(importer))
        ? { path: from, namespace: "late" }
        : null,
    );
    onLoad({ filter: /./, namespace: "late" }, ({ path: from }) => {
      const found = late.find((each) => each.from === from);
      if (found === undefined) return null;
      const call = `(...args) => process.getBuiltinModule("${from}").${found.name}(...args)`;
      return {
        contents:
          found.kind === "default"
            ? `export default { ${found.name}: ${call} };`
            : `export const ${found.name} = ${call};`,
      };
    });
  },
};

/** Packages that call `require` for modules of Node.js, which a module does not have. */
const requiredBuiltIns: Plugin = {
  name: "required built-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[\w:/]+$/ }, ({ path: from, kind }) =>
      kind === "require-call" && isBuiltin(from) ? { path: from, namespace: "required" } : null,
    );
    onLoad({ filter: /./, namespace: "required" }, ({ path: from }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(from)});`,
    }));
  },
};

/** As a text in the code: an object would stand in a file of its own, which the entry would load before it looks at the version. */
const jsonText = (value: unknown): string => JSON.stringify(JSON.stringify(value));

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const shared = {
  // What yaml offers to Node calls require, which a module does not have; its other build is the same parser as modules.
  alias: { yaml: path.join(root, "node_modules/yaml/browser/index.js") },
  target: "node22.18",
  // What is the same at every start is made here.
  define: {
    OPSC_VERSION: JSON.stringify(version),
    OPSC_MANIFESTS: jsonText(builtInManifests()),
    OPSC_COMMANDS: jsonText(commandTable()),
    OPSC_TEMPLATE: jsonText(readTemplate()),
    OPSC_LOOKAHEAD: jsonText(new OpsParser(true).lookahead()),
    OPSC_SMALL: jsonText(SMALL),
  },
};
const result = await build({
  ...shared,
  plugins: [lateBuiltIns, requiredBuiltIns],
  absWorkingDir: root,
  entryPoints: {
    opsc: "cli/opsc.ts",
    provider: "runtime/provider/kit.ts",
    "spawn-helper": "runtime/process/helper.ts",
  },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  minify: true,
  keepNames: false,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
});
const entry = path.join(dist, "opsc.mjs");
writeFileSync(entry, `#!/usr/bin/env node\n${readFileSync(entry, "utf8")}`);
chmodSync(entry, 0o755);
await buildSmall(root, shared, result.metafile);
writeLicences(root, Object.keys(result.metafile.inputs));
writeSchemas(path.join(dist, "schemas"));
execFileSync(path.join(root, "node_modules/.bin/tsc"), ["-p", "cli/tsconfig.types.json"], {
  cwd: root,
  stdio: "inherit",
});

/**
 * Builds the quick program: the commands that editors, hooks and pipelines start all the time, in one file beside the whole
 * command, and what V8 makes of it. Reading and compiling a program of this size takes longer than checking most projects.
 *
 * It is the command as it is (`main.ts`), except that other commands, and what only some projects need (YAML, configuration's
 * schema, SARIF), are loaded from the parts of the whole one. Those give data and functions: nothing is made by one program and
 * recognised by the other.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

/** Commands of the quick program. */
export const QUICK: readonly string[] = ["check", "fmt"];

/** What is loaded when used, and yet is part of it. */
const WITHIN: ReadonlySet<string> = new Set([
  ...QUICK.map((name) => `cli/commands/${name}.ts`),
  "cli/config.ts",
  "cli/data.ts",
  "cli/faults.ts",
  "cli/packages.ts",
  "compiler/diagnostics/frame.ts",
]);

/** `whole` is of the build of the whole command, with the same `options`. */
export async function buildQuick(
  root: string,
  options: Pick<BuildOptions, "alias" | "define" | "target">,
  whole: Metafile,
): Promise<void> {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: ["cli/main.ts"],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    minify: true,
    legalComments: "none",
    logLevel: "error",
    plugins: [partsOf(root, whole), builtIns],
  });
  const [program] = outputFiles;
  if (program === undefined) throw new Error("the quick program was not built");
  const file = path.join(root, "dist/quick.cjs");
  // A function of what loads a part, which gives what `main.ts` exports: it needs nothing around it.
  const text = inAscii(withLoad(program.text));
  writeFileSync(file, `(function(${LOAD}){var module={exports:{}};${text}\nreturn module.exports})`);
  execFileSync(process.execPath, [path.join(root, "cli/compile-quick.ts"), file], { cwd: root, stdio: "inherit" });
}

/** Parts of the whole command, under the names they have in `dist`. */
function partsOf(root: string, whole: Metafile): Plugin {
  const parts = new Map(
    Object.entries(whole.outputs).flatMap(([output, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[entryPoint, path.basename(output)]],
    ),
  );
  return {
    name: "parts of the whole command",
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, path: from, resolveDir }) => {
        if (kind !== "dynamic-import") return null;
        const source = path.relative(root, path.join(resolveDir, from));
        if (WITHIN.has(source)) return null;
        const part = parts.get(source);
        if (part === undefined) throw new Error(`there is no part for ${source}`);
        return { path: `./${part}`, external: true };
      });
    },
  };
}

/** Modules of Node.js that few of these commands call, and that take milliseconds to load: they are loaded at the first call. */
const LATE: ReadonlySet<string> = new Set(["node:child_process", "node:crypto"]);

/** Modules of Node.js, by the names that are used of them: esbuild would copy all that each has, at every start. */
const builtIns: Plugin = {
  name: "built-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path: from }) => ({ path: from, namespace: "built-in" }));
    onLoad({ filter: /./, namespace: "built-in" }, ({ path: from }) => {
      const module = `process.getBuiltinModule("${from}")`;
      const late = LATE.has(from);
      const names = Object.keys(process.getBuiltinModule(from) ?? {}).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
      const made = names.map((name) =>
        late
          ? `const _${name} = (...args) => ${module}.${name}(...args);`
          : `const _${name} = /* @__PURE__ */ of("${name}");`,
      );
      const all = late ? `{ ${names.map((name) => `${name}: _${name}`).join(", ")} }` : `/* @__PURE__ */ ${module}`;
      const exported = names.filter((name) => name !== "default").map((name) => `_${name} as ${name}`);
      return {
        contents: `${late ? "" : `const all = ${all}; const of = (name) => all[name];`}
${made.join("\n")}
${late ? `const all = ${all};` : ""}
export { all as default, ${exported.join(", ")} };`,
      };
    });
  },
};

/** What loads a part, from where the entry is. A script that V8 has compiled beforehand cannot import by itself without a warning of Node.js. */
const LOAD = "__load_part";

const withLoad = (program: string): string => program.replace(/\bimport\((?="\.\/[\w.-]+\.mjs"\))/g, `${LOAD}(`);

/** In characters of one byte, which are read without decoding. esbuild leaves others in regular expressions, which may have them as escapes. */
function inAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

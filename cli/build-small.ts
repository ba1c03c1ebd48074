/**
 * Builds the small programs: commands that editors, hooks and pipelines start all the time and wait for, each in one file beside the whole
 * command, with what V8 makes of it. Reading and compiling a program of this size takes longer than checking most projects.
 *
 * Each is the command as it is (`main.ts`), except that other commands, and what only some projects need (configuration's
 * schema, SARIF), are loaded from the parts of the whole one. Those give data and functions: nothing is made by one program and
 * recognised by the other, but what ends a command (`exit.ts`).
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import process from "node:process";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

/** A program in a file of its own, `dist/NAME.cjs`. */
interface Small {
  readonly name: string;
  readonly commands: readonly string[];
  /** What is loaded when used, and yet is part of it. */
  readonly within: ReadonlySet<string>;
  /** Runs it once, so that V8 has something to keep. */
  readonly compile: string;
}

/** What reads a project. */
const HOST = ["cli/config.ts", "cli/data.ts", "cli/packages.ts"];

const PROGRAMS: readonly Small[] = [
  {
    name: "quick",
    commands: ["check", "fmt"],
    within: new Set([
      ...HOST,
      "cli/commands/check.ts",
      "cli/commands/fmt.ts",
      "cli/faults.ts",
      "compiler/diagnostics/frame.ts",
    ]),
    compile: "cli/compile-quick.ts",
  },
  {
    name: "server",
    commands: ["lsp"],
    within: new Set([...HOST, "cli/commands/lsp.ts", "cli/config.schema.ts"]),
    compile: "cli/compile-server.ts",
  },
];

/** The programs that hold commands, by the commands. */
export const SMALL: Readonly<Record<string, string>> = Object.fromEntries(
  PROGRAMS.flatMap(({ name, commands }) => commands.map((command) => [command, name])),
);

/** `whole` is of the build of the whole command, with the same `options`. */
export async function buildSmall(root: string, options: Options, whole: Metafile): Promise<void> {
  for (const program of PROGRAMS) await buildOne(root, options, whole, program);
}

type Options = Pick<BuildOptions, "alias" | "define" | "target">;

async function buildOne(root: string, options: Options, whole: Metafile, small: Small): Promise<void> {
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
    define: { ...options.define, "import.meta.dirname": HERE, "import.meta.url": URL },
    plugins: [partsOf(root, whole, small), builtIns, required],
  });
  const [program] = outputFiles;
  if (program === undefined) throw new Error(`the program ${small.name} was not built`);
  const file = path.join(root, `dist/${small.name}.cjs`);
  // A function of what loads a part and of where the entry is, which gives what `main.ts` exports: it needs nothing around it.
  const text = inAscii(withLoad(program.text));
  writeFileSync(file, `(function(${LOAD},${HERE},${URL}){var module={exports:{}};${text}\nreturn module.exports})`);
  execFileSync(process.execPath, [path.join(root, small.compile), file], { cwd: root, stdio: "inherit" });
}

/** Parts of the whole command, under the names they have in `dist`. */
function partsOf(root: string, whole: Metafile, { within }: Small): Plugin {
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
        if (within.has(source)) return null;
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

/** Modules of Node.js that packages ask for with `require`, which such a program has not: each is loaded when something of it is used. */
const required: Plugin = {
  name: "required built-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[\w/]+$/ }, ({ path: from, kind }) =>
      kind === "require-call" && isBuiltin(from) ? { path: from, namespace: "required" } : null,
    );
    onLoad({ filter: /./, namespace: "required" }, ({ path: from }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => process.getBuiltinModule(${JSON.stringify(from)})[name] });`,
    }));
  },
};

/** What loads a part, from where the entry is. A script that V8 has compiled beforehand cannot import by itself without a warning of Node.js. */
const LOAD = "__load_part";
/** Folder and URL of the entry, which stands beside the program. */
const HERE = "__here";
const URL = "__url";

const withLoad = (program: string): string => program.replace(/\bimport\((?="\.\/[\w.-]+\.mjs"\))/g, `${LOAD}(`);

/** In characters of one byte, which are read without decoding. esbuild leaves others in regular expressions, which may have them as escapes. */
function inAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

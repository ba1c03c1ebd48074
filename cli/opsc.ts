/** Entry of the `opsc` command. It runs on any Node, so that an older one is told about in one line. */

/** JSON of the small programs by the commands they hold; not there when run from source. */
declare const OPSC_SMALL: string | undefined;

const small = typeof OPSC_SMALL === "string" ? new Map<string, string>(Object.entries(JSON.parse(OPSC_SMALL))) : null;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `opsc needs Node.js 22.18 or later; this is ${process.versions.node}. Install a current Node.js from https://nodejs.org.\n`,
  );
  process.exitCode = 9;
} else if (small?.has(process.argv[2] ?? "") === true) {
  load(small.get(process.argv[2] ?? "") ?? "").main(process.argv);
} else if (process.argv[2] === "__complete") {
  // A shell asks at every press of a key: nothing that it does not need is loaded.
  import("./complete/main.ts").then(({ complete }) => complete(process.argv.slice(3)));
} else {
  import("./main.ts").then(({ main }) => main(process.argv));
}

/**
 * A command that is started all the time and waited for, in a program that V8 has compiled when opsc was built (`build-small.ts`). What it
 * made then is of use to the same V8 only; any other leaves it and compiles the program as it does any.
 */
function load(name: string): typeof import("./main.ts") {
  const { readFileSync, existsSync } = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const program = `${import.meta.dirname}/${name}.cjs`;
  const compiled = `${import.meta.dirname}/${name}-${process.version}-${process.arch}.cache`;
  const script = new Script(readFileSync(program, "latin1"), {
    filename: program,
    ...(existsSync(compiled) ? { cachedData: readFileSync(compiled) } : {}),
  });
  return script.runInThisContext()((part: string) => import(part), import.meta.dirname, import.meta.url);
}

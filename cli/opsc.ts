/** Entry of the `opsc` command. It runs on any Node, so that an older one is told about in one line. */

/** JSON of the commands that `quick.cjs` holds; not there when run from source. */
declare const OPSC_QUICK: string | undefined;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `opsc needs Node.js 22.18 or later; this is ${process.versions.node}. Install a current Node.js from https://nodejs.org.\n`,
  );
  process.exitCode = 9;
} else if (typeof OPSC_QUICK === "string" && JSON.parse(OPSC_QUICK).includes(process.argv[2])) {
  quick().main(process.argv);
} else if (process.argv[2] === "__complete") {
  // A shell asks at every press of a key: nothing that it does not need is loaded.
  import("./complete/main.ts").then(({ complete }) => complete(process.argv.slice(3)));
} else {
  import("./main.ts").then(({ main }) => main(process.argv));
}

/**
 * The commands that are started all the time, as one program, which V8 has compiled when opsc was built (`build-quick.ts`). What it
 * made then is of use to the same V8 only; any other leaves it and compiles the program as it does any.
 */
function quick(): typeof import("./main.ts") {
  const { readFileSync, existsSync } = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const program = `${import.meta.dirname}/quick.cjs`;
  const compiled = `${import.meta.dirname}/quick-${process.version}-${process.arch}.cache`;
  const script = new Script(readFileSync(program, "latin1"), {
    filename: program,
    ...(existsSync(compiled) ? { cachedData: readFileSync(compiled) } : {}),
  });
  return script.runInThisContext()((part: string) => import(part));
}

/** Entry of the `opsc` command. It runs on any Node, so that an older one is told about in one line. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `opsc needs Node.js 22.18 or later; this is ${process.versions.node}. Install a current Node.js from https://nodejs.org.\n`,
  );
  process.exitCode = 9;
} else {
  import("./main.ts").then(({ main }) => main(process.argv));
}

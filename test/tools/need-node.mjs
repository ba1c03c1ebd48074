// Says plainly when the Node.js that the npm scripts run on is too old. `npm ci` installs one into node_modules, unless install
// scripts are switched off (--ignore-scripts): then the Node.js on PATH must do.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`This needs Node.js 22.18 or later, and this is ${process.versions.node}.
The package "node" among the devDependencies brings one, by its install script. It was not run:
run npm ci again without --ignore-scripts (npm 11: npm install-scripts approve node), or put a current Node.js on PATH.`);
  process.exit(1);
}

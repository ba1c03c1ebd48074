/**
 * The loader as Node itself loads it. Under the test runner, `import()` is the runner's own and knows nothing of Node's
 * resolution hooks, through which `opsc/provider` becomes the kit.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const load: typeof import("../../../runtime/provider/load.ts") = require("../../../runtime/provider/load.ts");

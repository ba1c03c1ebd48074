import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "./test/tools/own-folder.ts",
    // By itself vitest leaves a core to itself: on two, half of what there is. Measured there: 9 minutes instead of 14.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: process.env.CI === undefined ? ["default"] : ["default", "./test/tools/summary.ts"],
  },
});

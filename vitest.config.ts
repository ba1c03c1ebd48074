import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "./test/tools/own-folder.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: process.env.CI === undefined ? ["default"] : ["default", "./test/tools/summary.ts"],
  },
});

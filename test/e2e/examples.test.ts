/** The examples, as their READMEs tell of them. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { documents, isOfExample } from "../docs/blocks.ts";
import { follow } from "../docs/walk.ts";
import { binary, copyOf, ended, opsc, root } from "./opsc.ts";

const followed = documents().filter((d) => isOfExample(d) && d.blocks.some((block) => block.words.has("run")));

test.concurrent.each(followed)("$file, step by step", { timeout: 120_000 }, async (document) => {
  expect(await follow(document, binary)).toEqual([]);
});

test("the tour ends well, and within two minutes", async () => {
  const began = Date.now();
  const ran = await ended(
    spawn(process.execPath, [path.join(root, "examples/release/demo.ts")], { stdio: ["pipe", "pipe", "pipe"] }),
  );
  expect(ran, ran.out).toMatchObject({ code: 0 });
  expect(ran.out).toContain("All of it happened.");
  expect(Date.now() - began).toBeLessThan(120_000);
}, 150_000);

test("a provider of one's own: previewed, approved, applied, undone by its own undo", async () => {
  const project = copyOf(path.join(root, "examples/custom-provider"));
  const flags = (): unknown => JSON.parse(readFileSync(path.join(project, "flags.json"), "utf8"));
  const plan = await opsc(
    [
      "plan",
      "set_flag",
      "-i",
      "name=new_search",
      "-i",
      "enabled=true",
      "--as",
      "dana@example.com",
      "-o",
      "on.opsplan.json",
    ],
    project,
  );
  expect(plan, plan.err).toMatchObject({ code: 0 });
  expect(plan.out).toContain("new_search");
  expect((await opsc(["approve", "on.opsplan.json", "--as", "ana@example.com"], project)).code).toBe(0);
  expect((await opsc(["apply", "on.opsplan.json", "--as", "dana@example.com"], project)).code).toBe(0);
  expect(flags()).toEqual({ new_search: true });
  const again = await opsc(
    ["plan", "set_flag", "-i", "name=new_search", "-i", "enabled=true", "--as", "dana@example.com"],
    project,
  );
  expect(again).toMatchObject({ code: 3, err: expect.stringContaining("new_search is on already") });
  rmSync(project, { recursive: true });
});

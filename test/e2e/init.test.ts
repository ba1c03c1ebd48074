/** `opsc init`: the project it makes works at once, on a machine that has nothing but Node.js. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readTemplate, WORKFLOW } from "../../cli/template.ts";
import { commandsIn } from "../docs/command-line.ts";
import { binary, ended, opsc, startHeld } from "./opsc.ts";

const empty = (): string => mkdtempSync(path.join(tmpdir(), "opsc-init-"));

/** Neither git nor a home, and no program but those of every system. */
const BARE = {
  PATH: "/usr/bin:/bin",
  HOME: "/nowhere",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

async function made(): Promise<string> {
  const folder = path.join(empty(), "operations");
  expect(await opsc(["init", folder], path.dirname(folder))).toMatchObject({ code: 0 });
  return folder;
}

describe("the project", () => {
  test("is made, and what it says to do next works, in that order, to the end", async () => {
    const around = empty();
    const told = await opsc(["init", "new ops"], around, "", BARE);
    expect(told).toMatchObject({ code: 0, err: expect.stringContaining("Next:\n  cd 'new ops'\n  opsc check\n") });
    const folder = path.join(around, "new ops");
    const written = [...Object.keys(readTemplate()), ".vscode/opsc.config.schema.json"].sort();
    expect(filesBelow(folder)).toEqual(written);
    expect(told.out.trim().split("\n").sort()).toEqual(written.map((file) => `new ops/${file}`));
    const [, ...next] = [...told.err.matchAll(/^ {2}(opsc|cd) (.*)$/gm)];
    expect(next.length).toBe(3);
    for (const [, , words = ""] of next) {
      const ran = await opsc(words.split(" "), folder, "", BARE);
      expect(ran, words + ran.err).toMatchObject({ code: 0 });
    }
    expect(readFileSync(path.join(folder, "sites/staging/status.txt"), "utf8")).toBe("closed\n");
  });

  test("is laid out, and nothing is wrong with it, warnings included", async () => {
    const folder = await made();
    expect(await opsc(["fmt", "--check"], folder)).toMatchObject({ code: 0 });
    expect(await opsc(["check", "--fail-level", "warning"], folder)).toMatchObject({
      code: 0,
      out: "3 files, 1 action, 2 tests: nothing wrong\n",
    });
  });

  test("has a README whose commands work as they stand there", async () => {
    const folder = await made();
    const shell = [...readFileSync(path.join(folder, "README.md"), "utf8").matchAll(/```sh\n(.*?)```/gs)];
    const commands = shell.flatMap(([, text = ""]) => text.trim().split("\n"));
    expect(commands.length).toBeGreaterThan(6);
    for (const line of commands) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
      const ran = await opsc(words.slice(1), folder, "", { ...BARE, OPSC_AS: "dana@example.com" });
      // Whoever approves says so with --as, which counts before OPSC_AS.
      expect(ran, line + ran.err).toMatchObject({ code: 0 });
    }
    expect(readFileSync(path.join(folder, "sites/production/status.txt"), "utf8")).toBe("closed\n");
  });

  test("is the first look that opsc --help shows, which works as it stands there", async () => {
    const folder = empty();
    const { out } = await opsc(["--help"], folder, "", { COLUMNS: "200" });
    const look = out.slice(out.indexOf("A first look:\n") + "A first look:\n".length).trim();
    const script = ["set -e", 'opsc() { "$NODE" "$OPSC" "$@"; }', ...look.split("\n")].join("\n");
    const env = { ...process.env, NODE: process.execPath, OPSC: binary, OPSC_DIR: "", OPSC_AS: "", CI: "" };
    execFileSync("bash", ["-c", script], { cwd: folder, env: { ...env, ...BARE }, stdio: "pipe" });
    expect(readFileSync(path.join(folder, "operations/sites/production/status.txt"), "utf8")).toBe("closed\n");
  });

  test("production wants a reason and somebody else's word", async () => {
    const folder = await made();
    const plan = ["plan", "maintenance", "-i", "env=production", "-i", "closed=true", "--as", "dana@example.com"];
    expect(await opsc(plan, folder)).toMatchObject({ code: 3, err: expect.stringContaining("say why with --reason") });
    const apply = ["apply", ...plan.slice(1), "--yes", "--reason", "disks are replaced"];
    expect((await opsc(apply, folder)).code).toBe(4);
  });

  test("has a configuration that is as the schema beside it says", async () => {
    const folder = await made();
    const read = (file: string): Record<string, unknown> =>
      JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Record<string, unknown>;
    const config = read("opsc.config.json");
    const valid = new Ajv2020({ strict: false }).compile(read(String(config.$schema)));
    expect(valid(config), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...config, nonsense: 1 })).toBe(false);
  });
});

interface Workflow {
  readonly env: Record<string, string>;
  readonly jobs: Record<string, { readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }>;
}

describe("the workflow", () => {
  test("does what it says, run as GitHub runs it, with stand-ins for npm and gh", async () => {
    const folder = await made();
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    const bin = path.join(empty(), "bin");
    mkdirSync(bin);
    writeFileSync(path.join(bin, "opsc"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
    writeFileSync(path.join(bin, "npm"), '#!/bin/sh\necho "npm $*" >> said\n');
    writeFileSync(path.join(bin, "gh"), '#!/bin/sh\necho "gh $*" >> said\n');
    for (const name of ["opsc", "npm", "gh"]) chmodSync(path.join(bin, name), 0o755);
    const { jobs, env } = parse(readFileSync(path.join(folder, WORKFLOW), "utf8")) as Workflow;
    expect(env.OPSC_DIR).toBe(".");
    for (const { run } of Object.values(jobs).flatMap((job) => job.steps)) {
      if (run === undefined) continue;
      execFileSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
        cwd: folder,
        env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}`, CI: "true", PULL_REQUEST: "7" },
        stdio: "pipe",
      });
    }
    const plan = readFileSync(path.join(folder, "plan.md"), "utf8");
    expect(plan).toContain("Close production");
    expect(plan).toContain("Site team");
    expect(readFileSync(path.join(folder, "said"), "utf8")).toContain(
      "gh pr comment 7 --body-file plan.md --edit-last",
    );
  });

  test("goes to the top of the repository the folder is in, and names the folder", async () => {
    const repository = empty();
    execFileSync("git", ["init", "--quiet"], { cwd: repository });
    expect((await opsc(["init", "team/ops"], repository)).code).toBe(0);
    expect(existsSync(path.join(repository, "team/ops", WORKFLOW))).toBe(false);
    const text = readFileSync(path.join(repository, WORKFLOW), "utf8");
    expect((parse(text) as Workflow).env.OPSC_DIR).toBe("team/ops");
    const second = await opsc(["init", "team/more"], repository);
    expect(second).toMatchObject({ code: 0, err: expect.stringContaining(`${WORKFLOW} is there already and stays`) });
    expect(readFileSync(path.join(repository, WORKFLOW), "utf8")).toBe(text);
  });
});

describe("nothing is overwritten", () => {
  test("a folder that is not empty is left as it is, with what to do", async () => {
    const folder = empty();
    writeFileSync(path.join(folder, "main.ops"), "// mine\n");
    expect(await opsc(["init"], folder)).toMatchObject({
      code: 1,
      out: "",
      err: "error: this folder is not empty: it holds main.ops\n  nothing is ever overwritten: name a new folder, such as opsc init operations\n",
    });
    expect(filesBelow(folder)).toEqual(["main.ops"]);
    expect((await opsc(["init", "main.ops"], folder)).err).toContain("main.ops is no folder");
  });

  test("an empty repository will do, and --dry-run writes nothing", async () => {
    const folder = empty();
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    const dry = await opsc(["init", "--dry-run", "--json"], folder);
    expect(dry).toMatchObject({ code: 0, err: "" });
    const { files, written } = JSON.parse(dry.out) as { files: string[]; written: boolean };
    expect(written).toBe(false);
    expect(readdirSync(folder)).toEqual([".git"]);
    expect((await opsc(["init"], folder)).code).toBe(0);
    expect(filesBelow(folder).filter((file) => !file.startsWith(".git/"))).toEqual(files);
  });

  test("a file that appears meanwhile, through a link too, is not written over", async () => {
    const folder = empty();
    const elsewhere = path.join(empty(), "target.yml");
    mkdirSync(path.join(folder, ".git"));
    mkdirSync(path.join(folder, ".github/workflows"), { recursive: true });
    symlinkSync(elsewhere, path.join(folder, WORKFLOW));
    expect((await opsc(["init", "ops"], folder)).code).toBe(0);
    expect(existsSync(elsewhere)).toBe(false);
  });

  test.runIf(process.platform === "linux")("a folder that the system never makes is told, at once", async () => {
    for (const folder of ["/proc/opsc", "/proc/opsc/deep"])
      expect(await opsc(["init", folder], empty())).toMatchObject({
        code: 9,
        err: expect.stringContaining("check the folder and its permissions"),
      });
  });

  test("a folder that may not be written is told", async () => {
    const folder = empty();
    chmodSync(folder, 0o555);
    const told = await ended(startHeld(["init", "ops"], folder));
    expect(told).toMatchObject({ code: 9, out: "", err: expect.stringContaining("permission denied") });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("what the README shows are commands that there are", () => {
  expect(commandsIn(readTemplate()["README.md"] ?? "").length).toBeGreaterThan(6);
});

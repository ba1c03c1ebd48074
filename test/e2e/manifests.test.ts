/** What the build puts in so that it need not be made at start is what would be made. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { configSchema } from "../../cli/config.schema.ts";
import { DEFAULT_CONFIG } from "../../cli/config.ts";
import { digestOf } from "../../compiler/digest.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";
import { BUILT_IN_NAMES } from "../../runtime/providers/names.ts";
import { makeProject, opsc, root } from "./opsc.ts";

describe("made by the build", () => {
  test("the names of what is built in are those of its providers", () => {
    expect([...BUILT_IN_NAMES]).toEqual(Object.keys(BUILT_IN).sort());
    expect([...BUILT_IN_NAMES]).toEqual(
      Object.values(BUILT_IN)
        .map(({ manifest }) => manifest.name)
        .sort(),
    );
  });

  test.each(BUILT_IN_NAMES)("the manifest of %s that a plan names is the one its code declares", async (name) => {
    const call = {
      exec: 'exec.run(argv: ["true"])',
      file: 'file.write(path: "a", content: "b")',
      http: 'http.request(method: "POST", url: "http://127.0.0.1:1/")',
      postgres: 'postgres.disable_login(role: "a")',
      vault: 'vault.destroy(path: "secret/a", versions: [1])',
    }[name];
    const settings =
      {
        postgres: ' { url = kept tls = "off" }',
        vault: ' { address = "http://127.0.0.1:1" token = kept }',
      }[String(name)] ?? "";
    const folder = makeProject({
      "main.ops": `${settings === "" ? "" : 'secret kept from env("KEPT")\n'}use ${name}${settings}\naction a() {\n  step s = ${call} { rollback nothing "test" }\n}\n`,
    });
    const { code, out } = await opsc(["plan", "a", "--as", "dana@example.com", "--json"], folder, "", {
      KEPT: "postgres://a@127.0.0.1:1/a",
    });
    expect(code).toBe(0);
    expect(out).toContain(digestOf(BUILT_IN[name]?.manifest));
  });

  test("a project without a configuration has the one an empty file gives", () => {
    expect(DEFAULT_CONFIG).toEqual(configSchema.parse({}));
  });

  test("checking loads neither the providers' code nor the library of schemas", () => {
    const dist = path.join(root, "dist");
    const files = readdirSync(dist);
    const begin = ["opsc.mjs", ...["main-", "check-", "frame-"].map((start) => files.find((f) => f.startsWith(start)))];
    const loaded = new Set<string>();
    const load = (file: string | undefined): void => {
      if (file === undefined || loaded.has(file)) return;
      loaded.add(file);
      const text = readFileSync(path.join(dist, file), "utf8");
      for (const [, next] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) load(next);
    };
    for (const file of begin) load(file);
    const text = [...loaded].map((file) => readFileSync(path.join(dist, file), "utf8")).join("\n");
    const holds = (words: string): boolean => text.includes(words);
    expect(holds("performSelfAnalysis")).toBe(true);
    expect({ zod: holds("toJSONSchema"), kit: holds("provider fault in ") }).toEqual({ zod: false, kit: false });
  });

  test("the quick commands are a program of their own, without what they need not, and compiled for this Node.js", () => {
    const program = readFileSync(path.join(root, "dist/quick.cjs"), "latin1");
    const holds = (words: string): boolean => program.includes(words);
    expect({ parser: holds("performSelfAnalysis"), zod: holds("toJSONSchema"), yaml: holds("yaml.org") }).toEqual({
      parser: true,
      zod: false,
      yaml: false,
    });
    const cachedData = readFileSync(path.join(root, `dist/quick-${process.version}-${process.arch}.cache`));
    const script = new Script(program, { filename: path.join(root, "dist/quick.cjs"), cachedData });
    expect(script.cachedDataRejected).toBe(false);
  });

  test("the language server is one too, with what reads a configuration, and without what draws plans", () => {
    const program = readFileSync(path.join(root, "dist/server.cjs"), "latin1");
    const holds = (words: string): boolean => program.includes(words);
    const found = {
      server: holds("textDocument/completion"),
      schema: holds("toJSONSchema"),
      graphviz: holds("ranksep"),
    };
    expect(found).toEqual({ server: true, schema: true, graphviz: false });
    const cachedData = readFileSync(path.join(root, `dist/server-${process.version}-${process.arch}.cache`));
    const script = new Script(program, { filename: path.join(root, "dist/server.cjs"), cachedData });
    expect(script.cachedDataRejected).toBe(false);
  });

  test("what ends a command in a part that a program of its own has loaded is no fault of opsc", () => {
    const folder = makeProject({ "main.ops": "let x = 1\n", "opsc.config.json": '{ "policies": ["./nowhere"] }\n' });
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, "dist/opsc.mjs"), "check"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 9, stderr: "" });
    expect(stdout).toContain("there is no folder ./nowhere");
    expect(stdout).toContain("opsc.config.json:1:");
  });

  test("without what V8 made of them, or with what another made, they do the same", async () => {
    const dist = mkdtempSync(path.join(tmpdir(), "opsc-dist-"));
    cpSync(path.join(root, "dist"), dist, { recursive: true });
    const compiled = path.join(dist, `quick-${process.version}-${process.arch}.cache`);
    const folder = makeProject({ "main.ops": "use file\naction a() {\n  let x = y\n}\n" });
    const run = () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(dist, "opsc.mjs"), "check"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      });
      return { status, stdout, stderr };
    };
    const whole = run();
    expect(whole).toMatchObject({ status: 1, stdout: expect.stringContaining("there is no y here") });
    const other = readFileSync(compiled);
    other.fill(0x5a, 0, 16);
    writeFileSync(compiled, other);
    expect(run()).toEqual(whole);
    rmSync(compiled);
    expect(run()).toEqual(whole);
  });
});

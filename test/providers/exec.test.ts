import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Invocation } from "../../runtime/provider/contract.ts";
import exec from "../../runtime/providers/exec.ts";
import { providerContract } from "./contract.ts";
import { discard, invocation, look, options, scratch } from "./helpers/world.ts";

async function setUp() {
  const directory = await scratch();
  return { directory, look: () => look(directory), close: () => discard(directory) };
}

providerContract({
  provider: exec,
  setUp,
  cases: {
    run: {
      good: () => ({ argv: ["true"] }),
      wrong: [
        [{ argv: [] }, /argument `argv` must be at least 1 element/],
        [{ argv: ["echo", 3] }, /argument `argv\[1\]` must be a text/],
        [{ argv: "echo hi" }, /argument `argv` must be a list/],
        [{ argv: ["true"], ok: ["zero"] }, /argument `ok\[0\]` must be a number/],
        [{ argv: ["true"], env: { A: 1 } }, /argument `env.A` must be a text/],
        [{ argv: ["no-such-program-here"] }, /no program named `no-such-program-here` on PATH/],
        [{ argv: ["./nothing"] }, /does not exist/],
        [{ argv: ["true"], cwd: "nowhere" }, /working directory .*nowhere` does not exist/],
      ],
      slow: () => ({ argv: ["sleep", "300"] }),
    },
  },
});

let directory: string;
beforeEach(async () => {
  directory = await scratch();
});
afterEach(() => discard(directory));

const run = (args: Invocation["args"]) => callProvider(exec, "run", invocation("run", args), options(directory));
const sh = (script: string, more: Invocation["args"] = {}) => run({ argv: ["sh", "-c", script], ...more });

describe("exec.run", () => {
  test("what it writes is secret, and neither result nor output holds it", async () => {
    expect(await sh("echo hunter2; echo hunter3 >&2")).toEqual({
      ok: true,
      value: { exit_code: 0, stdout: null, stderr: null },
      output: null,
    });
  });

  test("secrets go in by variables and standard input, and come back as nothing but a mask", async () => {
    const script = 'read line; test "$A" = hunter2-hunter2 && test "$line" = hunter3-hunter3 && echo "$A $B $line"';
    const secrets = { secret_env: { A: "hunter2-hunter2" }, secret_stdin: "hunter3-hunter3\n" };
    expect(await sh(script, { ...secrets, env: { A: "other", B: "b" }, public: true })).toMatchObject({
      ok: true,
      value: { stdout: "‹secret› b ‹secret›\n" },
    });
    expect(await sh("true", { secret_stdin: "hunter2-hunter2", stdin: "x" })).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining("give `stdin` or `secret_stdin`, not both"), retryable: false },
    });
    for (const name of ["a.b", "1A", "", "UID"])
      expect(await sh("true", { secret_env: { [name]: "hunter2-hunter2" } })).toMatchObject({
        ok: false,
        failure: { message: expect.stringContaining(`\`secret_env\` names ${JSON.stringify(name)}`), retryable: false },
      });
  });

  test("unless it is said to be public", async () => {
    const result = await sh("echo out; echo err >&2", { public: true });
    expect(result).toMatchObject({ ok: true, value: { exit_code: 0, stdout: "out\n", stderr: "err\n" } });
    expect(new TextDecoder().decode(result.output ?? new Uint8Array())).toBe("out\nerr\n");
  });

  test("no shell reads the arguments", async () => {
    const argv = ["printf", "%s|", "$HOME", "a b", "*", "'", "; exit 3", "", "-n"];
    expect(await run({ argv, public: true })).toMatchObject({ value: { stdout: "$HOME|a b|*|'|; exit 3||-n|" } });
  });

  test("works in the project's directory, or another", async () => {
    expect(await run({ argv: ["pwd", "-P"], cwd: "/", public: true })).toMatchObject({ value: { stdout: "/\n" } });
    await sh("echo x > here");
    expect(await readFile(path.join(directory, "here"), "utf8")).toBe("x\n");
  });

  test("is given standard input, or none", async () => {
    expect(await run({ argv: ["cat"], stdin: "héllo", public: true })).toMatchObject({ value: { stdout: "héllo" } });
    expect(await run({ argv: ["cat"], public: true })).toMatchObject({ value: { stdout: "" } });
  });

  test("does not mind a command that does not read its input", async () => {
    expect(await run({ argv: ["true"], stdin: "x".repeat(5_000_000) })).toMatchObject({ ok: true });
  });

  test("has the environment it is given and no other", async () => {
    process.env.OPSC_TEST_LEAK = "leaked";
    const result = await run({ argv: ["env"], env: { GREETING: "hi there" }, public: true });
    delete process.env.OPSC_TEST_LEAK;
    const names =
      result.ok && typeof result.value === "object"
        ? String(Object.entries(result.value ?? {}).find(([k]) => k === "stdout")?.[1])
        : "";
    expect(
      names
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("_="))
        .sort(),
    ).toEqual(["GREETING=hi there", expect.stringMatching(/^PATH=/)]);
  });

  test("another exit code is a failure that may be tried again, and quotes only what is public", async () => {
    expect(await sh("echo hunter2 >&2; exit 3")).toMatchObject({
      ok: false,
      failure: {
        kind: "error",
        retryable: true,
        message: "`sh` ended with exit code 3. What it wrote is withheld; pass `public: true` if it holds no secret",
      },
    });
    expect(await sh("echo no such queue >&2; exit 3", { public: true })).toMatchObject({
      failure: { message: "`sh` ended with exit code 3:\nno such queue" },
    });
    expect(await sh("exit 3", { ok: [0, 3] })).toMatchObject({ ok: true, value: { exit_code: 3 } });
  });

  test("a signal is a failure that names it", async () => {
    expect(await sh("kill -SEGV $$")).toMatchObject({
      ok: false,
      failure: { message: expect.stringMatching(/was ended by SIGSEGV/) },
    });
  });

  test("says so where a file may not be executed", async () => {
    await writeFile(path.join(directory, "script"), "#!/bin/sh\n", { mode: 0o644 });
    expect(await run({ argv: ["./script"] })).toMatchObject({
      ok: false,
      failure: { message: expect.stringMatching(/may not be executed.*chmod \+x/) },
    });
    expect(await run({ argv: ["/"] })).toMatchObject({
      ok: false,
      failure: { message: expect.stringMatching(/is a folder, not a program/) },
    });
  });

  test("output of any size takes bounded memory, and is marked where it was cut", async () => {
    const result = await sh("yes 0123456789 | head -c 5000000", { public: true });
    const text = new TextDecoder().decode(result.output ?? new Uint8Array());
    expect(text.length).toBeLessThan(1024 * 1024 + 200);
    expect(text).toMatch(/… \d+ bytes left out …/);
  });

  test("a process is recorded before it acts, and never acts if that fails", async () => {
    const call = invocation("run", { argv: ["touch", "acted"] });
    const refused = await callProvider(
      exec,
      "run",
      call,
      options(directory, { processStarted: () => Promise.reject(new Error("the store is full")) }),
    );
    expect(refused).toMatchObject({ ok: false, failure: { message: expect.stringMatching(/the store is full/) } });
    expect(await look(directory)).toEqual({});
  });
});

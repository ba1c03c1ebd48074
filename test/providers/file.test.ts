import { chmod, chown, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Invocation } from "../../runtime/provider/contract.ts";
import file from "../../runtime/providers/file/index.ts";
import { Redactor } from "../../runtime/secrets/redactor.ts";
import { providerContract } from "./contract.ts";
import { discard, invocation, look, options, scratch } from "./helpers/world.ts";

async function setUp() {
  const directory = await scratch();
  await writeFile(path.join(directory, "app.conf"), "port = 1\nname = app\n", { mode: 0o640 });
  await mkdir(path.join(directory, "releases/1"), { recursive: true });
  await mkdir(path.join(directory, "releases/2"));
  await symlink("releases/1", path.join(directory, "current"));
  return { directory, look: () => look(directory), close: () => discard(directory) };
}

const wrongPath = [
  [{ path: 3 }, /argument `path` must be a text/] as const,
  [{ path: "" }, /`path` must be at least 1 character/] as const,
];

providerContract({
  provider: file,
  setUp,
  cases: {
    read: { good: () => ({ path: "app.conf" }), wrong: wrongPath, slow: null },
    write: {
      good: () => ({ path: "app.conf", content: "port = 2\nname = app\n", mode: null }),
      wrong: [
        [{ path: "app.conf", content: ["a"] }, /argument `content` must be a text/],
        [{ path: "app.conf", content: "", mode: "rw" }, /argument `mode` must be permissions as `chmod` takes them/],
      ],
      slow: null,
    },
    write_secret: {
      good: () => ({ path: "app.conf", content: "hunter2-hunter2" }),
      wrong: [[{ path: "app.conf", content: 1 }, /argument `content` must be a text/]],
      slow: null,
    },
    delete: { good: () => ({ path: "app.conf" }), wrong: wrongPath, slow: null },
    link: {
      good: () => ({ path: "current", target: "releases/2" }),
      wrong: [[{ path: "current", target: true }, /`target` must be a text/]],
      slow: null,
    },
    read_link: { good: () => ({ path: "current" }), wrong: wrongPath, slow: null },
  },
});

let directory: string;
beforeEach(async () => {
  directory = (await setUp()).directory;
});
afterEach(() => discard(directory));

const run = (operation: string, args: Invocation["args"]) =>
  callProvider(file, "run", invocation(operation, args), options(directory));
const preview = (operation: string, args: Invocation["args"]) =>
  callProvider(file, "preview", invocation(operation, args), options(directory));
const failure = (message: RegExp) => ({
  ok: false,
  failure: { message: expect.stringMatching(message), retryable: false },
});
const at = (name: string): string => path.join(directory, name);

describe("a secret", () => {
  const secret = { path: "token", content: "hunter2-hunter2" };

  test("is written for its owner alone, and nothing of it is told", async () => {
    expect(await preview("write_secret", secret)).toMatchObject({
      value: { summary: "create token with a secret", diff: null },
    });
    expect(await run("write_secret", secret)).toMatchObject({ ok: true, value: { changed: true } });
    expect(await readFile(at("token"), "utf8")).toBe("hunter2-hunter2");
    expect((await stat(at("token"))).mode & 0o777).toBe(0o600);
    expect(await run("write_secret", secret)).toMatchObject({ ok: true, value: { changed: false } });
    expect(await preview("write_secret", secret)).toMatchObject({ value: { summary: "no change" } });
    expect(await preview("write_secret", { ...secret, mode: "0640" })).toMatchObject({
      value: { summary: "change token: other permissions", diff: null },
    });
    expect(await preview("write_secret", { ...secret, content: "hunter3-hunter3" })).toMatchObject({
      value: { summary: "change token: another secret", diff: null },
    });
  });

  test("in a file is not told by whoever reads it while the secret is known", async () => {
    const redactor = new Redactor();
    redactor.learn("hunter2-hunter2");
    const secrets = { redactor, read: async () => "" };
    await writeFile(at("token"), "a hunter2-hunter2 b");
    const read = await callProvider(
      file,
      "run",
      invocation("read", { path: "token" }),
      options(directory, { secrets }),
    );
    expect(read).toMatchObject({ ok: true, value: { content: "a ‹secret› b" } });
  });
});

describe("reading", () => {
  test("gives content and digest", async () => {
    expect(await run("read", { path: "app.conf" })).toMatchObject({
      ok: true,
      value: { exists: true, content: "port = 1\nname = app\n", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test("a file that is not there is no error", async () => {
    expect(await run("read", { path: "no/such" })).toMatchObject({
      ok: true,
      value: { exists: false, content: null, sha256: null },
    });
  });

  test.each([
    ["releases", /`releases` is a folder/],
    ["app.conf/x", /something on the way to it is a file/],
    ["binary", /`binary` is not UTF-8 text/],
    ["large", /`large` has 1048577 bytes; the limit is 1 MiB/],
    ["dangling", /symbolic link to something that is not there/],
    ["circle", /lead in a circle/],
    [`${"x".repeat(300)}`, /path is too long/],
  ])("says what is wrong with %s", async (name, words) => {
    await writeFile(at("binary"), Uint8Array.of(0xff, 0xfe, 0x00));
    await writeFile(at("large"), "x".repeat(1024 * 1024 + 1));
    await symlink("nowhere", at("dangling"));
    await symlink("circle", at("circle"));
    expect(await run("read", { path: name })).toMatchObject(failure(words));
  });
});

describe("writing", () => {
  test("keeps the permissions, and leaves nothing beside it", async () => {
    const before = await readdir(directory);
    expect(await run("write", { path: "app.conf", content: "new\n" })).toMatchObject({
      ok: true,
      value: { changed: true },
    });
    expect(await readFile(at("app.conf"), "utf8")).toBe("new\n");
    expect((await stat(at("app.conf"))).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(before);
  });

  test("keeps the owner", async () => {
    // Only the superuser can give files away; for anybody else it stays their own.
    const superuser = process.getuid?.() === 0;
    const owner = superuser
      ? { uid: 12_345, gid: 12_346 }
      : { uid: process.getuid?.() ?? 0, gid: (await stat(at("app.conf"))).gid };
    await chown(at("app.conf"), owner.uid, owner.gid);
    expect(await run("write", { path: "app.conf", content: "new\n" })).toMatchObject({ ok: true });
    expect(await stat(at("app.conf"))).toMatchObject(owner);
  });

  test("sets permissions that are asked for, also where the text is right already", async () => {
    expect(await run("write", { path: "app.conf", content: "port = 1\nname = app\n", mode: "0600" })).toMatchObject({
      value: { changed: true },
    });
    expect((await stat(at("app.conf"))).mode & 0o777).toBe(0o600);
  });

  test("touches nothing where it is so already", async () => {
    const before = await stat(at("app.conf"));
    expect(await run("write", { path: "app.conf", content: "port = 1\nname = app\n" })).toMatchObject({
      value: { changed: false },
    });
    expect(await stat(at("app.conf"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test("of a name as long as there may be", async () => {
    for (const name of ["a".repeat(255), "文".repeat(85)]) {
      expect(await run("write", { path: name, content: "x" })).toMatchObject({ ok: true });
      expect(await run("link", { path: `${name.slice(0, -1)}`, target: "app.conf" })).toMatchObject({ ok: true });
    }
  });

  test("goes through a symbolic link, which stays one", async () => {
    await symlink("app.conf", at("linked.conf"));
    await run("write", { path: "linked.conf", content: "through\n" });
    expect(await readlink(at("linked.conf"))).toBe("app.conf");
    expect(await readFile(at("app.conf"), "utf8")).toBe("through\n");
  });

  test("says what is wrong", async () => {
    expect(await run("write", { path: "no/such", content: "" })).toMatchObject(
      failure(/folder it is to be in does not exist/),
    );
    expect(await run("write", { path: "releases", content: "" })).toMatchObject(failure(/is a folder/));
    expect(await run("write", { path: "app.conf", content: "x".repeat(1024 * 1024 + 1) })).toMatchObject(
      failure(/longer than 1 MiB/),
    );
  });

  test("previews as a unified diff", async () => {
    expect(await preview("write", { path: "app.conf", content: "port = 2\nname = app\n", mode: "0644" })).toMatchObject(
      {
        value: {
          summary: "change app.conf: 1 line added, 1 removed, mode 0640 → 0644",
          diff: "--- a/app.conf\n+++ b/app.conf\n@@ -1,2 +1,2 @@\n-port = 1\n+port = 2\n name = app\n",
        },
      },
    );
    expect(await preview("write", { path: "new.conf", content: "a" })).toMatchObject({
      value: {
        summary: "create new.conf, 1 line",
        diff: "--- /dev/null\n+++ b/new.conf\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n",
      },
    });
  });
});

describe("deleting", () => {
  test("a link goes, not what it leads to", async () => {
    expect(await run("delete", { path: "current" })).toMatchObject({ value: { existed: true } });
    expect(await readdir(at("releases"))).toEqual(["1", "2"]);
  });

  test("what is not there is no error, a folder is", async () => {
    expect(await run("delete", { path: "nothing" })).toMatchObject({ value: { existed: false } });
    expect(await run("delete", { path: "releases" })).toMatchObject(failure(/only files are deleted/));
  });

  test("undo brings back permissions too", async () => {
    await chmod(at("app.conf"), 0o604);
    const call = invocation("delete", { path: "app.conf" });
    const captured = await callProvider(file, "capture", call, options(directory));
    await callProvider(file, "run", call, options(directory));
    await callProvider(file, "undo", call, options(directory, { captured: captured.ok ? captured.value : null }));
    expect((await stat(at("app.conf"))).mode & 0o777).toBe(0o604);
  });

  test("what is no text is not shown", async () => {
    await writeFile(at("binary"), Uint8Array.of(0xff));
    expect(await preview("delete", { path: "binary" })).toMatchObject({
      value: { summary: expect.stringMatching(/cannot be shown/), diff: null },
    });
    expect(await run("delete", { path: "binary" })).toMatchObject({ ok: true });
  });
});

describe("links", () => {
  test("are switched, and made", async () => {
    expect(await run("link", { path: "current", target: "releases/2" })).toMatchObject({
      value: { changed: true, before: "releases/1" },
    });
    expect(await run("link", { path: "next", target: "releases/1" })).toMatchObject({
      value: { changed: true, before: null },
    });
    expect(await readlink(at("current"))).toBe("releases/2");
    expect(await run("read_link", { path: "next" })).toMatchObject({ value: { exists: true, target: "releases/1" } });
    expect(await run("read_link", { path: "none" })).toMatchObject({ value: { exists: false, target: null } });
  });

  test("never replace a file or a folder", async () => {
    expect(await run("link", { path: "app.conf", target: "x" })).toMatchObject(
      failure(/not a symbolic link but a file or folder/),
    );
    expect(await run("link", { path: "releases", target: "x" })).toMatchObject(
      failure(/not a symbolic link but a file or folder/),
    );
  });

  test("preview says from where to where", async () => {
    expect(await preview("link", { path: "current", target: "releases/2" })).toMatchObject({
      value: { summary: "link current: releases/1 → releases/2" },
    });
  });
});

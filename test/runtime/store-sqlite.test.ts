import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { eraseRun } from "../../runtime/audit/erase.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { FORMAT, loadSqlite } from "../../runtime/store/sqlite-schema.ts";
import { tampering } from "./audit-log.ts";
import { fault, storeContract } from "./store-contract.ts";
import { created, inDirectory, passed, recorded, rowsOf, toPlan, writeRun } from "./store-events.ts";

const CHILD = fileURLToPath(new URL("./store-child.ts", import.meta.url));

storeContract("the store on disk", async () => {
  let release = (): void => undefined;
  const directory = await new Promise<string>((made) => {
    void inDirectory((directory) => {
      made(path.join(directory, "store"));
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
  });
  return { connect: () => openSqliteStore(directory), remove: async () => release() };
});

describe("the store on disk lasts:", () => {
  test("one that is deleted under a process takes no more writes, and says so", () =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      await store.append([toPlan(0, recorded())]);
      fs.rmSync(path.join(directory, "opsc.db"));
      await expect(store.append([toPlan(1, recorded())])).rejects.toMatchObject({ fault: "missing" });
      await store.close();
    }));

  test("one that is replaced under a process takes no more writes either, and a blob that was changed is not given", () =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      await store.append([toPlan(0, recorded())]);
      const id = await store.putBlob(Buffer.from("state"));
      expect(Buffer.from((await store.getBlob(id)) ?? []).toString()).toBe("state");
      tampering(path.join(directory, "opsc.db"), (db) => db.exec("UPDATE blobs SET bytes = CAST('other' AS BLOB)"));
      await expect(store.getBlob(id)).rejects.toThrow("its bytes do not give its id");
      fs.copyFileSync(path.join(directory, "opsc.db"), path.join(directory, "copy.db"));
      fs.renameSync(path.join(directory, "copy.db"), path.join(directory, "opsc.db"));
      await expect(store.append([toPlan(1, recorded())])).rejects.toThrow("was replaced by another");
      await store.close();
    }));

  test("what was appended is there for the next process", () =>
    inDirectory(async (directory) => {
      const first = await openSqliteStore(directory);
      await writeRun(first, "r-1", 5);
      const rows = await rowsOf(first);
      await first.close();
      const second = await openSqliteStore(directory, { create: false });
      expect(await rowsOf(second)).toEqual(rows);
      expect((await second.claim("r-1")).fence).toBe(2);
      await second.close();
    }));

  test("its directory and its files are its owner's alone", () =>
    inDirectory(async (directory) => {
      const home = path.join(directory, "deep", "store");
      const store = await openSqliteStore(home);
      await store.claim("r-1");
      await store.append([toPlan(0, recorded())]);
      const mode = (file: string): string => (fs.statSync(path.join(home, file)).mode & 0o777).toString(8);
      expect([mode("."), mode("locks")]).toEqual(["700", "700"]);
      for (const file of ["opsc.db", "opsc.db-wal", "opsc.db-shm", "locks/r-1.db"])
        expect(mode(file), file).toBe("600");
      await store.close();
    }));

  test("a store opened only to be read shows all and changes nothing", () =>
    inDirectory(async (directory) => {
      const writer = await openSqliteStore(directory);
      await writeRun(writer, "r-1", 3);
      await writer.claim("r-2");
      const reader = await openSqliteStore(directory, { readonly: true });
      expect(await reader.read("run/r-1")).toEqual(await writer.read("run/r-1"));
      expect(await reader.runs()).toEqual(await writer.runs());
      expect(await fault(reader.append([toPlan(0, recorded())]))).toBe("readonly");
      expect(await fault(reader.claim("r-3"))).toBe("readonly");
      expect(await fault(reader.putPlan("sha256:x", "{}"))).toBe("readonly");
      expect(await fault(reader.putBlob(new Uint8Array()))).toBe("readonly");
      await reader.close();
      await writer.close();
    }));

  test("a store opened to be looked at as it is shows nothing of what others do meanwhile", () =>
    inDirectory(async (directory) => {
      const writer = await openSqliteStore(directory);
      for (const run of ["r-1", "r-2"]) await writeRun(writer, run, 700);
      const reader = await openSqliteStore(directory, { readonly: true, still: true });
      const before = await rowsOf(reader);
      const pages = reader.pages()[Symbol.asyncIterator]();
      await pages.next();
      // Whoever verifies is at the first run when the second is erased, and another begins.
      await eraseRun(writer, "r-2", { at: "2027-11-21T09:00:00.000Z", by: "ana@example.com", reason: "asked for" });
      await writeRun(writer, "r-3", 3);
      expect(await rowsOf(reader)).toEqual(before);
      expect((await verifyLog(reader)).findings).toEqual([]);
      expect((await verifyLog(reader)).entries).toBe(1406);
      await reader.close();
      const after = await openSqliteStore(directory, { readonly: true, still: true });
      expect(await verifyLog(after)).toMatchObject({ entries: 1413, findings: [] });
      await after.close();
      await writer.close();
    }));

  test("what it knows beside the log is told, whatever somebody has put there", () =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      await writeRun(store, "r-1", 600);
      await store.claim("r-2");
      expect(await store.beside()).toEqual({
        size: 603,
        most: 603,
        kept: new Map([[8, 2]]),
        fences: new Map([
          ["r-1", 1],
          ["r-2", 1],
        ]),
        odd: [],
      });
      await store.close();
      const db = new DatabaseSync(path.join(directory, "opsc.db"));
      db.exec(
        "UPDATE sqlite_sequence SET seq = 9223372036854775807; UPDATE fences SET fence = -9223372036854775807; INSERT INTO subtrees VALUES (9223372036854775807, 9223372036854775806, 'x')",
      );
      db.close();
      const again = await openSqliteStore(directory, { readonly: true });
      const { findings } = await verifyLog(again);
      expect(findings.map(({ what }) => what)).toEqual(["store", "store"]);
      await again.close();
    }));

  test("opening says nothing of SQLite being experimental, and hides no other warning", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const loading = loadSqlite();
    process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning");
    process.emitWarning("something else");
    await loading;
    process.emitWarning("SQLite again");
    expect(warned.mock.calls.map(([text]) => text)).toEqual(["something else", "SQLite again"]);
    warned.mockRestore();
  });
});

describe("a run is held by its process:", () => {
  const hold = async (directory: string): Promise<{ fence: number; kill: () => Promise<void> }> => {
    const child = spawn(process.execPath, [CHILD, "claim", directory, "r-1"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const kill = async (): Promise<void> => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    };
    return { fence: (JSON.parse(line.toString()) as { fence: number }).fence, kill };
  };

  test("while it lives nobody else has it; killed, it is free at once", { timeout: 30_000 }, () =>
    inDirectory(async (directory) => {
      const child = await hold(directory);
      const store = await openSqliteStore(directory);
      const held = async (): Promise<boolean | undefined> => (await store.runs()).runs[0]?.held;
      expect(await held()).toBe(true);
      expect(await fault(store.claim("r-1"))).toBe("held");
      expect(await held()).toBe(true);

      await child.kill();
      expect(await held()).toBe(false);
      const claim = await store.claim("r-1");
      expect(claim.fence).toBe(child.fence + 1);
      const late = { stream: "run/r-1", expected: 1, fence: child.fence, events: [passed("a")] };
      expect(await fault(store.append([late]))).toBe("fenced");
      expect(await fault(store.append([{ ...late, fence: claim.fence }]))).toBe("none");
      await store.close();
    }),
  );

  test("looking at who holds a run never makes its claim fail", () =>
    inDirectory(async (directory) => {
      const [store, other] = [await openSqliteStore(directory), await openSqliteStore(directory)];
      for (let round = 0; round < 20; round += 1) {
        const [claim] = await Promise.all([store.claim("r-1"), other.runs(), other.runs()]);
        await claim.release();
      }
      await store.close();
      await other.close();
    }));
});

describe("what is wrong with a store is said in plain words:", () => {
  const opening = (directory: string, options = {}) => fault(openSqliteStore(directory, { patience: 50, ...options }));
  const database = (directory: string): string => path.join(directory, "opsc.db");
  const written = async (directory: string): Promise<void> => {
    const store = await openSqliteStore(directory);
    await writeRun(store, "r-1", 200);
    await store.close();
  };

  test("no store there", () =>
    inDirectory(async (directory) => {
      expect(await opening(path.join(directory, "none"), { create: false })).toBe("missing");
      expect(await opening(directory, { create: false })).toBe("missing");
      expect(await opening(directory, { readonly: true })).toBe("missing");
      expect(fs.readdirSync(directory)).toEqual([]);
    }));

  test("a file of another kind, or another program's database", () =>
    inDirectory(async (directory) => {
      fs.writeFileSync(database(directory), "this is no database, whatever its name says\n".repeat(50));
      expect(await opening(directory)).toBe("broken");
      fs.rmSync(database(directory));
      const other = new DatabaseSync(database(directory));
      other.exec("CREATE TABLE notes (text)");
      other.close();
      expect(await opening(directory)).toBe("broken");
    }));

  test("a store cut off before it was whole is completed", () =>
    inDirectory(async (directory) => {
      fs.writeFileSync(database(directory), "");
      expect(await opening(directory, { create: false })).toBe("missing");
      expect(await opening(directory)).toBe("none");
    }));

  test("a later version", () =>
    inDirectory(async (directory) => {
      await written(directory);
      const db = new DatabaseSync(database(directory));
      db.prepare("UPDATE meta SET value = ? WHERE key = 'format'").run(String(FORMAT + 1));
      db.close();
      expect(await opening(directory)).toBe("version");
      expect(await opening(directory, { readonly: true })).toBe("version");
    }));

  test("a truncated file, and pages overwritten", () =>
    inDirectory(async (directory) => {
      await written(directory);
      const whole = fs.readFileSync(database(directory));
      const use = async (): Promise<void> => {
        const store = await openSqliteStore(directory);
        try {
          await rowsOf(store);
          await store.read("run/r-1");
        } finally {
          await store.close();
        }
      };
      fs.truncateSync(database(directory), Math.floor(whole.length / 2));
      expect(await fault(use())).toBe("broken");
      fs.writeFileSync(
        database(directory),
        Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 7)]),
      );
      expect(await fault(use())).toBe("broken");
    }));

  test("an entry somebody changed is never acted upon", () =>
    inDirectory(async (directory) => {
      await written(directory);
      const db = new DatabaseSync(database(directory));
      db.exec(
        "DROP TRIGGER entries_are_fixed; UPDATE entries SET entry = replace(entry, 'dana', 'evil') WHERE stream = 'run/r-1'",
      );
      db.close();
      const store = await openSqliteStore(directory);
      expect(await fault(store.read("run/r-1"))).toBe("broken");
      expect(await store.runs()).toEqual({
        runs: [],
        unreadable: [{ run: "r-1", error: expect.objectContaining({ fault: "broken" }) }],
      });
      await store.close();
    }));

  test("the log's rows can be neither changed nor deleted by accident", () =>
    inDirectory(async (directory) => {
      await written(directory);
      const db = new DatabaseSync(database(directory));
      expect(() => db.exec("DELETE FROM entries WHERE seq = 3")).toThrow("only appended to");
      expect(() => db.exec("UPDATE entries SET entry = '{}'")).toThrow("only appended to");
      db.close();
    }));

  test("locked by another process for too long, and free again after", () =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory, { patience: 100 });
      const other = new DatabaseSync(database(directory));
      other.exec("BEGIN IMMEDIATE");
      expect(await fault(store.append([toPlan(0, recorded())]))).toBe("busy");
      expect(await fault(store.claim("r-1"))).toBe("busy");
      other.exec("ROLLBACK");
      expect(await fault(store.append([toPlan(0, recorded())]))).toBe("none");
      expect(await fault(store.claim("r-1"))).toBe("none");
      other.close();
      await store.close();
    }));

  test("appends that have to wait for another process keep the order they were asked for in", () =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      const other = new DatabaseSync(database(directory));
      other.exec("BEGIN IMMEDIATE");
      const asked = Array.from({ length: 12 }, (_, n) => store.append([toPlan(n, recorded({ comment: String(n) }))]));
      // Held for long enough that tries made side by side would be far apart by now.
      await delay(150);
      other.exec("ROLLBACK");
      await Promise.all(asked);
      other.close();
      await store.close();
    }));

  test("a directory that is a symlink, a file, or others may write to", () =>
    inDirectory(async (directory) => {
      const [real, link] = [path.join(directory, "real"), path.join(directory, "link")];
      fs.mkdirSync(real);
      fs.symlinkSync(real, link);
      expect(await opening(link)).toBe("broken");
      expect(await opening(`${link}/`)).toBe("broken");
      fs.chmodSync(real, 0o770);
      expect(await opening(real)).toBe("broken");
      fs.chmodSync(real, 0o755);
      expect(await opening(real)).toBe("none");
      fs.chmodSync(database(real), 0o666);
      expect(await opening(real)).toBe("broken");
      fs.rmSync(database(real));
      fs.symlinkSync("/dev/null", database(real));
      expect(await opening(real)).toBe("broken");
      fs.writeFileSync(path.join(directory, "file"), "");
      expect(await opening(path.join(directory, "file"))).toBe("broken");
    }));

  test("a disk that takes no more: what was written before is whole", { timeout: 30_000 }, () =>
    inDirectory(async (directory) => {
      // A limit on the size of files (in blocks of 512 or 1024 bytes) stands for the end of the disk.
      const shell = `ulimit -f 600; exec "$0" "$@"`;
      const child = spawnSync("sh", ["-c", shell, process.execPath, CHILD, "fill", directory], { encoding: "utf8" });
      const said = JSON.parse(child.stdout) as { fault: string; message: string; written: number };
      expect(said.fault).toBe("full");
      expect(said.message).toContain("what was written before is whole");
      const store = await openSqliteStore(directory);
      const events = await store.read("run/r-1");
      expect(events).toHaveLength(said.written);
      expect(events[0]?.event).toEqual(created("r-1"));
      await store.close();
    }),
  );

  test("a disk that is full, so that not even a look can leave its files: the log can be read", () =>
    inDirectory(async (directory) => {
      await written(directory);
      // Nothing at all may be written to files.
      const shell = `ulimit -f 0; exec "$0" "$@"`;
      const child = spawnSync("sh", ["-c", shell, process.execPath, CHILD, "verify", directory], { encoding: "utf8" });
      expect(child.stderr).toBe("");
      expect(JSON.parse(child.stdout)).toEqual({ entries: 203, findings: [] });
    }));
});

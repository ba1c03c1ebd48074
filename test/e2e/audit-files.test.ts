/** Files that checkpoints and entries go to, in folders that others may write to as well. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { placeOf } from "../../cli/audit/places.ts";
import { sinkOf } from "../../cli/audit/sinks.ts";
import { deliver } from "../../runtime/audit/deliver.ts";
import { exportLog } from "../../runtime/audit/export.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { Store } from "../../runtime/store/port.ts";
import { inDirectory, writeRun } from "../runtime/store-events.ts";

describe("a place that is a file", () => {
  const inPlace = (use: (file: string, folder: string) => Promise<void>): Promise<void> =>
    inDirectory((folder) => use(path.join(folder, "newest"), folder));

  test("holds what was put there last, whatever links others have put in the way", () =>
    inPlace(async (file, folder) => {
      const place = placeOf(folder, { file });
      expect(await place.last()).toBeNull();
      const victim = path.join(folder, "victim");
      writeFileSync(victim, "mine");
      for (const name of ["newest", "newest.new"]) symlinkSync(victim, path.join(folder, name));
      for (const note of ["one", "two"]) {
        await place.put(note);
        expect(await place.last()).toBe(note);
      }
      expect(readFileSync(victim, "utf8")).toBe("mine");
      expect(readdirSync(folder).sort()).toEqual(["newest", "newest.new", "victim"]);
    }));

  test("that is a pipe, a folder or endless is told about, and not waited for", () =>
    inPlace(async (file, folder) => {
      const pipe = path.join(folder, "pipe");
      execFileSync("mkfifo", [pipe]);
      await expect(placeOf(folder, { file: pipe }).last()).rejects.toThrow("a device or a pipe");
      await expect(placeOf(folder, { file: "/dev/zero" }).last()).rejects.toThrow("a device or a pipe");
      await expect(placeOf(folder, { file: folder }).last()).rejects.toThrow("it is a folder");
      writeFileSync(file, "");
      truncateSync(file, 2 ** 30);
      await expect(placeOf(folder, { file }).last()).rejects.toThrow("at most");
    }));
});

describe("a sink that is a file", () => {
  const inSink = (use: (file: string, store: Store) => Promise<void>): Promise<void> =>
    inDirectory(async (folder) => {
      const store = memoryStore();
      await writeRun(store, "r-1", 7);
      await use(path.join(folder, "log.jsonl"), store);
    });
  const exported = async (store: Store): Promise<string> => {
    let text = "";
    for await (const line of exportLog(store)) text += `${line}\n`;
    return text;
  };
  const given = (store: Store, file: string) => deliver(store, sinkOf("/", { file, required: false }));

  test("is filled up where it was torn, cut or emptied", () =>
    inSink(async (file, store) => {
      expect(await given(store, file)).toMatchObject({ delivered: 10, why: null });
      const whole = readFileSync(file, "utf8");
      expect(whole).toBe(await exported(store));
      for (const left of [whole.length - 1, whole.length - 40, whole.length / 2, 3, 1, 0]) {
        truncateSync(file, Math.floor(left));
        expect(await given(store, file), String(left)).toMatchObject({ delivered: 10, why: null });
        expect(readFileSync(file, "utf8")).toBe(whole);
      }
    }));

  test("that is somebody's own file is left as it is, to the byte", () =>
    inSink(async (file, store) => {
      for (const text of ["notes without an end", "notes\nand more", "notes\n", "\n"]) {
        writeFileSync(file, text);
        expect((await given(store, file)).why).toContain("no entry of a log");
        expect(readFileSync(file, "utf8")).toBe(text);
      }
      writeFileSync(file, await exported(store));
      appendFileSync(file, "a note");
      expect((await given(store, file)).why).toContain("no entry of a log");
      expect(readFileSync(file, "utf8")).toBe(`${await exported(store)}a note`);
    }));

  test("is no folder", () =>
    inSink(async (file, store) => {
      mkdirSync(file);
      expect((await given(store, file)).why).not.toBeNull();
    }));
});

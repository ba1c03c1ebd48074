/**
 * What a release wrote stays readable for ever: these files are added to, never changed. A new type of event needs a
 * file of its own, and so does what came to be told of an old one: `TYPE@WHAT.json`.
 */
import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { exportLog, verifyExport } from "../../runtime/audit/export.ts";
import { eventSchema } from "../../runtime/event.schema.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { StoredEvent } from "../../runtime/store/port.ts";

const EVENTS = new URL("../golden/events/", import.meta.url);
const files = fs.readdirSync(EVENTS).filter((name) => name.endsWith(".json"));
const read = (name: string): string => fs.readFileSync(new URL(name, EVENTS), "utf8");

/** The head an auditor would have kept of each log. */
const HEADS = {
  "log.jsonl": { size: 26, root: "f2c00a190c06bd210c6ba6dfe9ba4aeb18100ba97361334b16c3acbae62a7e17" },
};

describe("golden events", () => {
  test("there is one of each type, and no other", () => {
    const types = eventSchema.options.map((option) => `${option.shape.type.value}.json`);
    expect(files.filter((name) => !name.includes("@")).toSorted()).toEqual(types.toSorted());
  });

  test.each(files)("%s is still an event, and says what it said", (name) => {
    const value: unknown = JSON.parse(read(name));
    const event = eventSchema.parse(value);
    expect(`${event.type}.json`).toBe(name.replace(/@.*(?=\.json$)/, ""));
    expect(canonicalJson(event)).toBe(canonicalJson(value));
  });
});

describe("golden logs", () => {
  test.each(Object.entries(HEADS))("%s verifies against its kept head", async (name, head) => {
    const report = await verifyExport(read(name).trimEnd().split("\n"), { heads: [head] });
    expect(report).toMatchObject({ entries: head.size, root: head.root, findings: [] });
  });

  test("log.jsonl is what a store writes of the same events today", async () => {
    const store = memoryStore();
    const lines = read("log.jsonl").trimEnd().split("\n");
    const claims = new Map<string, number>();
    for (const { stream, n, event } of lines.map((line) => JSON.parse(line) as StoredEvent)) {
      const run = stream.startsWith("run/") ? stream.slice("run/".length) : null;
      if (run !== null && !claims.has(run)) claims.set(run, (await store.claim(run)).fence);
      await store.append([{ stream, expected: n, fence: claims.get(run ?? "") ?? null, events: [event] }]);
    }
    const again: string[] = [];
    for await (const line of exportLog(store)) again.push(line);
    expect(again).toEqual(lines);
  });
});

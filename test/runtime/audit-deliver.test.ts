import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliver, deliveredTo, type Sink } from "../../runtime/audit/deliver.ts";
import { exportLog, verifyExport } from "../../runtime/audit/export.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import { DamagedError, type Store } from "../../runtime/store/port.ts";
import { writeRun } from "./store-events.ts";

class Crash extends Error {}

/** A sink that keeps lines; `remembers` if it can be asked for the last. */
class TestSink implements Sink {
  readonly shown = "sink";
  lines: string[] = [];
  readonly remembers: boolean;
  /** Said when it is to take something: that it fails before or after it did, or nothing. */
  weather: () => "before" | "after" | "crash" | null = () => null;
  constructor(remembers: boolean) {
    this.remembers = remembers;
  }
  async last(): Promise<string | null> {
    return this.remembers ? (this.lines.at(-1) ?? "") : null;
  }
  async take(lines: readonly string[]): Promise<void> {
    const weather = this.weather();
    if (weather === "before") throw new Error("no network");
    this.lines.push(...lines);
    if (weather === "after") throw new Error("no answer");
    if (weather === "crash") throw Object.assign(new Crash("kill -9"), { fault: "crash" });
  }
}

async function exported(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLog(store)) lines.push(line);
  return lines;
}

describe("delivery", () => {
  test("hands on every entry once, and then what comes after", async () => {
    const store = memoryStore();
    const sink = new TestSink(false);
    await writeRun(store, "r-1", 1200);
    expect(await deliver(store, sink)).toEqual({ sink: "sink", delivered: 1203, size: 1203, why: null });
    await writeRun(store, "r-2", 1);
    await deliver(store, sink);
    await deliver(store, sink);
    expect(sink.lines).toEqual(await exported(store));
    expect(await deliveredTo(store, "sink")).toBe(1207);
    expect(await deliveredTo(store, "another")).toBe(0);
    expect((await verifyExport(sink.lines)).findings).toEqual([]);
  });

  test("leaves nothing out, whatever goes wrong on the way", async () => {
    const weather = fc.array(fc.constantFrom("before", "after", "crash", null), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), weather, async (remembers, states) => {
        const store = memoryStore();
        const sink = new TestSink(remembers);
        const coming = [...states];
        sink.weather = () => coming.shift() ?? null;
        for (let round = 0; round <= states.length; round += 1) {
          await writeRun(store, `r-${round}`, 2);
          await deliver(store, sink).catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error;
          });
        }
        const all = await exported(store);
        // Once where the sink can be asked what it has; else at least once, and never one before those it follows.
        if (remembers) expect(sink.lines).toEqual(all);
        expect([...new Set(sink.lines)]).toEqual(all);
        expect(await deliveredTo(store, "sink")).toBe(all.length);
      }),
    );
  });

  test("tells why a sink does not take it, and how far it got", async () => {
    const store = memoryStore();
    await writeRun(store, "r-1", 700);
    const sink = new TestSink(false);
    const coming = [null, "before"] as const;
    let at = 0;
    sink.weather = () => coming[at++] ?? null;
    expect(await deliver(store, sink)).toEqual({ sink: "sink", delivered: 500, size: 703, why: "no network" });
    expect(await deliver(store, sink)).toMatchObject({ delivered: 703, why: null });
  });

  test("fills up what was cut off at the sink, and puts nothing after what is no entry", async () => {
    const store = memoryStore();
    await writeRun(store, "r-1", 7);
    const sink = new TestSink(true);
    await deliver(store, sink);
    sink.lines.splice(4);
    expect(await deliver(store, sink)).toMatchObject({ delivered: 10, why: null });
    expect(sink.lines).toEqual(await exported(store));
    sink.lines.splice(0);
    expect(await deliver(store, sink)).toMatchObject({ delivered: 10, why: null });
    expect(sink.lines).toEqual(await exported(store));
    sink.lines.push("something else");
    expect(await deliver(store, sink)).toMatchObject({
      why: "it ends with a line that is no entry of a log, so nothing is put after it",
    });
  });

  test("finds a log that is not the one the sink has", async () => {
    const [store, older] = [memoryStore(), memoryStore()];
    const sink = new TestSink(true);
    await writeRun(store, "r-1", 7);
    await deliver(store, sink);
    await writeRun(older, "r-1", 3);
    await expect(deliver(older, sink)).rejects.toThrow(DamagedError);
    await writeRun(older, "r-2", 30);
    await expect(deliver(older, sink)).rejects.toThrow("the log was rewritten, or an older copy was put back");
  });
});

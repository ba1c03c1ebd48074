import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { generateSignerKey } from "../../runtime/checkpoints/keys.ts";
import { type Place, publish, Unpublished } from "../../runtime/checkpoints/publish.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import { DamagedError } from "../../runtime/store/port.ts";
import { writeRun } from "./store-events.ts";

const ORIGIN = "example.com/operations";
const { key } = generateSignerKey(ORIGIN);

interface TestPlace extends Place {
  held: string | null;
  puts: number;
  fault: string | null;
}

function place(shown: string): TestPlace {
  const made: TestPlace = {
    shown,
    held: null,
    puts: 0,
    fault: null,
    async last() {
      if (made.fault !== null) throw new Error(made.fault);
      return made.held;
    },
    async put(note) {
      if (made.fault !== null) throw new Error(made.fault);
      made.held = note;
      made.puts += 1;
    },
  };
  return made;
}

const to = (...places: Place[]) => ({ key, origin: ORIGIN, places, former: [] });
const sizeIn = ({ held }: TestPlace): number | null => {
  const opened = openCheckpoint(held ?? "", [key.verifier], ORIGIN);
  return opened.ok ? opened.checkpoint.size : null;
};

describe("publishing", () => {
  test("puts the newest checkpoint everywhere, and nothing where it is already", async () => {
    const store = memoryStore();
    const [a, b] = [place("a"), place("b")];
    expect((await publish(store, to(a, b))).checkpoint.size).toBe(0);
    await writeRun(store, "r-1", 3);
    await publish(store, to(a, b));
    await publish(store, to(a, b));
    expect([a, b].map(sizeIn)).toEqual([6, 6]);
    expect([a.puts, b.puts]).toEqual([2, 2]);
  });

  test("goes on with the others where one cannot be had, and says which", async () => {
    const store = memoryStore();
    await writeRun(store, "r-1", 3);
    const [a, b, c] = [place("a"), place("b"), place("c")];
    b.fault = "the disk is full";
    const failed = publish(store, to(a, b, c));
    await expect(failed).rejects.toThrow(Unpublished);
    await expect(failed).rejects.toThrow("no checkpoint could be published: b: the disk is full");
    expect([a, b, c].map(sizeIn)).toEqual([6, null, 6]);
  });

  test("puts nothing over what is no checkpoint of this log by a key that is known", async () => {
    const store = memoryStore();
    const a = place("a");
    a.held = "my thesis\n";
    await expect(publish(store, to(a))).rejects.toThrow("a holds something else, which is left as it is");
    expect(a.held).toBe("my thesis\n");
    const former = generateSignerKey(ORIGIN).key;
    a.held = null;
    await publish(store, { ...to(a), key: former });
    await writeRun(store, "r-1", 3);
    await expect(publish(store, to(a))).rejects.toThrow("by no key that is trusted here");
    await publish(store, { ...to(a), former: [former.verifier] });
    expect(sizeIn(a)).toBe(6);
  });

  test("finds a store that is an older copy, or another, by what is kept there", async () => {
    const [store, other] = [memoryStore(), memoryStore()];
    for (const each of [store, other]) await writeRun(each, "r-1", 3);
    await writeRun(store, "r-2", 3);
    const a = place("a");
    await publish(store, to(a));
    const kept = a.held;
    await expect(publish(other, to(a))).rejects.toThrow(DamagedError);
    await expect(publish(other, to(a))).rejects.toThrow("the log holds 6 entries, and the checkpoint in a is of 12");
    await writeRun(other, "r-3", 300);
    await expect(publish(other, to(a))).rejects.toThrow("something in them was rewritten");
    expect(a.held).toBe(kept);
  });
});

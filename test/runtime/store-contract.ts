/** What every store must do. `makeStore` gives connections to one and the same new, empty store. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { rootOf } from "../../runtime/merkle/proof.ts";
import { namedStream } from "../../runtime/store/names.ts";
import type { Store, StoredEvent, StoreFault } from "../../runtime/store/port.ts";
import { StoreError } from "../../runtime/store/port.ts";
import { naiveRoot } from "./merkle-naive.ts";
import {
  created,
  finished,
  PLAN,
  PLAN_STREAM,
  PLAN_TEXT,
  passed,
  recorded,
  rowsOf,
  toPlan,
  used,
} from "./store-events.ts";

export interface MadeStore {
  /** A further connection. */
  connect(): Promise<Store>;
  remove(): Promise<void>;
}

export function storeContract(name: string, makeStore: () => Promise<MadeStore>): void {
  describe(`${name} keeps the store contract:`, () => {
    let made: MadeStore;
    let connections: Store[];
    let store: Store;
    const connect = async (): Promise<Store> => {
      const connection = await made.connect();
      connections.push(connection);
      return connection;
    };
    beforeEach(async () => {
      made = await makeStore();
      connections = [];
      store = await connect();
    });
    afterEach(async () => {
      for (const connection of connections) await connection.close();
      await made.remove();
    });
    const context = { store: () => store, connect };
    appending(context);
    fencing(context);
    subscribing(context);
    keeping(context);
    summing(context);
    remembering(context);
    treeing(context);
  });
}

interface Context {
  store(): Store;
  connect(): Promise<Store>;
}

export async function fault(of: Promise<unknown>): Promise<StoreFault | "none"> {
  try {
    await of;
    return "none";
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    expect(error.message).not.toBe("");
    expect(error.remedy).not.toBe("");
    return error.fault;
  }
}

function appending({ store, connect }: Context): void {
  test("what is appended is read back in order, numbered and linked", async () => {
    const leaves = await store().append([toPlan(0, recorded(), used("r-1"))]);
    const [first, second, ...rest] = await store().read(PLAN_STREAM);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ seq: 0, stream: PLAN_STREAM, n: 0, prev: "", leaf: leaves[0], event: recorded() });
    expect(second).toMatchObject({ seq: 1, n: 1, prev: leaves[0], leaf: leaves[1], event: used("r-1") });
    expect((await store().read(PLAN_STREAM, 1)).map((entry) => entry.n)).toEqual([1]);
    expect(await store().read(PLAN_STREAM, 2)).toEqual([]);
  });

  test("a stream nobody wrote to is empty", async () => {
    expect(await store().read("plan/none")).toEqual([]);
    expect(await store().read("run/none")).toEqual([]);
    expect((await store().runs()).runs).toEqual([]);
    expect(await rowsOf(store())).toEqual([]);
  });

  test("the last entry of a stream is found, and only streams of known kinds are written", async () => {
    expect(await store().last(PLAN_STREAM)).toBeNull();
    await store().append([toPlan(0, recorded(), used("r-1"))]);
    expect(await (await connect()).last(PLAN_STREAM)).toEqual((await store().read(PLAN_STREAM))[1]);
    const said: RunEvent = {
      type: "control.said",
      at: "2026-11-21T09:00:00.000Z",
      what: "pause",
      mode: null,
      by: "x",
      reason: null,
    };
    const to = (stream: string) => ({ stream, expected: 0, fence: null, events: [said] });
    await store().append([
      to("control/r-1"),
      to(namedStream("lock", "a", "any text\n")),
      to(namedStream("limit", "a")),
    ]);
    for (const stream of ["lock/deploy", "limit/x", "control/A", "control/", "elsewhere/x"]) {
      await expect(store().append([to(stream)]), stream).rejects.toThrow(TypeError);
    }
  });

  test("an append that expects another length is refused and writes nothing", async () => {
    await store().append([toPlan(0, recorded())]);
    expect(await fault(store().append([toPlan(0, recorded())]))).toBe("conflict");
    expect(await fault(store().append([toPlan(2, recorded())]))).toBe("conflict");
    expect(await store().read(PLAN_STREAM)).toHaveLength(1);
  });

  test("an append over several streams is all or nothing", async () => {
    const claim = await store().claim("r-1");
    const run = { stream: "run/r-1", fence: claim.fence, events: [created("r-1")] };
    expect(await fault(store().append([toPlan(0, used("r-1")), { ...run, expected: 7 }]))).toBe("conflict");
    expect(await rowsOf(store())).toEqual([]);
    await store().append([toPlan(0, used("r-1")), { ...run, expected: 0 }, toPlan(1, recorded())]);
    expect((await rowsOf(store())).map((row) => `${row.seq} ${row.stream} ${row.n}`)).toEqual([
      `0 ${PLAN_STREAM} 0`,
      "1 run/r-1 0",
      `2 ${PLAN_STREAM} 1`,
    ]);
  });

  test("what is no event is refused, with all that comes with it", async () => {
    const wrong = { ...recorded(), at: "yesterday" };
    await expect(store().append([toPlan(0, recorded(), wrong)])).rejects.toThrow(TypeError);
    await expect(store().append([{ ...toPlan(0, recorded()), stream: "elsewhere" }])).rejects.toThrow(TypeError);
    expect(await rowsOf(store())).toEqual([]);
  });

  test("appends asked for together are done in the order they were asked for", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => store().append([toPlan(n, used(`r-${n}`))])));
    expect((await store().read(PLAN_STREAM)).map((entry) => entry.event)).toEqual(
      Array.from({ length: 20 }, (_, n) => used(`r-${n}`)),
    );
  });

  test("two connections that append at the same time leave one gapless order", async () => {
    const other = await connect();
    const write = async (connection: Store, who: string): Promise<void> => {
      for (let done = 0; done < 25; ) {
        const expected = (await connection.read(PLAN_STREAM)).length;
        if ((await fault(connection.append([toPlan(expected, used(who))]))) === "none") done += 1;
      }
    };
    await Promise.all([write(store(), "a"), write(other, "b")]);
    const rows = await rowsOf(store());
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
    expect(rows.map((row) => row.n)).toEqual(rows.map((row) => row.seq));
    expect(await rowsOf(other)).toEqual(rows);
  });
}

function fencing({ store, connect }: Context): void {
  test("a run is written only under the claim in force", async () => {
    const run = (fence: number | null) => ({ stream: "run/r-1", expected: 0, fence, events: [created("r-1")] });
    expect(await fault(store().append([run(null)]))).toBe("fenced");
    expect(await fault(store().append([run(1)]))).toBe("fenced");
    const first = await store().claim("r-1");
    await first.release();
    expect(await fault(store().append([run(first.fence)]))).toBe("fenced");
    const second = await (await connect()).claim("r-1");
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(await fault(store().append([run(first.fence)]))).toBe("fenced");
    expect(await fault(store().append([run(null)]))).toBe("fenced");
    expect(await fault(store().append([run(second.fence)]))).toBe("none");
  });

  test("a run that is held cannot be claimed, from nowhere, until it is let go", async () => {
    const other = await connect();
    const claim = await store().claim("r-1");
    expect(await fault(store().claim("r-1"))).toBe("held");
    expect(await fault(other.claim("r-1"))).toBe("held");
    expect(await fault(other.claim("r-2"))).toBe("none");
    await claim.release();
    const next = await other.claim("r-1");
    // Letting go twice must not let go of what somebody else holds now.
    await claim.release();
    expect(await fault(store().claim("r-1"))).toBe("held");
    await next.release();
  });

  test("closing a connection lets go of what it holds", async () => {
    const other = await connect();
    await other.claim("r-1");
    await other.close();
    expect(await fault(store().claim("r-1"))).toBe("none");
  });

  test("only what can be the name of a run is claimed", async () => {
    for (const name of ["", "../x", "a/b", "A", "x".repeat(65), "a\0b", "run 1"]) {
      expect(await fault(store().claim(name)), name).toBe("missing");
    }
  });
}

function subscribing({ store, connect }: Context): void {
  test("a subscription gives what is there, then what comes, from whichever connection", {
    timeout: 20_000,
  }, async () => {
    await store().append([toPlan(0, used("r-0"), used("r-1"))]);
    const other = await connect();
    const stop = new AbortController();
    const seen: StoredEvent[] = [];
    for await (const entry of store().subscribe(PLAN_STREAM, 1, stop.signal)) {
      seen.push(entry);
      if (entry.n === 1) await store().append([toPlan(2, used("r-2"))]);
      if (entry.n === 2) await other.append([toPlan(3, used("r-3"), used("r-4"))]);
      if (entry.n === 4) stop.abort();
    }
    expect(seen).toEqual(await store().read(PLAN_STREAM, 1));
  });

  test("a subscription wakes for what is appended while it waits, and ends when it is told to", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const entry of store().subscribe(PLAN_STREAM, 0, stop.signal)) {
        seen.push(entry.n);
        if (entry.n === 1) return;
      }
    })();
    await new Promise((resolve) => setImmediate(resolve));
    await store().append([toPlan(0, used("r-0"))]);
    await store().append([toPlan(1, used("r-1"))]);
    await reading;
    expect(seen).toEqual([0, 1]);

    const waiting = store().subscribe("plan/silent", 0, stop.signal)[Symbol.asyncIterator]().next();
    stop.abort();
    expect((await waiting).done).toBe(true);
  });
}

function keeping({ store, connect }: Context): void {
  test("a plan is kept by its digest, once and for ever", async () => {
    expect(await store().getPlan(PLAN)).toBeNull();
    await store().putPlan(PLAN, PLAN_TEXT);
    await store().putPlan(PLAN, PLAN_TEXT);
    expect(await fault(store().putPlan(PLAN, "{}"))).toBe("conflict");
    expect(await (await connect()).getPlan(PLAN)).toBe(PLAN_TEXT);
  });

  test("a blob comes back byte by byte, under an id that does not tell its content", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const [one, two] = [await store().putBlob(bytes), await store().putBlob(bytes)];
    expect(one).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(two).not.toBe(one);
    expect(await (await connect()).getBlob(one)).toEqual(bytes);
    expect(await store().getBlob(await store().putBlob(new Uint8Array()))).toEqual(new Uint8Array());
    expect(await store().getBlob(`sha256:${"0".repeat(64)}`)).toBeNull();
  });
}

function remembering({ store, connect }: Context): void {
  test("what is remembered is the last that was, and changes nothing of the log", async () => {
    const other = await connect();
    expect(await store().mark("a")).toBeNull();
    await store().setMark("a", "1");
    await store().setMark("b", "ü\n");
    await other.setMark("a", "2");
    expect([await store().mark("a"), await other.mark("b")]).toEqual(["2", "ü\n"]);
    expect(await rowsOf(store())).toEqual([]);
  });

  test("one at a time holds a name, until it lets go or is gone", async () => {
    const other = await connect();
    const hold = await store().hold("audit");
    expect(await fault(store().hold("audit"))).toBe("held");
    expect(await fault(other.hold("audit"))).toBe("held");
    (await other.hold("other")).release();
    hold.release();
    const next = await other.hold("audit");
    hold.release();
    expect(await fault(store().hold("audit"))).toBe("held");
    next.release();
    await other.hold("audit");
    await other.close();
    (await store().hold("audit")).release();
    expect((await store().beside()).fences.size).toBe(0);
  });
}

function summing({ store, connect }: Context): void {
  test("runs are summed up in the order they began, with who holds them", async () => {
    const other = await connect();
    const done = await store().claim("z-done");
    await store().append([
      {
        stream: "run/z-done",
        expected: 0,
        fence: done.fence,
        events: [created("z-done"), passed("a"), finished("undone")],
      },
    ]);
    await done.release();
    const going = await store().claim("a-going");
    await store().append([{ stream: "run/a-going", expected: 0, fence: going.fence, events: [created("a-going")] }]);
    // Claimed, but nothing is known of it yet.
    await store().claim("nothing-yet");

    const common = {
      action: "scale_service",
      plan: PLAN,
      requester: "dana@example.com",
      createdAt: "2026-11-21T09:00:00.000Z",
    };
    const ended = common.createdAt;
    const expected = [
      { ...common, run: "z-done", outcome: "undone", endedAt: ended, doneAt: ended, held: false, leases: [] },
      { ...common, run: "a-going", outcome: null, endedAt: null, doneAt: null, held: true, leases: [] },
    ];
    expect(await store().runs()).toEqual({ runs: expected, unreadable: [] });
    expect(await other.runs()).toEqual({ runs: expected, unreadable: [] });
    for (const [run, held] of [
      ["z-done", false],
      ["a-going", true],
      ["never", false],
    ] as const)
      expect(await other.isHeld(run), run).toBe(held);
    // Looking must not have taken it from its holder, nor kept it from the next.
    await store().append([{ stream: "run/a-going", expected: 1, fence: going.fence, events: [passed("a")] }]);
    await going.release();
    expect((await other.runs()).runs.map((run) => run.held)).toEqual([false, false]);
    expect(await fault(other.claim("a-going"))).toBe("none");
  });
}

function treeing({ store, connect }: Context): void {
  test("the tree of all leaves is there after every append, whoever made it", { timeout: 60_000 }, async () => {
    const [one, two] = [store(), await connect()];
    expect(await one.size()).toBe(0);
    const claim = await one.claim("r-1");
    const stream = "run/r-1";
    await one.append([{ stream, expected: 0, fence: claim.fence, events: [created("r-1")] }]);
    let [n, u] = [1, 0];
    // Appends that end before, at and after the borders of what is kept.
    for (const [steps, others] of [
      [253, 1],
      [1, 0],
      [1, 255],
      [255, 5],
      [0, 100],
    ] as const) {
      if (steps > 0) {
        const events = Array.from({ length: steps }, (_, i) => passed(`step-${n + i}`));
        await one.append([{ stream, expected: n, fence: claim.fence, events }]);
      }
      n += steps;
      if (others > 0) await two.append([toPlan(u, ...Array.from({ length: others }, (_, i) => used(`r-${u + i}`)))]);
      u += others;
      const leaves = (await rowsOf(two)).map(({ leaf }) => leaf);
      expect(leaves).toHaveLength(n + u);
      expect(await one.size()).toBe(n + u);
      for (const at of [one, two]) expect(await rootOf(n + u, (wanted) => at.subtrees(wanted))).toBe(naiveRoot(leaves));
    }
    const leaves = (await rowsOf(one)).map(({ leaf }) => leaf);
    const wanted = [
      { level: 8, index: 2 },
      { level: 0, index: 300 },
      { level: 8, index: 0 },
      { level: 9, index: 0 },
      { level: 3, index: 70 },
    ];
    const expected = wanted.map(({ level, index }) =>
      naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    );
    expect(await two.subtrees(wanted)).toEqual(expected);
    expect(await fault(two.subtrees([{ level: 0, index: n + u }]))).toBe("broken");
    expect(await fault(two.subtrees([{ level: 8, index: 3 }]))).toBe("broken");
  });

  test("entries are given in pages, from anywhere on", async () => {
    await store().append([toPlan(0, ...Array.from({ length: 1200 }, (_, i) => used(`r-${i}`)))]);
    const seqs = async (from?: number): Promise<number[]> => {
      const found: number[] = [];
      for await (const page of store().pages(from)) {
        expect(page.length).toBeGreaterThan(0);
        found.push(...page.map(({ seq }) => seq));
      }
      return found;
    };
    expect(await seqs()).toEqual(Array.from({ length: 1200 }, (_, i) => i));
    expect(await seqs(1197)).toEqual([1197, 1198, 1199]);
    expect(await seqs(1200)).toEqual([]);
  });
}

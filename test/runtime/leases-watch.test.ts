/** What whoever watches over a store does about its runs, and when. */
import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { AT_THEIR_WORD } from "../../runtime/approvals/judge.ts";
import { Watch, type Watched } from "../../runtime/leases/watch.ts";
import { runControl } from "../../runtime/run/control.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import type { Clock } from "../../runtime/run/ports.ts";
import { realRules } from "../../runtime/run/real-ports.ts";
import { RunRefused, readRun } from "../../runtime/run/run.ts";
import { type ListedRuns, StoreError } from "../../runtime/store/port.ts";
import { approve, plan, type StepOptions, step, takeBack, wait } from "./run-plans.ts";
import { approval, beside, ended, World } from "./run-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const grant = (id: string, after: readonly string[] = [], more: StepOptions = {}) =>
  step(id, after, { lease: HOUR, rollback: takeBack(id), ...more });

interface Watching {
  readonly watch: Watch;
  readonly did: string[];
  readonly troubles: string[];
  /** Looks once, as whoever watches does when the time has come, and lets what was begun come to its end. */
  look(): Promise<void>;
}

/** What whoever watches is given, by the clock and the disk of that world. */
function watched(world: World): Omit<Watched, "act"> {
  const store = world.connect();
  return {
    store,
    clock: { now: () => world.now, steady: () => world.steady, at: () => () => undefined },
    read: async (run) => (await readRun({ store, rules: realRules }, run)).state,
    judge: async () => AT_THEIR_WORD,
    begins: () => undefined,
    ended: () => undefined,
    trouble: () => undefined,
  };
}

/** One process that watches over the run of that world, or over these alone. */
function watching(world: World, runs?: readonly string[]): Watching {
  const did: string[] = [];
  const troubles: string[] = [];
  const all = watched(world);
  const listed = async (): Promise<ListedRuns> => {
    const { runs: found, unreadable } = await all.store.runs();
    return { runs: found.filter(({ run }) => runs?.includes(run) ?? true), unreadable };
  };
  const { store } = all;
  const watch = new Watch({
    ...all,
    store: new Proxy(store, {
      get: (of, name: keyof typeof store) => (name === "runs" ? listed : of[name].bind(of)),
    }),
    act: async (run, todo): Promise<RunEnd> =>
      ended(todo.kind === "leases" ? await world.endLeases(todo.leases) : await world.resume(run)),
    begins: (_, todo) =>
      did.push(todo.kind === "leases" ? `ends ${todo.leases.map(({ node }) => node).join()}` : todo.because),
    trouble: (_, why) => troubles.push(why),
  });
  return {
    watch,
    did,
    troubles,
    async look() {
      await watch.round();
      await watch.settled();
    },
  };
}

/** Lets that much time go by, and looks every half minute. */
async function pass({ look }: Watching, world: World, ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += MINUTE / 2) {
    world.now += MINUTE / 2;
    await look();
  }
}

async function applied(of: Plan, script?: World["script"]): Promise<World> {
  const world = new World(script);
  ended(await world.apply(of));
  return world;
}

describe("the end of a lease", () => {
  test("comes when it was said to, and not before", async () => {
    const world = await applied(plan([grant("a")]));
    const watcher = watching(world);
    await pass(watcher, world, HOUR - MINUTE);
    expect(world.things).toEqual(["a"]);
    await pass(watcher, world, MINUTE);
    expect([world.things, watcher.did]).toEqual([[], ["ends a"]]);
  });

  test("comes no later where the clock is set back after the run had ended", async () => {
    const world = await applied(plan([grant("a")]));
    const watcher = watching(world);
    await pass(watcher, world, HOUR / 2);
    world.jump(-3 * HOUR);
    await pass(watcher, world, HOUR / 2 - MINUTE);
    expect(world.things).toEqual(["a"]);
    await pass(watcher, world, MINUTE);
    expect(world.things).toEqual([]);
  });

  test("comes within its length where the clock was set back before anybody looked", async () => {
    const world = await applied(plan([grant("a")]));
    world.jump(-3 * HOUR);
    const watcher = watching(world);
    await watcher.look();
    await pass(watcher, world, HOUR - MINUTE);
    expect(world.things).toEqual(["a"]);
    await pass(watcher, world, MINUTE);
    expect(world.things).toEqual([]);
  });

  test("comes within its length where that was while its run waited for people", async () => {
    const world = await applied(plan([grant("a"), approve("ok", ["a"])]));
    world.jump(-3 * HOUR);
    const watcher = watching(world);
    await watcher.look();
    await pass(watcher, world, HOUR - MINUTE);
    expect(world.things).toEqual(["a"]);
    await pass(watcher, world, MINUTE);
    expect(world.things).toEqual([]);
  });

  test("waits for locks that another run holds, and nothing is begun over and over meanwhile", async () => {
    const world = await applied(plan([grant("a"), approve("ok", ["a"])], { locks: ["l"] }));
    const other = beside(world, 1, undefined, world.effects);
    other.now = world.now;
    await other.apply(plan([step("b"), wait("w", ["b"], 3 * HOUR)], { locks: ["l"] }), { crash: { after: 8 } });
    const watcher = watching(world, [world.run]);
    await pass(watcher, world, HOUR + 5 * MINUTE);
    expect([world.things, watcher.did]).toEqual([["a", "b"], []]);
    ended(await other.resume(other.run));
    await watcher.look();
    expect([world.things, watcher.did]).toEqual([["b"], ["ends a"]]);
  });

  test("is not begun anew where a person is asked what became of its rollback", async () => {
    const of = plan([grant("a", [], { rollback: takeBack("a", { repeat: "once" }) }), approve("ok", ["a"])]);
    const world = await applied(of);
    world.now += HOUR;
    const before = world.events.length;
    const dry = await applied(of);
    dry.now += HOUR;
    const due = [{ node: "a", because: "time", by: null, reason: null }] as const;
    await dry.endLeases(due);
    const after = dry.types().indexOf("attempt.started", before) + 1;
    expect(await world.endLeases(due, { crash: { after } })).toBe("died");
    const watcher = watching(world);
    await pass(watcher, world, 5 * MINUTE);
    expect(watcher.did.filter((did) => did.startsWith("ends"))).toHaveLength(1);
    expect(world.did("remove")).toEqual([]);
  });

  test("comes at once where the machine slept over it", async () => {
    const world = await applied(plan([grant("a")]));
    const watcher = watching(world);
    await watcher.look();
    world.jump(5 * HOUR);
    await watcher.look();
    expect(world.things).toEqual([]);
  });

  test("comes no later where the clock is set back while the run waits for people, and they are still asked", async () => {
    const world = await applied(plan([grant("a"), approve("ok", ["a"]), step("b", ["ok"])]));
    const watcher = watching(world);
    await pass(watcher, world, HOUR / 2);
    world.jump(-3 * HOUR);
    await pass(watcher, world, HOUR / 2 - MINUTE);
    expect(world.things).toEqual(["a"]);
    await pass(watcher, world, MINUTE);
    expect([world.things, watcher.did]).toEqual([[], ["ends a"]]);
    expect(world.events.at(-1)?.type).not.toBe("run.finished");
  });

  test("comes though the run was paused, and its process killed in the middle of what gave it", async () => {
    const control = runControl();
    const world = new World((operation) => {
      if (operation !== "add") return undefined;
      control.pause("eve@example.com", null);
      return { takes: MINUTE };
    });
    world.actsAt = "begin";
    // Created, held, the gate, the lease, the attempt, and the pause.
    expect(await world.apply(plan([grant("a"), step("b", ["a"])]), { control, crash: { after: 6 } })).toBe("died");
    expect(world.types().slice(-2)).toEqual(["attempt.started", "run.pause_requested"]);
    const watcher = watching(world);
    await pass(watcher, world, HOUR - MINUTE);
    expect([world.things, watcher.did]).toEqual([["a"], []]);
    await pass(watcher, world, 2 * MINUTE);
    expect(world.things).toEqual([]);
  });

  test("counts from when the step that was cut off had begun, however late that was seen", async () => {
    const of = plan([grant("a", [], { call: { repeat: "once" } }), step("b", ["a"])]);
    const dry = await applied(of);
    const world = new World();
    const after = dry.types().indexOf("attempt.started") + 1;
    expect(await world.apply(of, { crash: { after } })).toBe("died");
    const began = Date.parse(world.events.at(-1)?.at ?? "");
    world.now += HOUR / 2;
    const watcher = watching(world);
    await watcher.look();
    const until = new Date(began + HOUR).toISOString();
    expect(world.events).toContainEqual(expect.objectContaining({ type: "lease.granted", node: "a", until }));
    await pass(watcher, world, HOUR / 2);
    expect(world.did("remove")).toEqual(["a"]);
  });
});

describe("a lease that could not be taken back", () => {
  const sulky = (times: number): World["script"] => {
    let failed = 0;
    return (operation, name) =>
      operation === "remove" && name === "a" && failed++ < times ? { answer: "error", retryable: false } : undefined;
  };

  test("is tried again after a minute, then two, then five, and known to be so meanwhile; in the end it is gone", async () => {
    const world = await applied(plan([grant("a")]), sulky(3));
    const watcher = watching(world);
    await pass(watcher, world, HOUR);
    expect(watcher.did).toHaveLength(1);
    expect(watcher.watch.troubles).toMatchObject([
      { why: expect.stringContaining('a: to be done by hand: world.remove(name: "a")') },
    ]);
    await pass(watcher, world, 9 * MINUTE);
    expect([world.things, watcher.did, watcher.troubles]).toEqual([[], ["ends a", "ends a", "ends a", "ends a"], []]);
    expect(watcher.watch.troubles).toEqual([]);
  });

  test("does not keep another of the same run from its end", async () => {
    const world = await applied(
      plan([grant("a"), grant("b", [], { lease: HOUR + MINUTE / 2 })]),
      sulky(Number.POSITIVE_INFINITY),
    );
    const watcher = watching(world);
    await pass(watcher, world, HOUR);
    expect(world.things).toEqual(["a", "b"]);
    await pass(watcher, world, MINUTE / 2);
    expect(world.things).toEqual(["a"]);
  });

  test("is tried again also while its run waits for people", async () => {
    const world = await applied(plan([grant("a"), approve("ok", ["a"])]), sulky(2));
    const watcher = watching(world);
    await pass(watcher, world, HOUR + 5 * MINUTE);
    expect([world.things, watcher.did]).toEqual([[], ["ends a", "ends a", "ends a"]]);
    expect(watcher.watch.troubles).toEqual([]);
  });

  test("is tried again also by a process that still has its run in hand", async () => {
    const world = await applied(plan([grant("a"), wait("w", ["a"], 2 * HOUR), step("b", ["w"])]), sulky(2));
    expect(world.things).toEqual(["b"]);
    const due = world.events.flatMap((e) => (e.type === "lease.due" ? [e.because] : []));
    expect(due).toEqual(["time", "again", "again"]);
  });
});

describe("who watches", () => {
  test.each([
    ["has its run in hand", new StoreError("held", "run x is held", "wait")],
    ["has ended it meanwhile", new RunRefused({ kind: "nothing_stands", message: "no lease", remedy: "look" })],
  ])("is not troubled where another process was first and %s", async (_, error) => {
    const world = await applied(plan([grant("a")]));
    world.now += HOUR;
    const troubles: string[] = [];
    const watch = new Watch({
      ...watched(world),
      act: () => Promise.reject(error),
      trouble: (_run, why) => troubles.push(why),
    });
    await watch.round();
    await watch.settled();
    expect([watch.troubles, troubles]).toEqual([[], []]);
  });

  test("leaves a run alone that waits for people, whatever it waited for before", async () => {
    const of = plan([wait("w", [], MINUTE), step("a", ["w"]), approve("ok", ["a"])]);
    const world = await applied(of);
    const watcher = watching(world);
    await pass(watcher, world, 5 * MINUTE);
    expect(watcher.did).toEqual([]);
  });

  test("is told once of what it cannot do, leaves that alone for a while, and does the rest", async () => {
    const world = await applied(plan([grant("a")]));
    const other = beside(world, 1, undefined, world.effects);
    ended(await other.apply(plan([grant("b", [], { lease: 2 * HOUR })])));
    const said: string[] = [];
    let tries = 0;
    const watch = new Watch({
      ...watched(world),
      act: async (run, todo) => {
        if (run === other.run) return ended(await other.endLeases(todo.kind === "leases" ? todo.leases : []));
        tries++;
        throw new Error("no provider");
      },
      trouble: (_, why) => said.push(why),
    });
    world.now += HOUR;
    for (let second = 0; second < 60; second++) {
      world.now += 1_000;
      await watch.round();
      await watch.settled();
    }
    expect(said).toEqual(["no provider"]);
    // Pauses of 5, 10, 20 and 40 seconds.
    expect(tries).toBe(4);
    other.now = world.now += HOUR;
    await watch.round();
    await watch.settled();
    expect(other.things).toEqual(["a"]);
  });

  test("does not take up over and over what waits as before", async () => {
    const world = await applied(plan([step("a"), approve("ok", ["a"]), step("b", ["ok"])]));
    const waits = ended(await world.resume(world.run));
    expect(waits.status).toBe("waiting_approval");
    // Of somebody whose word counted once.
    await world.record(approval("ana@example.com", { run: world.run, node: "ok" }));
    let tries = 0;
    const watch = new Watch({
      ...watched(world),
      act: async () => {
        tries++;
        return waits;
      },
    });
    for (let second = 0; second < 60; second++) {
      world.now += 1_000;
      await watch.round();
      await watch.settled();
    }
    expect(tries).toBe(4);
    expect(watch.troubles).toMatchObject([{ why: "it was taken up, and waits as before" }]);
  });

  test("goes on with what died, and with what its time has come for", async () => {
    const of = plan([step("a"), step("b", ["a"])]);
    const dry = await applied(of);
    const world = new World();
    await world.apply(of, { crash: { after: dry.types().indexOf("attempt.succeeded") + 1 } });
    const watcher = watching(world);
    await watcher.look();
    expect([world.things, watcher.did]).toEqual([["a", "b"], ["cut off"]]);
  });

  test("holds on to nothing for each time it looks", async () => {
    const stop = new AbortController();
    let waits = 0;
    const clock: Clock = {
      now: () => 0,
      steady: () => 0,
      at(_, then) {
        if (++waits === 50) stop.abort();
        else setImmediate(then);
        return () => undefined;
      },
    };
    const watch = new Watch({
      ...watched(new World()),
      clock,
      act: () => Promise.reject(new Error("there is nothing to do")),
    });
    await watch.run(stop.signal);
    expect(waits).toBe(50);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });
});

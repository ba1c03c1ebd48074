/** `opsc freeze` and `opsc thaw`: the switch that stops runs before their next write. */
import { readWord } from "../../compiler/expand/words.ts";
import type { Switching } from "../../compiler/plan/statement.schema.ts";
import { timeText } from "../../compiler/render/words.ts";
import { judgeOf } from "../../runtime/approvals/judge.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { FREEZES, type Freeze, freezeDigest, type Where } from "../../runtime/freeze/freeze.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { freezeLine, freezesIn, heldWords } from "../freezes.ts";
import type { Io } from "../io.ts";
import { isKeyNamed, whoAmI } from "../person.ts";
import { findRoot, settingsOf } from "../project.ts";
import { type SigningOptions, signedSwitch } from "../signing.ts";
import { openedOrNone, openStore } from "../store.ts";
import { demandNoToken } from "../trust/token.ts";

interface FreezeOptions extends Common, SigningOptions {
  readonly where?: readonly string[];
  readonly reason?: string;
  readonly until?: string;
  readonly as?: string;
}

interface ThawOptions extends Common, SigningOptions {
  readonly reason?: string;
  readonly as?: string;
}

/** How often another may write in between before it is given up. */
const TRIES = 20;

export async function freeze(io: Io, options: FreezeOptions): Promise<ExitCode> {
  if (options.reason === undefined || options.reason.trim() === "")
    throw new Stop(EXIT.wrong, "a freeze says why", 'add --reason "…": whoever is stopped by it reads it');
  const { reason } = options;
  const where = whereOf(options.where ?? []);
  const until = options.until === undefined ? null : untilOf(options.until, Date.now());
  const root = await findRoot(options.dir);
  const by = await whoAmI(options.as, root);
  const store = await openStore(root);
  try {
    const set = { at: new Date().toISOString(), by, reason, until, where };
    const word = await brakeWord(io, root, options, set);
    const id = (await record(store, { type: "freeze.set", ...set, ...word })) + 1;
    if (io.json) io.raw(JSON.stringify({ type: "freeze", id, by, reason, until, where }));
    else {
      io.out(
        `freeze ${id}: ${heldWords(where)} ${until === null ? "" : `until ${timeText(until)} `}begin no write any more`,
      );
      io.err(`undo and the end of leases go on; opsc thaw ${id} lifts it`);
    }
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** A brake is not refused for want of a key: what nobody signed stops runs as well, and is told as that. */
async function brakeWord(
  io: Io,
  root: string,
  { key }: FreezeOptions,
  set: Parameters<typeof freezeDigest>[0],
): Promise<{ readonly signed?: Switching }> {
  try {
    const { trust } = await settingsOf(root);
    const said = {
      decision: "freeze",
      freeze: freezeDigest(set),
      who: set.by,
      comment: set.reason,
      at: set.at,
    } as const;
    const signed = await signedSwitch({ root, trust, key }, said);
    return signed === undefined ? {} : { signed };
  } catch (error) {
    if (!(error instanceof Stop) || isKeyNamed(key)) throw error;
    io.err(`warning: this freeze is not signed, and is told as that: ${error.message}`);
    return {};
  }
}

export async function thaw(io: Io, id: string | undefined, options: ThawOptions): Promise<ExitCode> {
  const { root, trust } = await settingsOf(options.dir);
  const { key, reason = null } = options;
  if (trust.identities === "signed") demandNoToken({ trust }, "thaw", isKeyNamed(key));
  const by = await whoAmI(options.as, root);
  const store = await openedOrNone(root);
  try {
    const all = await freezesIn(store, judgeOf(trust));
    const found = wanted(all, id);
    if (store === null) return EXIT.done;
    const at = new Date().toISOString();
    const said = { decision: "thaw", freeze: freezeDigest(found), who: by, comment: reason, at } as const;
    const signed = await signedSwitch({ root, trust, key }, said);
    const word = signed === undefined ? {} : { signed };
    await record(store, { type: "freeze.lifted", at, id: found.id, by, reason, ...word });
    if (io.json) io.raw(JSON.stringify({ type: "thaw", id: found.id, by }));
    else {
      const rest = all.filter((each) => each.id !== found.id);
      io.out(`freeze ${found.id} is lifted${rest.length === 0 ? `: ${heldWords(found.where)} go on` : ""}`);
      for (const each of rest) io.out(`still frozen: ${freezeLine(each)}`);
      io.err("runs that were let go meanwhile go on with opsc work, or opsc resume");
    }
    return EXIT.done;
  } finally {
    await store?.close();
  }
}

function wanted(freezes: readonly Freeze[], id: string | undefined): Freeze {
  const found = freezes.filter((each) => id === undefined || String(each.id) === id);
  const [one, another] = found;
  if (one !== undefined && another === undefined) return one;
  if (one === undefined)
    throw new Stop(
      EXIT.wrong,
      id === undefined ? "nothing is frozen" : `there is no freeze ${JSON.stringify(id)} in force`,
      freezes.length === 0 ? "there is nothing to do" : `these are: ${freezes.map((each) => each.id).join(", ")}`,
    );
  throw new Stop(
    EXIT.wrong,
    "several freezes are in force",
    `name one: ${found.map((each) => `${each.id} (${freezeLine(each)})`).join("; ")}`,
  );
}

/** Returns its place in the stream. */
async function record(store: Store, event: RunEvent): Promise<number> {
  for (let tried = 1; ; tried++) {
    const last = await store.last(FREEZES);
    const expected = last === null ? 0 : last.n + 1;
    try {
      await store.append([{ stream: FREEZES, expected, fence: null, events: [event] }]);
      return expected;
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== "conflict" || tried >= TRIES) throw error;
    }
  }
}

const KINDS = ["action", "tag", "workspace", "risk"] as const;
const RISKS = ["low", "medium", "high", "critical"];

function whereOf(words: readonly string[]): Where {
  const where: Record<(typeof KINDS)[number], string[]> = { action: [], tag: [], workspace: [], risk: [] };
  for (const word of words) {
    const [name = "", value = ""] = word.split(/=(.*)/s);
    const kind = KINDS.find((each) => each === name);
    if (kind === undefined || value === "")
      throw new Stop(
        EXIT.wrong,
        `${JSON.stringify(word)} says of nothing`,
        `write one of ${KINDS.map((each) => `${each}=…`).join(", ")}`,
      );
    if (kind === "risk" && !RISKS.includes(value))
      throw new Stop(EXIT.wrong, `${JSON.stringify(value)} is no risk`, `it is one of ${RISKS.join(", ")}`);
    where[kind].push(value);
  }
  return where;
}

/** `2h`, `2026-11-21T18:00:00Z`: RFC 3339. */
function untilOf(text: string, now: number): string {
  const length = readWord(text, { kind: "duration" });
  const at = "value" in length && typeof length.value === "number" ? now + length.value : Date.parse(text);
  if (!(at > now) || !/^\d/.test(text))
    throw new Stop(
      EXIT.wrong,
      `${JSON.stringify(text)} is no time to come`,
      "write a length of time (2h), or a time (2026-11-21T18:00:00Z)",
    );
  return new Date(at).toISOString();
}

/** `opsc show PLAN|RUN` */

import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { BY_ANY_KEY, type Judge } from "../../runtime/approvals/judge.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import { approvalsOf, askedInPlan, standing } from "../asked.ts";
import { type Attested, attestationOf, logKeysOf } from "../attested.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { isPlanName, readPlanFile } from "../files.ts";
import type { Io } from "../io.ts";
import { findRoot, settingsOf } from "../project.ts";
import { type PlanFormat, renderPlan } from "../render-plan.ts";
import { happenedOf, whatNow } from "../runs/happened.ts";
import { readRun } from "../runs/reading.ts";
import { recordOf } from "../runs/record.ts";
import { reportLines } from "../runs/report.ts";
import { judgeHere } from "../signing.ts";
import { openStore } from "../store.ts";
import { safeName } from "../words.ts";

interface Options extends Common {
  readonly format?: PlanFormat;
  readonly history?: true;
}

export async function run(io: Io, what: string, options: Options): Promise<ExitCode> {
  if (isPlanName(what)) {
    if (options.history === true)
      throw new Stop(
        EXIT.wrong,
        "--history is for a run: a plan has none",
        "leave it out, or name a run; opsc runs lists them",
      );
    const format = io.json ? "json" : (options.format ?? "text");
    const file = await readPlanFile(what);
    io.raw(await renderPlan(file, format, io));
    if (format === "text") for (const line of await saidOf(file, options.dir)) io.err(line);
    return EXIT.done;
  }
  const store = await openStore(await findRoot(options.dir), { readonly: true });
  try {
    const now = Date.now();
    const reading = await readRun(store, what, now);
    const attested = await attestedHere(store, what, options.dir);
    if (io.json || options.format === "json") io.rawJson(JSON.stringify(recordOf(reading, attested)));
    else if (options.format !== undefined)
      io.raw(
        await renderPlan(
          reading.file,
          options.format,
          io,
          happenedOf(reading.view, whatNow(reading), reading.end.leases),
        ),
      );
    else
      for (const line of reportLines(reading, { ...io, now, attested, history: options.history === true }))
        io.raw(line);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** What people have said of the plan so far, which is no part of it; nothing where that cannot be known here. */
async function saidOf(file: PlanFile, dir: string | undefined): Promise<string[]> {
  try {
    const { root, trust } = await settingsOf(dir);
    const judge = judgeHere(trust, file);
    const asked = { ...askedInPlan(file), judge };
    const store = await openStore(root, { create: false, readonly: true }).catch((error: unknown) => {
      if (error instanceof StoreError && error.fault === "missing") return null;
      throw error;
    });
    try {
      const given = store === null ? [] : await approvalsOf(store, asked);
      const used = store === null ? null : await usedBy(store, file.digest);
      if (used !== null) return [`used by run ${safeName(used)}: opsc show ${safeName(used)} tells what became of it`];
      return [
        ...requestLines(file, judge),
        ...asked.nodes.map((node) => {
          const which = asked.nodes.length === 1 ? "" : `${safeName(node.id)}: `;
          // Approvals that travel as files are counted where they are named: opsc apply --approvals.
          return `${which}in this store ${standing(node, given, asked)}`;
        }),
      ];
    } finally {
      await store?.close();
    }
  } catch (error) {
    if (error instanceof Stop || error instanceof StoreError) return [];
    throw error;
  }
}

/** The run that used the plan up; null where none has. */
async function usedBy(store: Store, digest: string): Promise<string | null> {
  const events = (await store.read(`plan/${digest}`)).map(({ event }) => event);
  return events.findLast((event) => event.type === "plan.used")?.run ?? null;
}

/** Whether whoever is said to have asked for it has signed that, where that counts. */
function requestLines({ plan: { requester, trust }, request }: PlanFile, judge: Judge): string[] {
  if (trust.identities !== "signed") return [];
  const who = safeName(requester);
  if (request === undefined) return [`not signed by ${who}, so only they can apply it`];
  const refused = judge.refuses(request, Date.now());
  if (refused === null && judge === BY_ANY_KEY)
    return [`signed as ${who}, by a key of which it is not known here whose it is`];
  return [
    refused === null ? `signed by ${who}, who asked for it` : `what ${who} signed does not count: ${refused.why}`,
  ];
}

/** null where the trust root lists no keys of the log, or cannot be read, as with a store that was copied elsewhere. */
async function attestedHere(store: Store, run: string, dir: string | undefined): Promise<Attested | null> {
  try {
    const trusted = logKeysOf(await settingsOf(dir));
    return trusted === null ? null : await attestationOf(store, run, trusted);
  } catch (error) {
    if (error instanceof Stop) return null;
    throw error;
  }
}

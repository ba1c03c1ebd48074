/** What of the log goes elsewhere while a run is at it: checkpoints to their places, entries to sinks. */

import { type Delivery, deliver, deliveredTo } from "../../runtime/audit/deliver.ts";
import { demandGrown, type Publishing, publish } from "../../runtime/checkpoints/publish.ts";
import { messageOf } from "../../runtime/message.ts";
import { DamagedError, type Store } from "../../runtime/store/port.ts";
import { EXIT, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { entries } from "../words.ts";
import { type Settings, signing } from "./keys.ts";
import { placeOf } from "./places.ts";
import { sinkOf } from "./sinks.ts";

/** Publishes and delivers what has to be elsewhere before anything is written. Rejects where it cannot be. */
export async function announce(settings: Settings, store: Store): Promise<void> {
  for (const sink of settings.config.audit.sinks) {
    if (!sink.required) continue;
    const { why, sink: shown } = await deliver(store, sinkOf(settings.root, sink));
    if (why !== null) throw new Error(`the log cannot be copied to ${shown}, which is required: ${why}`);
  }
  const publishing = await publishingOf(settings);
  if (publishing !== null) await publish(store, publishing);
}

/** As `announce`, before a run is begun: ends the command, and the plan may still be applied. */
export async function announceFirst(settings: Settings, store: Store): Promise<void> {
  try {
    await announce(settings, store);
  } catch (error) {
    if (error instanceof Stop || !(error instanceof Error) || "fault" in error) throw error;
    throw new Stop(
      EXIT.environment,
      `${error.message}. Nothing was begun`,
      "make it reachable, then apply again; or take it out of `audit` in opsc.config.json, which the next plan shows to its reviewers",
    );
  }
}

/** Before a run is taken up: rejects with `DamagedError` where it may have come further than this log knows. */
export async function demandWhole(settings: Settings, store: Store): Promise<void> {
  const publishing = await publishingOf(settings);
  if (publishing !== null) await demandGrown(store, publishing);
}

/** At the end of a run: all that can be done is done, and what cannot is told loudly. The run is what it is: never rejects. */
export async function finish(io: Io, settings: Settings, store: Store): Promise<void> {
  for (const { why, damaged } of await unfinished(settings, store).catch((error: unknown) => [toldOf(error)])) {
    if (io.json) io.raw(JSON.stringify({ type: "unpublished", why }));
    else
      io.err(
        `NOT KEPT ELSEWHERE: ${why}. ${damaged ? "Nothing is published that contradicts it." : "opsc audit publish tries again."}`,
      );
  }
}

interface Lacking {
  readonly why: string;
  /** Whether trying again cannot help. */
  readonly damaged: boolean;
}

const toldOf = (error: unknown): Lacking => ({ why: messageOf(error), damaged: error instanceof DamagedError });

async function unfinished(settings: Settings, store: Store): Promise<Lacking[]> {
  const { deliveries, unpublished } = await publishAll(settings, store);
  const late = deliveries.flatMap((each) => (each.why === null ? [] : [{ why: lacking(each), damaged: false }]));
  return unpublished === null ? late : [unpublished, ...late];
}

export const lacking = ({ sink, delivered, size, why }: Delivery): string =>
  `${sink} has ${delivered} of ${entries(size)}${why === null ? "" : `: ${why}`}`;

export interface Published {
  readonly deliveries: readonly Delivery[];
  /** How many entries the checkpoint in all places is of; null where none are named, or one could not be had. */
  readonly checkpoint: number | null;
  readonly unpublished: Lacking | null;
}

/** Publishes a checkpoint and delivers to every sink, whatever becomes of the others. */
export async function publishAll(settings: Settings, store: Store): Promise<Published> {
  const deliveries: Delivery[] = [];
  for (const each of settings.config.audit.sinks) {
    const sink = sinkOf(settings.root, each);
    try {
      deliveries.push(await deliver(store, sink));
    } catch (error) {
      const delivered = await deliveredTo(store, sink.shown);
      deliveries.push({ sink: sink.shown, delivered, size: await store.size(), why: messageOf(error) });
    }
  }
  try {
    const publishing = await publishingOf(settings);
    const signed = publishing === null ? null : await publish(store, publishing);
    return { deliveries, checkpoint: signed?.checkpoint.size ?? null, unpublished: null };
  } catch (error) {
    return { deliveries, checkpoint: null, unpublished: toldOf(error) };
  }
}

/** null where nothing is to be published. */
async function publishingOf(settings: Settings): Promise<Publishing | null> {
  const to = settings.config.audit.checkpoint?.to ?? [];
  if (to.length === 0) return null;
  const { key, origin, former } = await signing(settings);
  return { key, origin, former, places: to.map((each) => placeOf(settings.root, each)) };
}

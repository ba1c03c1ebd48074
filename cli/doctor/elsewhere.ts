/** What of the log is to be kept elsewhere: whether it can be signed, and how far the places and sinks are behind. */

import { deliveredTo } from "../../runtime/audit/deliver.ts";
import { openCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import type { Place } from "../../runtime/checkpoints/publish.ts";
import { demandKept } from "../../runtime/checkpoints/sign.ts";
import { messageOf } from "../../runtime/message.ts";
import { DamagedError, type Store, StoreError } from "../../runtime/store/port.ts";
import { type Signing, signing } from "../audit/keys.ts";
import { placeOf } from "../audit/places.ts";
import { sinkOf } from "../audit/sinks.ts";
import { EXIT, Stop } from "../exit.ts";
import { settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { entries } from "../words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ID = "elsewhere";

export async function elsewhereFindings(dir: string | undefined): Promise<Finding[]> {
  try {
    const settings = await settingsOf(dir);
    const { checkpoint, sinks } = settings.config.audit;
    if (checkpoint === undefined && sinks.length === 0) return [];
    const signer = checkpoint === undefined ? null : await signing(settings);
    const signed =
      signer === null ? [] : [ok(ID, `checkpoints of ${signer.origin} can be signed: ${signer.key.verifier.text}`)];
    const places = (signer === null ? [] : (checkpoint?.to ?? [])).map((each) => placeOf(settings.root, each));
    const store = await openStore(settings.root, { create: false, readonly: true }).catch((error: unknown) => {
      if (error instanceof StoreError && error.fault === "missing") return null;
      throw error;
    });
    if (store === null) return [...signed, ...(await Promise.all(places.map(beforeAll))).flat()];
    try {
      const found: Finding[] = [];
      for (const place of places) found.push(await placeFinding(store, place, signer));
      for (const each of sinks) found.push(await sinkFinding(store, sinkOf(settings.root, each).shown));
      return [...signed, ...found];
    } finally {
      await store.close();
    }
  } catch (error) {
    // What else is wrong with the configuration or the store is told where those are looked at.
    if (error instanceof StoreError) return [];
    if (!(error instanceof Stop)) throw error;
    return error.code === EXIT.environment
      ? [
          problem(
            ID,
            EXIT.environment,
            error.message,
            "no checkpoint can be made, and no run writes that needs one",
            error.help,
          ),
        ]
      : [];
  }
}

/** Before anything has run: whether the first run could begin. */
async function beforeAll(place: Place): Promise<Finding[]> {
  try {
    if ((await place.last()) === null) return [];
    return [
      warning(
        ID,
        `${place.shown} holds a checkpoint, and nothing has run here yet`,
        "it is of another store, and no run that is to write begins beside it",
        "bring the store it is of along, or name a place of this one's own",
      ),
    ];
  } catch (error) {
    return [unreachable(place, error)];
  }
}

function unreachable(place: Place, error: unknown): Finding {
  const why = messageOf(error);
  return problem(
    ID,
    EXIT.environment,
    `${place.shown} cannot be had: ${why}`,
    "no run that is to write begins",
    "make it reachable",
  );
}

async function placeFinding(store: Store, place: Place, signer: Signing | null): Promise<Finding> {
  const size = await store.size();
  try {
    const note = await place.last();
    if (note === null || signer === null)
      return warning(
        ID,
        `${place.shown} holds no checkpoint`,
        "a log that is rewritten now would not be found out by it",
        "opsc audit publish",
      );
    const opened = openCheckpoint(note, [signer.key.verifier, ...signer.former], signer.origin);
    if (!opened.ok)
      return problem(
        ID,
        EXIT.unverified,
        `${place.shown} holds something else: ${opened.why}`,
        "no run that is to write begins",
        "find out who put it there",
      );
    await demandKept(store, size, opened.checkpoint, `the checkpoint in ${place.shown}`);
    const { size: kept } = opened.checkpoint;
    return kept === size
      ? ok(ID, `${place.shown} has the newest checkpoint: ${entries(size)}`)
      : warning(
          ID,
          `${place.shown} has a checkpoint of ${kept} of ${entries(size)}`,
          "those after it can be rewritten unseen",
          "opsc audit publish",
        );
  } catch (error) {
    if (error instanceof DamagedError) return problem(ID, EXIT.unverified, error.message, null, error.remedy);
    return unreachable(place, error);
  }
}

async function sinkFinding(store: Store, shown: string): Promise<Finding> {
  const [delivered, size] = [await deliveredTo(store, shown), await store.size()];
  if (delivered > size)
    return warning(
      ID,
      `${shown} has ${entries(delivered)}, and the log here ends after ${size}`,
      "its end was cut off, or an older copy was put in its place",
      "opsc audit verify",
    );
  return delivered === size
    ? ok(ID, `${shown} has all ${entries(size)}`)
    : warning(
        ID,
        `${shown} has ${delivered} of ${entries(size)}`,
        "what is missing there is only here",
        "opsc audit publish",
      );
}

/** `opsc audit publish`: what the configuration wants to be kept elsewhere, now. */
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { goesElsewhere, settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { entries } from "../words.ts";
import type { AuditOptions } from "./options.ts";
import { lacking, publishAll } from "./outside.ts";

export async function publish(io: Io, options: AuditOptions): Promise<ExitCode> {
  const settings = await settingsOf(options.dir);
  if (!goesElsewhere(settings))
    throw new Stop(
      EXIT.wrong,
      "the configuration names no place for checkpoints and no sink, so there is nothing to publish",
      "opsc.config.json: audit.checkpoint.to, or audit.sinks",
    );
  const store = await openStore(settings.root, { create: false });
  try {
    const published = await publishAll(settings, store);
    const { deliveries, checkpoint, unpublished } = published;
    const failed = unpublished !== null || deliveries.some(({ why }) => why !== null);
    if (io.json) io.raw(JSON.stringify({ ok: !failed, ...published, unpublished: unpublished?.why ?? null }));
    else {
      for (const each of deliveries) (each.why === null ? io.out : io.err)(lacking(each));
      if (checkpoint !== null) io.out(`a checkpoint of ${entries(checkpoint)} is in all its places`);
      if (unpublished !== null) io.err(unpublished.why);
    }
    if (unpublished?.damaged === true) return EXIT.unverified;
    return failed ? EXIT.environment : EXIT.done;
  } finally {
    await store.close();
  }
}

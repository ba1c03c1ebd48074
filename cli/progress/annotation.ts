/**
 * A run that did not come to its end as it should, as GitHub Actions shows it beside the job: one annotation. The lines of
 * the run stand in no group, which would be closed while one wants to watch.
 */
import { escapeControls } from "../../compiler/render/safe.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { safeName } from "../words.ts";
import { headline } from "./end.ts";

/** Null where there is nothing to point out. */
export function annotation(end: RunEnd, title: string, code: ExitCode): string | null {
  if (code === EXIT.done) return null;
  const level = code === EXIT.waiting || code === EXIT.unknown || code === EXIT.stopped ? "warning" : "error";
  const [what, meaning] = headline(end);
  const text = [`run ${end.run} ${what}`, meaning, end.why].filter((part) => part !== null).join(": ");
  return `::${level} title=${property(safeName(title))}::${data(escapeControls(text))}`;
}

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(escapeControls(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");

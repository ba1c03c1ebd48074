/** What `opsc audit` may be given. */
import type { VerifyOptions } from "../../runtime/audit/verify.ts";
import type { Common } from "../common.ts";

/** What every log is held against. */
export type Against = Pick<VerifyOptions, "heads" | "logKeys">;

export interface AuditOptions extends Common {
  readonly run?: string;
  readonly head?: string;
  readonly file?: string;
  readonly checkpoint?: readonly string[];
  readonly key?: readonly string[];
  readonly origin?: string;
  readonly proof?: string;
  readonly out?: string;
  readonly reason?: string;
  readonly as?: string;
  readonly due?: true;
  readonly yes?: true;
}

/** What `opsc audit` may be given. */
import type { Common } from "../common.ts";

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

/** The version of opsc: put in by the build, read from package.json when run from source. */
import { createRequire } from "node:module";

declare const OPSC_VERSION: string | undefined;

export const VERSION: string = typeof OPSC_VERSION === "string" ? OPSC_VERSION : fromPackage();

function fromPackage(): string {
  const json: unknown = createRequire(import.meta.url)("../package.json");
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "0.0.0";
}

/** The licences of what is bundled, as their authors ask. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const ALLOWED = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"]);

/** Writes THIRD_PARTY_LICENSES for the packages among `inputs` (paths of the bundle's sources). Throws for one whose licence is not permissive. */
export function writeLicences(root: string, inputs: readonly string[]): void {
  const packages = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const parts = [...packages].sort().map((folder) => licenceOf(root, folder));
  writeFileSync(
    path.join(root, "dist", "THIRD_PARTY_LICENSES"),
    `opsc contains the following packages.\n\n${parts.join("\n\n")}\n`,
  );
}

function licenceOf(root: string, folder: string): string {
  const full = path.join(root, folder);
  const json = JSON.parse(readFileSync(path.join(full, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  if (json.license === undefined || !ALLOWED.has(json.license))
    throw new Error(
      `${json.name} has the licence ${json.license ?? "(none)"}, which is not among ${[...ALLOWED].join(", ")}`,
    );
  const file = readdirSync(full).find((name) => /^(licen[cs]e|copying)/i.test(name));
  const text =
    file !== undefined && existsSync(path.join(full, file))
      ? readFileSync(path.join(full, file), "utf8").trim()
      : `(${json.license})`;
  return `== ${json.name} ${json.version} (${json.license})\n\n${text}`;
}

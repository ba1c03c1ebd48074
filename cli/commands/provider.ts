/** `opsc provider manifest FILE`: for authors of providers. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { importProvider, manifestText } from "../../runtime/provider/load.ts";
import { parseObject } from "../../runtime/store/entry.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { writeWhole } from "../write-whole.ts";

export async function run(io: Io, what: string, file: string, options: { readonly write?: true }): Promise<ExitCode> {
  if (what !== "manifest")
    throw new Stop(EXIT.wrong, `opsc provider ${what} is not there`, "opsc provider manifest FILE");
  const { value, problems } = await importProvider({ provider: path.resolve(file) });
  if (value === null)
    throw new Stop(EXIT.wrong, `${file}: ${problems[0]?.what ?? "it is not a provider"}`, problems[0]?.remedy ?? null);
  const text = manifestText(value.manifest);
  if (options.write !== true) {
    io.raw(text);
    return EXIT.done;
  }
  const target = await manifestFile(path.resolve(file));
  await writeWhole(target, text);
  io.err(`written to ${path.relative(process.cwd(), target)}`);
  return EXIT.done;
}

/** Where the package.json above the provider says that its manifest is. */
async function manifestFile(file: string): Promise<string> {
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    const text = await readFile(path.join(at, "package.json"), "utf8").catch(() => null);
    if (text !== null) {
      const opsc = parseObject(text)?.opsc;
      if (typeof opsc === "object" && opsc !== null && "manifest" in opsc && typeof opsc.manifest === "string")
        return path.resolve(at, opsc.manifest);
      throw new Stop(
        EXIT.wrong,
        `${path.join(at, "package.json")} names no manifest`,
        'add "opsc": { "manifest": "./opsc.manifest.json", "provider": "./index.js" }',
      );
    }
    if (path.dirname(at) === at)
      throw new Stop(EXIT.wrong, `there is no package.json above ${file}`, "a provider is a package");
  }
}

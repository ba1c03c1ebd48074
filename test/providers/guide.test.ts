/** The example of the guide is a provider that loads and works. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { providerContract } from "./contract.ts";
import { load } from "./helpers/native.ts";
import { discard, look, scratch } from "./helpers/world.ts";

const { importProvider, loadProvider, manifestText } = load;

const guide = await readFile(path.join(import.meta.dirname, "../../runtime/provider/GUIDE.md"), "utf8");
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(guide)?.[1] ?? "";

const project = await scratch();
afterAll(() => discard(project));
const folder = path.join(project, "counter");
await mkdir(folder);
await writeFile(path.join(folder, "package.json"), block("json"));
await writeFile(path.join(folder, "index.js"), block("js"));
const counter = await importProvider({ provider: path.join(folder, "index.js") });
if (counter.value === null) throw new Error(JSON.stringify(counter.problems));
await writeFile(path.join(folder, "opsc.manifest.json"), manifestText(counter.value.manifest));

test("it loads as a package", async () => {
  expect((await loadProvider({ name: "counter", from: "./counter" }, project)).problems).toEqual([]);
});

providerContract({
  provider: counter.value,
  async setUp() {
    const directory = await scratch();
    await writeFile(path.join(directory, "visits.count"), "3");
    return { directory, look: () => look(directory), close: () => discard(directory) };
  },
  cases: {
    read: {
      good: () => ({ name: "visits" }),
      wrong: [[{ name: "" }, /`name` must be a word in small letters/]],
      slow: null,
    },
    set: {
      good: () => ({ name: "visits", to: 5 }),
      wrong: [[{ name: "visits", to: -1 }, /`to` must be at least 0/]],
      slow: null,
    },
  },
});

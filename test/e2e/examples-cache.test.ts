/**
 * What depends on the moment in examples/cache-invalidation: two runs at once, and a kill switch that is thrown between two
 * purges. The edge is one of the test's own, which keeps the purge of pages waiting until it is told to go on.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { copyOf, ended, opsc, type Ran, root, start, until } from "./opsc.ts";

interface Edge {
  readonly project: string;
  /** What was purged, in its order: `shop/prices`. */
  readonly purged: string[];
  readonly letGo: () => void;
}

async function edge(): Promise<Edge> {
  const purged: string[] = [];
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const server = createServer(async (request, response) => {
    const [, , site = "", kind = "", what] = (request.url ?? "").split("/");
    if (what === "purge") purged.push(`${site}/${kind}`);
    if (what === "purge" && kind === "pages") await gate;
    response.end('{ "copies": 5 }');
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
  const project = copyOf(path.join(root, "examples/cache-invalidation"));
  const source = path.join(project, "edge.ops");
  writeFileSync(source, readFileSync(source, "utf8").replace("8321", String(port)));
  onTestFinished(() => {
    letGo();
    server.closeAllConnections();
    server.close();
    rmSync(project, { recursive: true });
  });
  return { project, purged, letGo };
}

const args = (site: string, what: string): string[] => [
  ...["apply", "purge_cache", "-i", `site=${site}`, "-i", `what=${what}`, "--as", "gil@example.com", "--yes"],
];
const purge = ({ project }: Edge, site: string, what: string): Promise<Ran> => opsc(args(site, what), project);

test("two runs do not purge one site at the same time", async () => {
  const world = await edge();
  const first = ended(start(args("shop", "prices,pages"), world.project));
  await until(() => world.purged.includes("shop/pages"), "the first run purges pages");
  const second = await purge(world, "shop", "styles");
  expect(second, second.err).toMatchObject({ code: 3 });
  expect(`${second.out}${second.err}`).toContain("cache/shop");
  const other = await purge(world, "news", "styles");
  expect(other, other.err).toMatchObject({ code: 0 });
  world.letGo();
  const done = await first;
  expect(done, done.err).toMatchObject({ code: 0 });
  expect((await purge(world, "shop", "styles")).code).toBe(0);
  expect(world.purged).toEqual(["shop/prices", "shop/pages", "news/styles", "shop/styles"]);
});

test("the kill switch stops a run before its next purge", async () => {
  const world = await edge();
  const run = ended(start(args("shop", "prices,pages,styles"), world.project));
  await until(() => world.purged.includes("shop/pages"), "the run purges pages");
  writeFileSync(path.join(world.project, "purging.json"), '{ "on": false, "why": "the origin is slow" }\n');
  world.letGo();
  const stopped = await run;
  expect(stopped, stopped.err).toMatchObject({ code: 5 });
  expect(stopped.out).toContain("purging is switched off: the origin is slow");
  expect(world.purged).toEqual(["shop/prices", "shop/pages"]);
  expect((await opsc(["audit", "verify"], world.project)).code).toBe(0);
});

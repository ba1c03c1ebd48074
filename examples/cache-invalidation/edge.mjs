// Stands in for the edge of a content network, and for the alarm of the origin behind it: node edge.mjs PORT
//
//   GET  /cache/SITE/KIND         how many copies it keeps
//   POST /cache/SITE/KIND/purge   throws them away
//
// What it keeps is in cache.json. Copies that are gone must be fetched again; when that takes the origin beyond what it
// can bear, its alarm throws the kill switch.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

/** Copies that the origin can make anew at a time. */
const BEARS = 50_000;

const cache = JSON.parse(readFileSync("cache.json", "utf8"));

function purge(site, kind) {
  const load = cache[site][kind];
  cache[site][kind] = 0;
  const sites = Object.entries(cache).map(([name, kinds]) => `  "${name}": ${JSON.stringify(kinds)}`);
  writeFileSync("cache.json", `{\n${sites.join(",\n")}\n}\n`);
  if (load <= BEARS) return;
  const why = `the origin bears ${BEARS} pages at a time, and ${load} are asked for`;
  writeFileSync("purging.json", `${JSON.stringify({ on: false, why })}\n`);
}

const server = createServer((request, response) => {
  const answer = (status, value) => response.writeHead(status).end(`${JSON.stringify(value)}\n`);
  const [, kind, site, content, what] = request.url.split("/");
  if (request.url === "/") return answer(200, cache);
  if (kind !== "cache" || cache[site]?.[content] === undefined) return answer(404, { error: "no such page" });
  if (request.method === "POST" && what === "purge") purge(site, content);
  return answer(200, { copies: cache[site][content] });
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listens"));

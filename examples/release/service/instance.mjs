// One instance of the service that the example rolls releases over: node instance.mjs NAME PORT FOLDER
//
//   GET  /          what it serves, and from which release
//   GET  /health    200 while the release it loaded can serve, else 503 and the reason
//   POST /-/reload  load the release that FOLDER/fleet/NAME/current points to
//
// A release without its search index loads, and answers that it is not healthy: the kind of fault that is only seen running.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const [name, port, folder] = process.argv.slice(2);
let release = { version: "none" };

async function load() {
  release = JSON.parse(await readFile(path.join(folder, "fleet", name, "current", "release.json"), "utf8"));
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
  };
  try {
    if (request.method === "POST" && request.url === "/-/reload") {
      await load();
      return answer(200, { loaded: release.version });
    }
    if (request.url === "/health") {
      if (release.index === "missing") return answer(503, { error: `${release.version} has no search index` });
      return answer(200, { version: release.version });
    }
    if (request.url === "/") return answer(200, { instance: name, version: release.version, search: release.search });
    return answer(404, { error: "no such page" });
  } catch (error) {
    return answer(500, { error: error.message });
  }
});

await load();
server.listen(Number(port), "127.0.0.1", () => process.stdout.write(`${name} listens\n`));

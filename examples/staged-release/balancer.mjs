// Stands in for a load balancer with an HTTP API, and for the customers behind it: node balancer.mjs PORT
//
//   GET /routes/NAME           which release gets which share of the requests
//   PUT /routes/NAME           { "stable": "v1", "canary": "v2", "share": 10 }
//   GET /routes/NAME/canary    how many requests the canary got since then, and how many of them failed
//   GET /releases/VERSION      whether it was built
//
// What it does is kept in routes.json. v3 has a pool of connections that is too small: with few requests nobody notices.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const RELEASES = {
  v1: { fails: () => 0 },
  v2: { fails: () => 0.001 },
  v3: { fails: (share) => (share > 5 ? 0.2 : 0.001) },
};
/** Requests of customers, each 5 ms. */
const REQUESTS = 1000;

const routes = JSON.parse(readFileSync("routes.json", "utf8"));
const seen = {};
const forget = (name) => (seen[name] = { requests: 0, errors: 0 });
for (const name of Object.keys(routes)) forget(name);

setInterval(() => {
  for (const [name, { canary, share }] of Object.entries(routes)) {
    const requests = (REQUESTS * share) / 100;
    seen[name].requests += requests;
    seen[name].errors += requests * (RELEASES[canary]?.fails(share) ?? 1);
  }
}, 5);

const whole = ({ requests, errors }) => ({ requests: Math.floor(requests), errors: Math.floor(errors) });

function shown() {
  const lines = Object.entries(routes).map(([name, { stable, canary, share }]) => {
    const route = `{ "stable": "${stable}", "canary": "${canary}", "share": ${share} }`;
    return `  "${name}": ${route}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

const server = createServer(async (request, response) => {
  const answer = (status, value) => response.writeHead(status).end(`${JSON.stringify(value)}\n`);
  const [, kind, name, part] = request.url.split("/");
  if (request.url === "/") return answer(200, routes);
  if (kind === "releases") return answer(RELEASES[name] ? 200 : 404, { release: name });
  if (kind !== "routes" || !routes[name]) return answer(404, { error: "no such page" });
  if (part === "canary") return answer(200, { release: routes[name].canary, ...whole(seen[name]) });
  if (request.method === "PUT") {
    const { stable, canary, share } = await body(request);
    routes[name] = { stable, canary, share };
    forget(name);
    writeFileSync("routes.json", shown());
  }
  return answer(200, routes[name]);
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listens"));

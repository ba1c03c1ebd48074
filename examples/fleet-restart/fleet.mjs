// Stands in for hosts and the balancer before them: node fleet.mjs PORT
//
//   GET  /hosts/NAME           its state, whether it is healthy, how many sessions it has
//   PUT  /hosts/NAME           { "state": "drained" } or { "state": "ready" }
//   POST /hosts/NAME/restart   starts it anew
//
// States are kept in states.json. search-4 and payments-2 have worn disks: they run, and do not start again.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const WORN = ["search-4", "payments-2"];
/** How long a session goes on when a host is drained, and how long a start takes, in milliseconds. */
const SESSION = 100;
const START = 100;

const states = JSON.parse(readFileSync("states.json", "utf8"));
const hosts = {};
for (const [name, state] of Object.entries(states)) hosts[name] = { state, since: 0, healthyFrom: 0 };

const now = () => performance.now();
const shown = ({ state, since, healthyFrom }) => ({
  state,
  healthy: now() >= healthyFrom,
  sessions: state === "ready" || now() < since + SESSION ? 3 : 0,
});

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

const server = createServer(async (request, response) => {
  const answer = (status, value) => response.writeHead(status).end(`${JSON.stringify(value)}\n`);
  const [, kind, name, part] = request.url.split("/");
  if (request.url === "/") return answer(200, states);
  const host = kind === "hosts" ? hosts[name] : undefined;
  if (!host) return answer(404, { error: "no such host" });
  if (request.method === "PUT") {
    const { state } = await body(request);
    Object.assign(host, { state, since: now() });
    states[name] = state;
    writeFileSync("states.json", `${JSON.stringify(states, null, 2)}\n`);
  }
  if (request.method === "POST" && part === "restart")
    host.healthyFrom = WORN.includes(name) ? Number.POSITIVE_INFINITY : now() + START;
  return answer(200, shown(host));
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listens"));

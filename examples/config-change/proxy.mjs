// Stands in for a proxy such as nginx.
//
//   node proxy.mjs serve       reads proxy.conf and listens where it says
//   node proxy.mjs test FILE   says whether it would take FILE: exit 0 if so, else 1
//
//   GET  /          what it sends where
//   GET  /health    200 while every route has a backend that answers, else 503 and the reason
//   POST /-/reload  read proxy.conf again; 422, and the old one goes on, where it cannot be read
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/** The machines that are there. What else a configuration names does not answer. */
const ANSWERING = ["web-1", "web-2", "pay-1", "pay-2"];

const FORMS = { listen: /^[\d.]+:\d+$/, route: /^\/\w* +\w/, timeout: /^\d+s$/ };

function load(file) {
  const config = { listen: "", routes: [], timeout: "" };
  for (const [i, line] of readFileSync(file, "utf8").split("\n").entries()) {
    const [, word, rest] = /^(\w+) +(.*)$/.exec(line) ?? [];
    if (/^\s*(#|$)/.test(line)) continue;
    if (!FORMS[word]?.test(rest)) throw new Error(`${file}:${i + 1}: cannot read "${line}"`);
    if (word !== "route") config[word] = rest;
    else {
      const [at, ...to] = rest.split(/ +/);
      config.routes.push({ at, to });
    }
  }
  return config;
}

function test(file) {
  try {
    const { routes } = load(file);
    console.log(`${file} is fine, ${routes.length} routes`);
  } catch (error) {
    console.log(error.message);
    process.exitCode = 1;
  }
}

function serve() {
  let config = load("proxy.conf");
  const server = createServer((request, response) => {
    const answer = (status, body) => response.writeHead(status).end(`${JSON.stringify(body)}\n`);
    switch (`${request.method} ${request.url}`) {
      case "GET /":
        return answer(200, config);
      case "GET /health": {
        const dead = config.routes.find(({ to }) => !to.some((name) => ANSWERING.includes(name)));
        return dead ? answer(503, { error: `nothing answers for ${dead.at}: ${dead.to}` }) : answer(200, {});
      }
      case "POST /-/reload":
        try {
          config = load("proxy.conf");
          return answer(200, config);
        } catch (error) {
          return answer(422, { error: error.message });
        }
      default:
        return answer(404, { error: "no such page" });
    }
  });
  const [host, port] = config.listen.split(":");
  server.listen(Number(port), host, () => console.log(`listens on ${config.listen}`));
}

const [mode, file] = process.argv.slice(2);
if (mode === "test") test(file);
else serve();

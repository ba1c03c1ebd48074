// Stands in for three things that a maintenance has to do with: node site.mjs PORT
//
//   PUT /notices/ID       { "state": "running", "text": "…" }: the status page
//   POST /room            { "text": "…" }: where those on call are
//   GET, PUT /databases/NAME  { "version": 17, "writable": true }: the databases
//
// What they are like is kept in status.json, room.txt and databases.json. The archive is too large for version 17.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
function write(file, entries) {
  const lines = Object.entries(entries).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`);
  writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
}

const databases = read("databases.json");
const notices = read("status.json");

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

const server = createServer(async (request, response) => {
  const answer = (status, value) => response.writeHead(status).end(`${JSON.stringify(value)}\n`);
  const [, kind, name] = request.url.split("/");
  const given = request.method === "GET" ? {} : await body(request);
  switch (`${request.method} ${kind}`) {
    case "PUT notices":
      notices[name] = { state: given.state, text: given.text };
      write("status.json", notices);
      return answer(200, notices[name]);
    case "POST room":
      appendFileSync("room.txt", `${given.text}\n`);
      return answer(200, {});
    case "PUT databases":
      databases[name] = { version: given.version, writable: given.writable };
      write("databases.json", databases);
      return answer(200, databases[name]);
    case "GET databases":
      return answer(200, { ...databases[name], healthy: name !== "archive" || databases[name].version < 17 });
    default:
      return answer(request.url === "/" ? 200 : 404, notices);
  }
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listens"));

/**
 * An independent witness: a process of its own that counts effects, over HTTP. `POST /effect/NAME` records one and answers when it
 * is told to; `GET /` gives the counts. Run directly it prints its port.
 */
import { createServer } from "node:http";
import process from "node:process";

const counts = new Map<string, number>();

const server = createServer((request, response) => {
  const name = /^\/effect\/([\w-]+)$/.exec(request.url ?? "")?.[1];
  if (request.method === "POST" && name !== undefined) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    // A moment between the effect and the answer: the stretch in which nobody can know.
    setTimeout(() => response.writeHead(200, { "content-type": "application/json" }).end("{}"), Math.random() * 15);
    return;
  }
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(Object.fromEntries(counts)));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});

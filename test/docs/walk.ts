/**
 * Follows a document: writes its files, runs its commands in their order, compares what they print. The README of an example
 * is followed in a copy of the example.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Block, type Document, filesBeside, place } from "./blocks.ts";
import { OPSC } from "./command-line.ts";

/** The port that documents name; a free one stands in for it. */
const PORT = "8321";
const STEP_TIMEOUT = 60_000;
const START_TIMEOUT = 40_000;
const END_TIMEOUT = 5_000;

interface Walk {
  readonly folder: string;
  readonly port: string;
  readonly env: { readonly [name: string]: string };
  readonly background: ChildProcess[];
}

/**
 * What did not go as the document says, in words; empty where all did. It stops at the first command that ends otherwise.
 * `opsc` is the program that stands for the command.
 */
export async function follow(document: Document, opsc: string = OPSC): Promise<string[]> {
  const walk = await begin(opsc);
  try {
    for (const file of filesBeside(document)) put(walk, file.path, file.text);
    const wrong: string[] = [];
    let printed: string | null = null;
    for (const block of document.blocks) {
      const file = block.words.get("file");
      if (file !== undefined) put(walk, file, block.text);
      else if (block.words.has("background")) await start(walk, block);
      else if (block.words.has("run")) {
        const { status, output } = await run(walk, block);
        printed = output;
        const wanted = Number(block.words.get("run") || "0");
        if (status === wanted) continue;
        return [...wrong, `${place(block)}: exit code ${status}, not ${wanted}:\n${output}`];
      } else if (block.words.has("output")) {
        if (printed === null) wrong.push(`${place(block)}: nothing ran before this output`);
        else if (!matches(block.text, printed))
          wrong.push(`${place(block)}: the output is\n${printed}\nnot\n${block.text}`);
      }
    }
    return wrong;
  } finally {
    await end(walk);
  }
}

async function begin(opsc: string): Promise<Walk> {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-walk-"));
  const bin = path.join(folder, ".bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "opsc"), `#!/bin/sh\nexec "${process.execPath}" "${opsc}" "$@"\n`, { mode: 0o755 });
  const beside = [bin, path.dirname(process.execPath), process.env.PATH ?? ""].join(path.delimiter);
  const env = { PATH: beside, HOME: folder, NO_COLOR: "1", GIT_CONFIG_GLOBAL: "/dev/null", TZ: "UTC" };
  return { folder, port: await freePort(), env, background: [] };
}

/** Ends what was started here, and waits until it has ended. */
async function end(walk: Walk): Promise<void> {
  for (const child of walk.background) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    // What it started in its turn it ends itself, if it is let.
    child.kill("SIGTERM");
    const killed = setTimeout(() => child.kill("SIGKILL"), END_TIMEOUT);
    await gone;
    clearTimeout(killed);
  }
  rmSync(walk.folder, { recursive: true, force: true });
}

function put(walk: Walk, file: string, text: string): void {
  const target = path.join(walk.folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text.replaceAll(PORT, walk.port));
}

async function run(walk: Walk, block: Block): Promise<{ readonly status: number | null; readonly output: string }> {
  // One file for both streams keeps what they say in the order in which it was said.
  const log = path.join(walk.folder, ".bin", "output");
  const out = openSync(log, "w");
  try {
    const child = spawn("sh", ["-e", "-c", block.text.replaceAll(PORT, walk.port)], {
      cwd: walk.folder,
      env: walk.env,
      stdio: ["ignore", out, out],
      timeout: STEP_TIMEOUT,
    });
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const output = readFileSync(log, "utf8").replaceAll(walk.port, PORT).replaceAll(walk.folder, "/home/dana/site");
    return { status, output };
  } finally {
    closeSync(out);
  }
}

/** Starts a server and waits until its port answers. */
async function start(walk: Walk, block: Block): Promise<void> {
  const command = block.text.trim().replace(/\s*&$/, "").replaceAll(PORT, walk.port);
  const child = spawn("sh", ["-c", `exec ${command}`], { cwd: walk.folder, env: walk.env, stdio: "ignore" });
  walk.background.push(child);
  // What listens to nobody is there when it says so to whoever needs it.
  if (block.words.get("background") === "stays") return;
  const deadline = Date.now() + START_TIMEOUT;
  while (
    !(await fetch(`http://127.0.0.1:${walk.port}/`).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${place(block)}: ${command} does not answer`);
    await sleep(50);
  }
}

async function freePort(): Promise<string> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** Whether `printed` is as `written`: `…` on a line of its own is any number of lines, elsewhere any text of a line. */
export function matches(written: string, printed: string): boolean {
  const lines = tidy(written).split("\n");
  const pattern = lines.map((line) => {
    if (line.trim() === "…") return "(?:[^\\n]*\\n)*?";
    const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return `${parts.join("[^\\n]*?")}\\n`;
  });
  return new RegExp(`^${pattern.join("")}$`).test(`${tidy(printed)}\n`);
}

/** Without white space at the ends of lines and of the whole. */
const tidy = (text: string): string => text.replace(/[ \t]+$/gm, "").replace(/^\n+|\n+$/g, "");

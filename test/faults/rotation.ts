/**
 * The rotation of `examples/rotate-credential` on its real PostgreSQL, killed around any append to its log and resumed: afterwards both
 * applications can log in with the same login, the other login is closed, and the log verifies. `node test/faults/rotation.ts` kills
 * it at every one, before and after; the tests at some.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { ended, opsc, type Ran, root } from "../e2e/opsc.ts";

export type Moment = "before" | "after";

export interface Rotation {
  readonly folder: string;
  /** How often an unkilled run writes to its log. */
  appends(): Promise<number>;
  /** One run, killed there and resumed; one that writes less often ends unkilled. Throws with what was seen where anything is not as it must be. */
  killed(moment: Moment, n: number): Promise<"as planned" | "as before" | "not killed">;
  health(app: string): Promise<{ readonly login: string | null; readonly error?: string }>;
  stop(): Promise<void>;
}

const APPS = ["billing", "reports"];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

export async function startRotation(): Promise<Rotation> {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-rotation-"));
  const port = await freePort();
  cpSync(path.join(root, "examples/rotate-credential"), folder, { recursive: true });
  for (const file of ["opsc.config.json", "rotate.ops", "world.mjs"])
    writeFileSync(
      path.join(folder, file),
      readFileSync(path.join(folder, file), "utf8").replaceAll("8321", String(port)),
    );
  const world = spawn(process.execPath, ["world.mjs", "serve"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  for (const stream of [world.stdout, world.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const stop = async (): Promise<void> => {
    if (world.exitCode === null) {
      const gone = new Promise((resolve) => world.once("exit", resolve));
      world.kill("SIGTERM");
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !said.join("").includes("are there"); tries += 1) {
    if (world.exitCode !== null || tries > 600) {
      await stop();
      throw new Error(`the world of the example did not start:\n${said.join("")}`);
    }
    await sleep(50);
  }
  const health = async (app: string) =>
    (await (await fetch(`http://127.0.0.1:${port}/${app}/health`)).json()) as { login: string | null; error?: string };
  const words = ["--as", "dana@example.com"];
  const demand = async (what: string, ran: Promise<Ran>, code: number): Promise<Ran> => {
    const found = await ran;
    if (found.code !== code)
      throw new Error(`${what} ended with ${found.code}, not ${code}:\n${found.out}${found.err}`);
    return found;
  };
  const approved = async (): Promise<void> => {
    rmSync(path.join(folder, "r.opsplan.json"), { force: true });
    const asked = [
      "plan",
      "rotate_credential",
      "-i",
      "db=ledger",
      "--reason",
      "a test of what kills it",
      "-o",
      "r.opsplan.json",
    ];
    await demand("plan", opsc([...asked, ...words], folder), 0);
    await demand("approve", opsc(["approve", "r.opsplan.json", "--as", "ana@example.com"], folder), 0);
  };
  const runsOf = async () => {
    const { code, out } = await opsc(["runs", "--json"], folder);
    return code === 0 ? (JSON.parse(out) as { runs: { run: string; outcome: string | null }[] }).runs : [];
  };
  const dying = (moment: Moment, n: number, args: readonly string[], more: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, [path.join(root, "test/faults/die-at.ts"), moment, String(n), ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", OPSC_DIR: "", OPSC_AS: "", ...more },
      stdio: ["pipe", "pipe", "pipe"],
    });
  return {
    folder,
    health,
    stop,
    async appends() {
      await approved();
      const count = path.join(folder, "count");
      await demand(
        "apply",
        ended(dying("after", 0, ["apply", "r.opsplan.json", ...words], { DIE_AT_COUNT: count })),
        0,
      );
      return Number(readFileSync(count, "utf8"));
    },
    async killed(moment, n) {
      const before = (await health(APPS[0] ?? "")).login;
      const earlier = (await runsOf()).length;
      await approved();
      const child = dying(moment, n, ["apply", "r.opsplan.json", ...words]);
      const ran = await ended(child);
      // How often it writes is a matter of how often it looks, and so of the time.
      if (child.signalCode === null && ran.code === 0) return "not killed";
      if (child.signalCode !== "SIGKILL")
        throw new Error(`it was not killed ${moment} append ${n}:\n${ran.out}${ran.err}`);
      const runs = await runsOf();
      const open = runs.find(({ outcome }) => outcome === null);
      // Killed before the run was recorded, it has not begun, and the plan is not used; after its end it has ended.
      const isOver = open === undefined && runs.length > earlier;
      const args = open === undefined ? ["apply", "r.opsplan.json", ...words] : ["resume", open.run, ...words];
      const resumed = isOver ? { code: 0, out: "", err: "" } : await opsc(args, folder);
      if (resumed.code !== 0 && resumed.code !== 5)
        throw new Error(
          `killed ${moment} append ${n}, ${args[0]} ended with ${resumed.code}:\n${resumed.out}${resumed.err}`,
        );
      const found = await Promise.all(APPS.map(health));
      const logins = new Set(found.map(({ login }) => login));
      const [login] = logins;
      if (logins.size !== 1 || login === null || login === undefined || found.some(({ error }) => error !== undefined))
        throw new Error(
          `killed ${moment} append ${n}, the applications cannot log in: ${JSON.stringify(found)}\n${resumed.out}`,
        );
      // The planner's own look: it is an error if both may log in, or neither.
      await demand(
        "plan",
        opsc(["plan", "rotate_credential", "-i", "db=ledger", "--reason", "only to look at it", ...words], folder),
        0,
      );
      await demand("audit", opsc(["audit", "verify"], folder), 0);
      if (resumed.code === 0 && login === before)
        throw new Error(`killed ${moment} append ${n}, it succeeded and changed nothing`);
      if (resumed.code === 5 && login !== before)
        throw new Error(`killed ${moment} append ${n}, it was undone and is not as before`);
      return resumed.code === 0 ? "as planned" : "as before";
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const rotation = await startRotation();
  try {
    const began = Date.now();
    const ends = { "as planned": 0, "as before": 0, "not killed": 0 };
    let kills = 0;
    for (let n = 1; ends["not killed"] === 0; n += 1)
      for (const moment of ["before", "after"] as const) {
        ends[await rotation.killed(moment, n)] += 1;
        kills += 1;
        process.stdout.write(`${n} ${moment} `);
      }
    process.stdout.write(
      `\n${JSON.stringify(ends)} of ${kills} runs in ${Math.round((Date.now() - began) / 1000)} s: both applications log in after each\n`,
    );
  } finally {
    await rotation.stop();
  }
}

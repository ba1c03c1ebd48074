/** The operating system's table of processes: who is in a group, and when each began. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";

export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** When it began, as the operating system gives it: text that no other process of that pid has. */
  readonly started: string;
}

const run = promisify(execFile);
let boot: string | null = null;

/** Start times on Linux count from boot, so the boot they belong to stands before them. */
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return boot;
}

/** null: no such process, or one that has ended and waits to be collected. What is read lies in memory, so it is read at once. */
function readStat(pid: string): ProcessEntry | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  // The command's name stands in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const started = fields[19];
  if (state === undefined || group === undefined || started === undefined || state === "Z" || state === "X")
    return null;
  return { pid: Number(pid), group: Number(group), started: `${bootId()}/${started}` };
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/;

async function readPs(args: readonly string[]): Promise<readonly ProcessEntry[]> {
  let text: string;
  try {
    ({ stdout: text } = await run("ps", [...args, "-o", "pid=,pgid=,stat=,lstart="], {
      env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" },
      maxBuffer: 64 * 1024 * 1024,
    }));
  } catch {
    // `ps -p` ends with 1 where there is no such process.
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const match = PS_LINE.exec(line);
    if (match === null || match[3]?.startsWith("Z")) return [];
    return [{ pid: Number(match[1]), group: Number(match[2]), started: match[4] ?? "" }];
  });
}

/** The process, or null where it has ended. */
export async function findProcess(pid: number): Promise<ProcessEntry | null> {
  if (process.platform === "linux") return readStat(String(pid));
  return (await readPs(["-p", String(pid)]))[0] ?? null;
}

/** Processes of a group that have not ended, by pid. */
export async function findGroup(group: number): Promise<readonly ProcessEntry[]> {
  const all =
    process.platform === "linux"
      ? (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(readStat)
      : await readPs(["-A"]);
  return all.filter((entry) => entry !== null).filter((entry) => entry.group === group);
}

/**
 * Whether `entry` can belong to a group whose leader began at `leader`: false for one of another boot, or that is
 * older than the leader. Elsewhere than on Linux start times are words for people and do not compare.
 */
export function notOlder(entry: ProcessEntry, leader: string): boolean {
  if (process.platform !== "linux") return true;
  const [bootA, timeA] = entry.started.split("/");
  const [bootB, timeB] = leader.split("/");
  return bootA === bootB && Number(timeA) >= Number(timeB);
}

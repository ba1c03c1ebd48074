/** The machine: Node.js, the system, the clock, the terminal. */
import process from "node:process";
import { canHeed, proxiesOf } from "../../runtime/network/proxy.ts";
import { VERSION } from "../version.ts";
import { type Finding, ok, warning } from "./finding.ts";

export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const thisMachine = (): Machine => ({
  node: process.versions.node,
  platform: process.platform,
  env: process.env,
  isTerminal: process.stderr.isTTY === true,
  now: Date.now(),
});

export function machineFindings(machine: Machine): Finding[] {
  return [node(machine), system(machine), clock(machine), locale(machine), terminal(machine), ...proxy(machine)];
}

/** Nothing where none is named. */
function proxy({ env }: Machine): Finding[] {
  const { proxies, problem } = proxiesOf(env);
  if (problem !== null)
    return [
      warning(
        "proxy",
        problem,
        "it is not heeded: opsc speaks to services directly",
        "write it as http://HOST:PORT, or unset it",
      ),
    ];
  if (proxies === null) return [];
  const ways = [
    ...(proxies.https === null ? [] : [`HTTPS through ${new URL(proxies.https).host}`]),
    ...(proxies.http === null ? [] : [`HTTP through ${new URL(proxies.http).host}`]),
  ];
  const what = `${ways.join(", ")}; directly to ${proxies.direct.split(",").slice(0, 12).join(", ")}`;
  if (canHeed() || env.NODE_USE_ENV_PROXY === "1") return [ok("proxy", what)];
  return [
    warning(
      "proxy",
      what,
      "this Node.js goes by them only where it was told to before it started",
      "set NODE_USE_ENV_PROXY=1, or take Node.js 24.14 or later",
    ),
  ];
}

/** An older one than is needed is told about before any command begins. */
function node({ node: version }: Machine): Finding {
  const major = Number(version.split(".")[0]);
  const what = `opsc ${VERSION} on Node.js ${version}`;
  return major % 2 === 0
    ? ok("node", what)
    : warning(
        "node",
        what,
        "odd versions of Node.js get no fixes after half a year",
        "install an even one, such as 24, from https://nodejs.org",
      );
}

function system({ platform }: Machine): Finding {
  switch (platform) {
    case "linux":
      return ok("system", "Linux");
    case "darwin":
      return warning("system", "macOS", "it is provided for, and not tested yet", "try runs on something small first");
    default:
      return warning(
        "system",
        `the system is ${platform}`,
        "it is neither provided for nor tested: check, fmt and plan may work, runs may not",
        "apply on Linux",
      );
  }
}

/** This version was made in 2026: no clock that is right is earlier. */
const EARLIEST = Date.UTC(2026, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

function clock({ now }: Machine): Finding {
  const shown = new Date(now).toISOString().slice(0, 19);
  if (now >= EARLIEST && now < LATEST) return ok("clock", `the clock says ${shown} UTC`);
  return warning(
    "clock",
    `the clock says ${shown} UTC`,
    "plans expire, windows open and approvals lapse by it, and the log says when things happened",
    "set it, and let it be kept right (NTP)",
  );
}

function locale({ env }: Machine): Finding {
  const name = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((each) => each !== undefined && each !== "") ?? "";
  if (/utf-?8/i.test(name) || name === "") return ok("locale", `text is UTF-8${name === "" ? "" : ` (${name})`}`);
  return warning(
    "locale",
    `the locale is ${name}`,
    "opsc writes UTF-8: characters such as ● … → may look wrong here",
    "choose one of UTF-8, such as LANG=C.UTF-8",
  );
}

function terminal({ env, isTerminal }: Machine): Finding {
  if (!isTerminal) return ok("terminal", "no terminal: progress comes as lines, and nobody is asked");
  if (env.TERM === undefined || env.TERM === "" || env.TERM === "dumb")
    return ok("terminal", "a plain terminal: no colours, progress comes as lines");
  return ok(
    "terminal",
    env.NO_COLOR === undefined ? `a terminal (${env.TERM})` : `a terminal, without colours (${env.TERM})`,
  );
}

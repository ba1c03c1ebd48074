/** `opsc doctor` */
import { type Ink, run as ink, paint, wrap } from "../../compiler/render/ink.ts";
import type { Common } from "../common.ts";
import { attestationFindings } from "../doctor/attestations.ts";
import { diskFindings } from "../doctor/disk.ts";
import { elsewhereFindings } from "../doctor/elsewhere.ts";
import type { Finding } from "../doctor/finding.ts";
import { keyFindings } from "../doctor/keys.ts";
import { machineFindings, thisMachine } from "../doctor/machine.ts";
import { peopleFindings } from "../doctor/people.ts";
import { projectFindings } from "../doctor/project.ts";
import { secretFindings } from "../doctor/secrets.ts";
import { storeFindings } from "../doctor/store.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { plural } from "../words.ts";

interface Options extends Common {
  readonly fast?: true;
  readonly as?: string;
}

export async function run(io: Io, options: Options): Promise<ExitCode> {
  const root = await findRoot(options.dir);
  const machine = thisMachine();
  const findings = [
    ...machineFindings(machine),
    ...(await projectFindings(root)),
    ...(options.fast === true ? [] : await secretFindings(root)),
    ...(await peopleFindings(root, options.as)),
    ...(await keyFindings(root, options.as)),
    ...(await diskFindings(root)),
    ...(await elsewhereFindings(options.dir)),
    ...(await attestationFindings(options.dir)),
    ...(await storeFindings(root, machine.now, { fast: options.fast === true })),
  ];
  const exit = exitOf(findings);
  if (io.json) io.raw(JSON.stringify({ ok: exit === EXIT.done, exit, findings }));
  else show(io, findings);
  return exit;
}

/** What stands in the way of everything comes before what stands in the way of a plan. */
function exitOf(findings: readonly Finding[]): ExitCode {
  const codes = findings.flatMap(({ exit }) => exit ?? []);
  return [EXIT.environment, EXIT.unverified, EXIT.wrong].find((code) => codes.includes(code)) ?? codes[0] ?? EXIT.done;
}

const INK: Readonly<Record<Finding["level"], Ink>> = { ok: "green", warning: "yellow", problem: "bold-red" };
const COLUMN = 9;

function show(io: Io, findings: readonly Finding[]): void {
  const below = (text: string | null, color: Ink): void => {
    if (text === null) return;
    for (const line of wrap([ink(" ".repeat(COLUMN)), ink(text, color)], io.width, COLUMN))
      io.raw(paint(line, io.color));
  };
  for (const { level, what, why, remedy } of findings) {
    for (const line of wrap([ink(level.padEnd(COLUMN), INK[level]), ink(what)], io.width, COLUMN))
      io.raw(paint(line, io.color));
    below(why, "dim");
    below(remedy, "cyan");
  }
  const count = (level: Finding["level"]): number => findings.filter((each) => each.level === level).length;
  io.out(
    count("problem") + count("warning") === 0
      ? "nothing is wrong with this set-up"
      : `${plural(count("problem"), "problem")}, ${plural(count("warning"), "warning")}`,
  );
}

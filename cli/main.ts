/** The command from outside: what is around every one of them, and how what went wrong is told. */
import process from "node:process";
import { CommanderError } from "commander";
import { commandLine } from "./command-line/index.ts";
import type { Execute } from "./command-line/kit.ts";
import { joinMarks } from "./command-line/marks.ts";
import { misuse } from "./command-line/misuse.ts";
import { ending } from "./ending.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type Io, makeIo } from "./io.ts";
import { TOKEN, take } from "./trust/token-variables.ts";
import { safeText } from "./words.ts";

export async function main(argv: readonly string[]): Promise<void> {
  take(TOKEN);
  const program = commandLine(execute);
  guardProcess();
  try {
    await program.parseAsync(joinMarks(argv));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrong;
    // Help where no command is named is help, not an error to be told.
    if (error.exitCode !== 0 && error.code !== "commander.help") {
      const words = argv.slice(2);
      const io = makeIo({ json: words.includes("--json"), color: !words.includes("--no-color") });
      await tell(io, misuse(program, words, error));
    }
  }
  ending.finished = true;
}

/** Whether something could not be written, other than to a reader that had seen enough. */
let unwritten = false;

/** What goes wrong around a command, a provider's doing or the terminal's, neither ends a run nor passes for its end. */
function guardProcess(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      if (!unwritten && stream === process.stdout)
        process.stderr.write(`error: the result cannot be written: ${safeText(error.message)}\n`);
      unwritten = true;
    });
  }
  // Standard output is the result's: what a provider prints there would stand among it.
  console.log = console.error;
  console.info = console.error;
  process.on("exit", () => {
    if (ending.finished) {
      // What is written last may fail after all else is done.
      if (unwritten && process.exitCode === EXIT.done) process.exitCode = EXIT.environment;
      return;
    }
    process.exitCode = EXIT.fault;
    process.stderr.write(
      "error: opsc was ended before it came to its end, perhaps by a provider; opsc runs lists what was left\n",
    );
  });
  const onFault = (error: unknown): void => {
    const what = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `error: a fault outside of any step, perhaps of a provider: ${safeText(JSON.stringify(what))}; opsc runs lists what was left\n`,
    );
    ending.finished = true;
    process.exit(EXIT.fault);
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);
}

/** They ask nobody, and are waited for at every key. */
const ALONE = ["check", "fmt", "lsp"];

/** Passwords of proxies are secrets, whether or not the proxies are heeded. */
async function goByProxies(): Promise<void> {
  if (ALONE.includes(process.argv[2] ?? "")) return;
  if (!["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].some((name) => (process.env[name] ?? "") !== ""))
    return;
  const { heed, passwordsOf, proxiesOf } = await import("../runtime/network/proxy.ts");
  const { redactor } = await import("./redactor.ts");
  const { proxies } = proxiesOf(process.env);
  if (proxies === null) return;
  for (const password of passwordsOf(proxies)) redactor.learn(password);
  heed(proxies);
}

const execute: Execute = async (common, run) => {
  const io = makeIo({ json: common.json === true, color: common.color });
  try {
    await goByProxies();
    process.exitCode = await run(io);
  } catch (error) {
    process.exitCode = await tell(io, error);
  }
};

async function tell(io: Io, error: unknown): Promise<ExitCode> {
  const { asStop } = await import("./faults.ts");
  const stop = asStop(error);
  const { ConfigFault } = await import("./config.ts");
  const { diagnosticsJson, renderDiagnostics } = await import("../compiler/diagnostics/frame.ts");
  const config = stop instanceof ConfigFault ? stop : null;
  const data =
    config === null ? stop.data : { diagnostics: diagnosticsJson(config.diagnostics, () => config.text).diagnostics };
  if (config !== null && !io.json) {
    io.rawErr(renderDiagnostics(config.diagnostics, () => config.text, { color: io.color, width: io.width }));
  } else if (io.json)
    io.raw(JSON.stringify({ error: { message: stop.message, help: stop.help, exit: stop.code, ...data } }));
  else {
    const red = io.color ? ["\u001b[31m", "\u001b[0m"] : ["", ""];
    for (const each of [stop, ...stop.more]) {
      io.rawErr(`${red[0]}error:${red[1]} ${safeText(each.message)}`);
      if (each.help !== null) io.err(each.help.replace(/^/gm, "  "));
    }
  }
  return stop.code;
}

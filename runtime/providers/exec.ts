/** Runs commands on this host. */
import path from "node:path";
import { isPlainName } from "../process/gate.ts";
import { defineProvider, operation, ProviderError, runCommand, secret, z } from "../provider/kit.ts";

/** Lines of standard error that an error message quotes. */
const QUOTED_LINES = 10;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function lastLines(output: string): string {
  return output.trimEnd().split("\n").slice(-QUOTED_LINES).join("\n");
}

/** What it said may hold secrets, so it is quoted only where the caller declared it public. */
function said(stderr: string, isPublic: boolean): string {
  if (stderr.trim() === "") return "";
  if (isPublic) return `:\n${lastLines(stderr)}`;
  return ". What it wrote is withheld; pass `public: true` if it holds no secret";
}

const run = operation({
  doc: "Runs a command without a shell, and waits for it. What it leaves running in its process group is ended.",
  params: z.object({
    argv: z.array(z.string()).min(1).describe("The program and its arguments, each as it is."),
    cwd: z.string().optional().describe("Working directory, from the project's; the project's own if left out."),
    env: z
      .record(z.string(), z.string())
      .optional()
      .describe("Variables beside those that the host gives to processes."),
    stdin: z.string().optional().describe("Text for its standard input, which is closed if left out."),
    public: z.boolean().default(false).describe("What it writes holds no secret and may be shown and kept."),
    ok: z.array(z.int()).default([0]).describe("Exit codes that mean success."),
    secret_env: z
      .record(z.string(), secret(z.string()))
      .optional()
      .describe("Variables that hold secrets, beside and before those of `env`."),
    secret_stdin: secret(z.string()).optional().describe("A secret for its standard input, in place of `stdin`."),
  }),
  result: z.object({
    exit_code: z.int(),
    stdout: secret(z.string()).describe("What it wrote; of more than 1 MiB, the beginning and the end."),
    stderr: secret(z.string()).describe("What it wrote as errors; of more than 1 MiB, the beginning and the end."),
  }),
  resultWhen: [
    { param: "public", is: true, result: z.object({ exit_code: z.int(), stdout: z.string(), stderr: z.string() }) },
  ],
  effect: "write",
  resource: "exec:host",
  repeat: "once",
  declarable: true,
  async run(args, ctx) {
    if (args.stdin !== undefined && args.secret_stdin !== undefined)
      throw new ProviderError("give `stdin` or `secret_stdin`, not both", { retryable: false });
    const odd = Object.keys(args.secret_env ?? {}).find((name) => !isPlainName(name));
    if (odd !== undefined)
      throw new ProviderError(
        `\`secret_env\` names ${JSON.stringify(odd)}: a variable for a secret is of letters, digits and _, and none that shells keep to themselves`,
        { retryable: false },
      );
    const result = await runCommand({
      argv: args.argv,
      cwd: path.resolve(ctx.directory, args.cwd ?? "."),
      env: { ...ctx.environment, ...args.env, ...args.secret_env },
      stdin: args.secret_stdin ?? args.stdin ?? null,
      signal: ctx.signal,
      started: (process) => ctx.processStarted(process),
    });
    const [stdout, stderr] = [text(result.stdout), text(result.stderr)];
    if (args.public) {
      ctx.output(result.stdout);
      ctx.output(result.stderr);
    }
    if (result.endedBy === null && args.ok.includes(result.exitCode))
      return { exit_code: result.exitCode, stdout, stderr };
    const how = result.endedBy === null ? `ended with exit code ${result.exitCode}` : `was ended by ${result.endedBy}`;
    throw new ProviderError(`\`${args.argv[0]}\` ${how}${said(stderr, args.public)}`, { retryable: true });
  },
});

export default defineProvider({
  name: "exec",
  version: "1.0.0",
  doc: "Runs commands on this host, each in a process group of its own.",
  runsCommands: true,
  operations: { run },
});

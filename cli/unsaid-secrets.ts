/**
 * What is signed holds no secret: the log is kept without secrets, and a statement from which one was taken out is none that anybody
 * signed.
 */
import process from "node:process";
import { canonicalJson } from "../compiler/canonical.ts";
import type { Plan } from "../compiler/plan/plan.schema.ts";
import type { Spoken } from "../compiler/plan/statement.schema.ts";
import type { Judge } from "../runtime/approvals/judge.ts";
import type { Unsaid } from "../runtime/approvals/statement.ts";
import { SecretFault } from "../runtime/secrets/fault.ts";
import { readSecretFile } from "../runtime/secrets/read-file.ts";
import { cleanStreams } from "./clean.ts";
import { redactor } from "./redactor.ts";
import { safeName } from "./words.ts";

/**
 * From now on the secrets of the plan are known that can be read here without asking anybody. No command is run and no service is
 * asked: nobody has looked at the plan yet, and it says which.
 */
export async function learnSecrets(root: string, { secrets }: Pick<Plan, "secrets">): Promise<void> {
  if (secrets.length === 0) return;
  cleanStreams(redactor);
  for (const { id, source } of secrets) {
    if (source.from === "env") redactor.learn(process.env[source.name] ?? "");
    else if (source.from === "file") redactor.learn(await fileOrNone(root, source.path, id));
  }
}

async function fileOrNone(directory: string, file: string, shown: string): Promise<string> {
  try {
    return (await readSecretFile(file, shown, { directory, worldReadable: true })).replace(/\r?\n$/, "");
  } catch (error) {
    // Whoever approves a plan need not be able to read its secrets.
    if (error instanceof SecretFault) return "";
    throw error;
  }
}

const holdsSecret = ({ identity: _, signature: __, ...said }: Spoken): boolean =>
  canonicalJson(redactor.value(said as never)) !== canonicalJson(said);

/** Why it is not signed, or does not count where it is; null if it holds no secret that is known by now. */
export function secretIn(statement: Spoken): Unsaid | null {
  if (!holdsSecret(statement)) return null;
  return {
    why: "it holds a secret, which would have to be taken out of the log, and with it what was signed",
    remedy: `let ${safeName(statement.who)} say it in other words; whoever has read it knows the secret, so change it`,
  };
}

/** As `judge`, and what is signed and holds a secret counts for nothing. */
export const withoutSecretWords = (judge: Judge): Judge => ({
  ...judge,
  refuses: (statement, now) =>
    (statement.signature === null ? null : secretIn(statement)) ?? judge.refuses(statement, now),
});

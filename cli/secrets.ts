/** Secrets as a command has them: where the project's configuration and the machine say they are kept, and what is known of them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { checkProject } from "../compiler/check/project.ts";
import { readWord } from "../compiler/expand/words.ts";
import type { Plan, PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Program } from "../compiler/program.ts";
import { parseSource, type SecretSource, sourceOf } from "../compiler/secret.ts";
import { SecretFault } from "../runtime/secrets/fault.ts";
import { Keeper } from "../runtime/secrets/keeper.ts";
import { readSecretFile } from "../runtime/secrets/read-file.ts";
import { VaultClient, type VaultLogin } from "../runtime/secrets/vault.ts";
import { cleanStreams } from "./clean.ts";
import type { Config } from "./config.schema.ts";
import { EXIT, Stop } from "./exit.ts";
import { demandNoSecret } from "./plain-secrets.ts";
import { CONFIG_FILE, type Project } from "./project.ts";
import { redactor } from "./redactor.ts";

type VaultConfig = NonNullable<Config["secrets"]["vault"]>;
type Environment = { readonly [name: string]: string };
type Sources = ReadonlyMap<string, SecretSource>;

/** Where the token of Vault is, unless configuration says. */
const VAULT_TOKEN = "@env:VAULT_TOKEN";

export const sourcesOfPlan = ({ secrets }: Pick<Plan, "secrets">): Sources =>
  new Map(secrets.map(({ id, source }) => [id, source]));

export const sourcesOfProgram = ({ secrets }: Program): Sources =>
  new Map(secrets.map((secret) => [secret.id, sourceOf(secret)]));

/** Of what the sources say now, as far as they can be read: what a plan has no use for is a secret all the same. */
export function sourcesDeclared({ input }: Pick<Project, "input">): readonly SecretSource[] {
  const none = !input.files.some(({ text }) => /\benv\b/.test(text));
  return none ? [] : [...sourcesOfProgram(checkProject(input).program).values()];
}

/** Reads the secrets of `sources`, and those that calls name themselves; `declared` are others that are not to be seen. */
export function openSecrets(
  project: Pick<Project, "root" | "config">,
  sources: Sources,
  environment: Environment,
  declared: Iterable<SecretSource> = [],
): Keeper {
  const { exec, file } = project.config.secrets;
  cleanStreams(redactor);
  // What is at hand is known from the start: whatever shows it before it is read is clean too.
  for (const name of secretVariables([...sources.values(), ...declared], project.config))
    redactor.learn((Object.hasOwn(environment, name) && environment[name]) || "");
  let client: VaultClient | undefined;
  return new Keeper({
    directory: project.root,
    environment,
    commandEnvironment: withoutOwn(environment, project.config),
    sources,
    vault: () => {
      client ??= vaultClient(project, environment);
      return client;
    },
    execTimeoutMs: milliseconds(exec.timeout),
    worldReadable: file.worldReadable,
    redactor,
  });
}

/** What processes are given: variables that are secrets go to nobody who is not handed them, those of opsc itself to nobody. */
export function withoutSecrets(
  environment: Environment,
  sources: Iterable<SecretSource>,
  config: Pick<Config, "audit" | "secrets">,
): Environment {
  const secret = new Set(secretVariables(sources, config));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.has(name)));
}

/** What a program that has a secret is given: it may need to let itself in somewhere, but has no use for what opsc signs and sends with. */
function withoutOwn(environment: Environment, { audit }: Pick<Config, "audit">): Environment {
  const own = new Set(auditVariables(audit));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.has(name)));
}

const secretVariables = (
  sources: Iterable<SecretSource>,
  { audit, secrets: { vault } }: Pick<Config, "audit" | "secrets">,
): string[] => [
  ...[...sources].flatMap((source) => (source.from === "env" ? [source.name] : [])),
  ...variableOf(vault?.appRole?.secretId ?? vault?.token ?? VAULT_TOKEN),
  ...auditVariables(audit),
];

const variableOf = (reference: string): string[] => /^@env:(.+)$/.exec(reference)?.slice(1) ?? [];

/** Variables that hold the key of checkpoints, and tokens of where the log is kept elsewhere. */
function auditVariables({ checkpoint, sinks }: Config["audit"]): string[] {
  const tokens = [...(checkpoint?.to ?? []), ...sinks].flatMap((each) => ("http" in each ? [each.token ?? ""] : []));
  return [checkpoint?.key ?? "", ...tokens].flatMap(variableOf);
}

/** What the project's configuration says of Vault, and the machine where that says nothing. Throws `SecretFault`. */
function vaultClient(project: Pick<Project, "root" | "config">, environment: Environment): VaultClient {
  const vault: Partial<VaultConfig> = project.config.secrets.vault ?? {};
  const said = (name: string): string | null => (environment[name] ?? "") || null;
  const [own, machine] = [vault.address ?? null, said("VAULT_ADDR")];
  const address = own ?? machine;
  if (address === null)
    throw new SecretFault("no Vault is set up", `set VAULT_ADDR, or address of secrets.vault in ${CONFIG_FILE}`);
  // The token in the environment is that server's, and is sent to no other.
  if (own !== null && machine !== null && plainAddress(own) !== plainAddress(machine))
    throw new SecretFault(
      `${CONFIG_FILE} names the Vault ${own}, and VAULT_ADDR ${machine}`,
      "let them be the same, or unset VAULT_ADDR",
    );
  const ca = vault.ca ?? said("VAULT_CACERT");
  return new VaultClient({
    address,
    namespace: vault.namespace ?? said("VAULT_NAMESPACE"),
    ca: ca === null ? null : authority(path.resolve(project.root, ca)),
    timeoutMs: milliseconds(vault.timeout ?? "10s"),
    login: loginOf(project, environment, vault),
    onToken: (token) => redactor.learn(token),
  });
}

const plainAddress = (address: string): string =>
  URL.canParse(address) ? new URL(address).href.replace(/\/$/, "") : address;

function loginOf(
  project: Pick<Project, "root" | "config">,
  environment: Environment,
  vault: Partial<VaultConfig>,
): VaultLogin {
  const read = (reference: string, what: string) => () => credential(project, environment, reference, what);
  const { appRole, token } = vault;
  if (appRole === undefined) return { by: "token", token: read(token ?? VAULT_TOKEN, "the token of Vault") };
  const { mount, roleId, secretId } = appRole;
  return { by: "approle", mount: mount ?? "approle", roleId, secretId: read(secretId, "the secret id of the AppRole") };
}

/** What Vault lets this process in with: from a variable or a file, as it is. */
async function credential(
  { root, config }: Pick<Project, "root" | "config">,
  environment: Environment,
  reference: string,
  what: string,
): Promise<string> {
  const source = parseSource(reference);
  const { worldReadable } = config.secrets.file;
  let value = "";
  if (source?.from === "env") value = environment[source.name] ?? "";
  else if (source?.from === "file")
    value = await readSecretFile(source.path, `${what} (${reference})`, { directory: root, worldReadable });
  value = value.trim();
  redactor.learn(value);
  if (value !== "") return value;
  const remedy = source?.from === "env" ? `set the variable ${source.name} where opsc runs` : `look at ${reference}`;
  throw new SecretFault(`${what} is not there (${reference})`, remedy);
}

function authority(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new SecretFault(`the certificate of Vault's authority cannot be read: ${why}`, "correct the path of it", {
      cause: error,
    });
  }
}

function milliseconds(text: string): number {
  const read = readWord(text, { kind: "duration" });
  return "value" in read && typeof read.value === "number" ? Math.max(1, read.value) : 1;
}

/** The variables of this process. */
export function environment(): Environment {
  return Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** Reading one for a look may take so long, milliseconds. */
const LOOK = 60_000;

export interface Unreadable {
  /** The secret's id in the plan. */
  readonly id: string;
  readonly message: string;
  readonly remedy: string;
}

/** Those of a plan that cannot be read here and now, in order. Each is read once, and not kept. */
export async function unreadable(secrets: Keeper, { secrets: wanted }: Pick<Plan, "secrets">): Promise<Unreadable[]> {
  const late = AbortSignal.timeout(LOOK);
  const looked = await Promise.all(
    wanted.map(({ id }) =>
      secrets.read(id, late).then(
        () => [],
        (error: unknown) => {
          if (!(error instanceof SecretFault)) throw error;
          return [{ id, message: error.message, remedy: error.remedy }];
        },
      ),
    ),
  );
  return looked.flat();
}

/**
 * Before anything is written: a run that lacks a secret would only be begun to be undone, and one whose plan holds a secret as text,
 * or that is begun under a name that is one, would not be told in the log as it is.
 */
export async function demandSecrets(secrets: Keeper, file: PlanFile, who: string | null = null): Promise<void> {
  const [first, ...more] = await unreadable(secrets, file.plan);
  if (first === undefined) return demandNoSecret(file, who);
  throw new Stop(
    EXIT.environment,
    `a secret cannot be read: ${first.message}`,
    first.remedy,
    { secrets: [first, ...more].map(({ id, message, remedy }) => ({ id, message, remedy })) },
    more.map(({ message, remedy }) => ({ message: `a secret cannot be read: ${message}`, help: remedy })),
  );
}

/**
 * `opsc __complete`: what could stand at the cursor, a line each, with what it is about after a tab. What a shell does by
 * itself is asked for by a line `:files`, `:folders` or `:files .ENDING`; `:open` says that more follows in the same word.
 * It never fails and never says anything else: who presses a key wants no message.
 */
import process from "node:process";
import type { CommandSpec } from "../command-line/table.ts";
import { topics } from "../topics.ts";
import type { Candidate, Slot, Wanted } from "./slot.ts";
import { slotAt } from "./slot.ts";
import type { Summary } from "./summary.ts";
import { splitLine } from "./words.ts";

declare const OPSC_COMMANDS: string | undefined;

/** `args` are the words after `opsc`, or `--line` and the whole line up to the cursor. */
export async function complete(args: readonly string[]): Promise<void> {
  try {
    const words = args[0] === "--line" ? splitLine(args[1] ?? "").slice(1) : args;
    for (const line of await linesFor(words)) process.stdout.write(`${line}\n`);
  } catch {
    // Then there is nothing to say.
  }
}

async function linesFor(words: readonly string[]): Promise<string[]> {
  const slot = slotAt(await table(), words);
  const dir = folderOf(words);
  const found = await Promise.all(slot.wanted.map((wanted) => candidatesOf(wanted, slot, dir).catch(() => only([]))));
  const lines = [...slot.candidates, ...found.flatMap(({ candidates }) => candidates)]
    .filter(({ value }) => value.startsWith(slot.word))
    .map(({ value, about }) => `${printable(slot.lead + value)}${about === "" ? "" : `\t${printable(about)}`}`);
  return [...lines, ...found.flatMap(({ directives }) => directives)];
}

/** A candidate is a line, and a terminal shows it. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, " ");

async function table(): Promise<readonly CommandSpec[]> {
  return typeof OPSC_COMMANDS === "string"
    ? (JSON.parse(OPSC_COMMANDS) as readonly CommandSpec[])
    : (await import("../command-line/table.ts")).commandTable();
}

function folderOf(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf("--dir", words.length - 2);
  return at >= 0 ? words[at + 1] : words.find((word) => word.startsWith("--dir="))?.slice("--dir=".length);
}

interface Found {
  readonly candidates: readonly Candidate[];
  readonly directives: readonly string[];
}

const only = (candidates: readonly Candidate[], ...directives: string[]): Found => ({ candidates, directives });

async function candidatesOf(wanted: Wanted, { word }: Slot, dir: string | undefined): Promise<Found> {
  const project = async (): Promise<Summary> => (await import("./known.ts")).summary(dir);
  switch (wanted.of) {
    case "files":
      return only([], ":files");
    case "folders":
      return only([], ":folders");
    case "ops":
      return only([], ":files .ops");
    case "plans":
      return only([], ":files .opsplan.json");
    case "actions":
      return only(actionNames(await project()));
    case "input":
      return inputs(await project(), wanted.action, wanted.given, word);
    case "people":
      return only((await project()).people.map(({ who, about }) => ({ value: who, about })));
    case "runs":
      return only(await runs(dir));
    case "leases":
      return only(await leases(dir));
    case "codes":
      return only((await import("../../compiler/diagnostics/registry.ts")).CODES.map(bare));
    case "topics":
      return only([...(await table()).map(({ name }) => name), ...topics].map(bare));
  }
}

const bare = (value: string): Candidate => ({ value, about: "" });

/** The name where it is the only one of that name, else with its file. */
function actionNames({ actions }: Summary): Candidate[] {
  const count = (name: string): number => actions.filter((each) => each.name === name).length;
  return actions.map(({ id, name, about }) => ({ value: count(name) === 1 ? name : id, about }));
}

function inputs(summary: Summary, action: string | null, given: readonly string[], word: string): Found {
  const found = summary.actions.find(({ id, name }) => id === action || name === action || id.endsWith(`/${action}`));
  if (found === undefined) return only([]);
  const at = word.indexOf("=");
  if (at >= 0) {
    const input = found.inputs.find(({ name }) => name === word.slice(0, at));
    return only((input?.values ?? []).map((value) => ({ value: `${input?.name}=${value}`, about: "" })));
  }
  const left = found.inputs.filter(({ name }) => !given.includes(name));
  return only(
    left.map(({ name, about }) => ({ value: `${name}=`, about })),
    ":open",
  );
}

async function leases(dir: string | undefined): Promise<Candidate[]> {
  const { findRoot } = await import("../project.ts");
  const { openStore } = await import("../store.ts");
  const { listLeases } = await import("../leases/listed.ts");
  const store = await openStore(await findRoot(dir), { readonly: true });
  try {
    const found = (await listLeases(store)).leases;
    return found.map(({ id, resource, lease }) => ({ value: id, about: `${resource}, until ${lease.until}` }));
  } finally {
    await store.close();
  }
}

const MOST_RUNS = 50;

/** The newest first. */
async function runs(dir: string | undefined): Promise<Candidate[]> {
  const { findRoot } = await import("../project.ts");
  const { openStore } = await import("../store.ts");
  const store = await openStore(await findRoot(dir), { readonly: true });
  try {
    const all = [...(await store.runs()).runs].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    return all
      .slice(0, MOST_RUNS)
      .map(({ run, action, outcome }) => ({ value: run, about: `${action}, ${outcome ?? "not ended"}` }));
  } finally {
    await store.close();
  }
}

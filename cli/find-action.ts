/** The action that a name on a command line means: `name`, `module.name`, or `path.ops#name`. */
import path from "node:path";
import process from "node:process";
import { packageOf } from "../compiler/check/packages.ts";
import type { Action, Program } from "../compiler/program.ts";
import { nearest } from "../language/nearest.ts";
import { EXIT, Stop } from "./exit.ts";

/** Those that people may ask for: what is in packages is for the project's own actions to use. */
export const ownActions = (program: Program): readonly Action[] =>
  program.actions.filter((action) => packageOf(action.module) === null);

/** `root` is the project's folder: a path may also be written from the current one. */
export function findAction(program: Program, name: string, root: string): Action {
  const own = ownActions(program);
  const found = name.includes("#") ? inFile(own, name, root) : named(own, name);
  const [action] = found;
  if (action !== undefined && found.length === 1) return action;
  if (found.length > 1)
    throw new Stop(
      EXIT.wrong,
      `several actions are called ${name}`,
      `say which: ${found.map((each) => each.id).join(", ")}`,
    );
  if (name.endsWith(".opsplan.json"))
    throw new Stop(EXIT.wrong, `${name} is a plan, not an action`, `look at it with opsc show, run it with opsc apply`);
  throw new Stop(EXIT.wrong, `there is no action ${name}`, suggestion(own, name));
}

function named(own: readonly Action[], name: string): readonly Action[] {
  return own.filter((each) => each.name === name || `${moduleName(each.module)}.${each.name}` === name);
}

function inFile(own: readonly Action[], name: string, root: string): readonly Action[] {
  const at = name.lastIndexOf("#");
  const file = name.slice(0, at);
  const here = path.relative(root, path.resolve(process.cwd(), file)).split(path.sep).join("/");
  const of = (module: string): readonly Action[] =>
    own.filter((each) => each.module === module && each.name === name.slice(at + 1));
  const asGiven = of(path.posix.normalize(file));
  return asGiven.length > 0 ? asGiven : of(here);
}

function suggestion(own: readonly Action[], name: string): string {
  if (own.length === 0) return "this project declares no actions";
  const short = name.slice(name.lastIndexOf("#") + 1);
  const elsewhere = own.filter((each) => each.name === short || `${moduleName(each.module)}.${each.name}` === short);
  const names = name.includes("#")
    ? own.map((each) => each.id)
    : name.includes(".")
      ? own.map((each) => `${moduleName(each.module)}.${each.name}`)
      : own.map((each) => each.name);
  const near = elsewhere.length > 0 ? elsewhere.map((each) => each.id).join(" or ") : nearest(name, names);
  if (near !== "") return `did you mean ${near}?`;
  const shown = [...new Set(own.map((each) => each.name))];
  const more = shown.length > 10 ? ` and ${shown.length - 10} more: opsc catalog lists them` : "";
  return `there ${shown.length === 1 ? "is" : "are"} ${shown.slice(0, 10).join(", ")}${more}`;
}

const moduleName = (file: string): string => path.posix.basename(file).replace(/\.ops$/, "");

/** Faults of names: what is not there, what is there twice, what goes round in a circle. */
import { error, warning } from "./define.ts";

const near = (a: { near: string }): string => (a.near === "" ? "" : `did you mean ${a.near}?`);

export const nameDiagnostics = {
  /** `provider`: the name is that of a provider, which the file does not use. */
  "unknown-name": error((a: { name: string; near: string; provider?: string }) => `there is no ${a.name} here`, {
    help: (a) =>
      a.provider === undefined
        ? near(a) || "declare it, or import it from the file that does"
        : `add use ${a.provider} at the top of the file`,
  }),
  "unknown-type": error((a: { name: string; near: string }) => `there is no type ${a.name}`, {
    help: (a) => near(a) || "declare it with type or enum, or import it",
  }),
  "unknown-provider": error((a: { name: string; near: string }) => `no provider is called ${a.name}`, {
    help: (a) => near(a) || "name its package under providers in opsc.config.json",
  }),
  "unknown-operation": error(
    (a: { provider: string; name: string; near: string }) => `${a.provider} has no operation ${a.name}`,
    {
      help: near,
    },
  ),
  "unknown-field": error((a: { type: string; name: string; near: string }) => `${a.type} has no field ${a.name}`, {
    help: near,
  }),
  "unknown-method": error((a: { type: string; name: string; near: string }) => `${a.type} has no method ${a.name}`, {
    help: near,
  }),
  "unknown-member": error((a: { type: string; name: string; near: string }) => `${a.type} has no member ${a.name}`, {
    help: near,
  }),
  "unknown-property": error(
    (a: { block: string; name: string; near: string }) => `${a.block} has no property ${a.name}`,
    { help: near },
  ),
  "unknown-argument": error(
    (a: { callee: string; name: string; near: string }) => `${a.callee} takes no argument ${a.name}`,
    { help: near },
  ),
  "duplicate-name": error((a: { name: string }) => `${a.name} is already there`, {
    why: "One name for one thing: a second one would leave the reader to guess which is meant.",
    help: () => "give one of them another name",
  }),
  "ambiguous-member": error(
    (a: { name: string; enum: string }) => `${a.name} is a name here and also a member of ${a.enum}`,
    {
      help: (a) => `write ${a.enum}.${a.name} for the member, or rename the other`,
    },
  ),
  "import-not-found": error((a: { path: string }) => `there is no file ${a.path}`, {
    help: () => "imports are paths from the importing file, with the ending .ops",
  }),
  "import-name-missing": error((a: { path: string; name: string; near: string }) => `${a.path} declares no ${a.name}`, {
    help: near,
  }),
  "import-cycle": error((a: { cycle: string }) => `these files import each other: ${a.cycle}`, {
    why: "Files that need each other cannot be read, checked or reviewed one after the other.",
    help: () => "move what both need into a file of its own",
  }),
  "definition-cycle": error((a: { cycle: string }) => `this is defined by itself: ${a.cycle}`, {
    help: () => "break the circle; the language has no recursion, so that every plan is finite",
  }),
  "instance-differs": error((a: { name: string }) => `${a.name} is configured otherwise elsewhere in this project`, {
    why: "One name for one system: a plan shows the name.",
    help: () => "give this one another name with as, or configure both alike",
  }),
  "naming-style": warning((a: { name: string; style: string; better: string }) => `${a.name} is not in ${a.style}`, {
    help: (a) => `call it ${a.better}`,
  }),
};

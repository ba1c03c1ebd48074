/** Faults of `// opsc-allow` comments. */
import { error, warning } from "./define.ts";

export const allowDiagnostics = {
  "allow-incomplete": error((a: { what: string }) => `this opsc-allow lacks ${a.what}`, {
    why: "A warning is silenced by a decision, and whoever reads it next year wants to know which.",
    help: () => "write // opsc-allow CODE: reason",
  }),
  "allow-unknown": error((a: { code: string; near: string }) => `no diagnostic is called ${a.code}`, {
    help: (a) => (a.near === "" ? "opsc explain lists them all" : `did you mean ${a.near}?`),
  }),
  "allow-error": error((a: { code: string }) => `${a.code} is an error, and errors cannot be silenced`, {
    why: "What is an error here fails in production: it is answered, by a rollback, a bound or a word, not hidden.",
    help: (a) => `opsc explain ${a.code} says how`,
  }),
  "allow-unused": warning((a: { code: string }) => `this opsc-allow silences nothing: there is no ${a.code} here`, {
    help: () => "take it away",
  }),
};

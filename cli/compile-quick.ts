/**
 * `node compile-quick.ts dist/quick.cjs`: writes what V8 makes of the quick program beside it, for this Node.js. It is run first, so that
 * what it calls is compiled too: V8 compiles a function when it is called.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { loadProgram } from "./compiled.ts";
import { readTemplate } from "./template.ts";

/** A project with about everything in it, and a file with mistakes, so that findings are drawn. */
const MISTAKES = `use file
enum Env { staging, production }
type Target = { name: string, env: Env }
/// Counts.
action first(target: Target, replicas: int where replicas in 1..5 = 3, unused: string = "a") -> { n: int } {
  title = "First"
  let total = replicas * 2 + missing
  let names = ["a", target.name].map(n => n.upper())
  require total <= 10 && names.count > 1 else "\${total} is too much for \${target.name}"
  if target.env == production { step w = file.write(path: "a/\${target.name}", content: 1) { rollback auto } }
  for name in names batch 2 { step x = file.write(path: name, content: match target.env { staging => "s", _ => "p" }) { rollback auto } }
  return { n: total > 2 ? total : 1 }
}
`;

const [program = ""] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), "opsc-build-"));
const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
for (const [name, text] of Object.entries(readTemplate())) write(path.basename(name), text);
write("mistakes.ops", MISTAKES);

const { main, keep } = loadProgram(program);
const silent = (): boolean => true;
process.stdout.write = silent;
process.stderr.write = silent;
await main(["node", "opsc", "check", "--dir", folder]);
await main(["node", "opsc", "fmt", "--check", "--dir", folder]);
rmSync(folder, { recursive: true });
process.exitCode = 0;
keep();

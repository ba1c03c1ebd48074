/**
 * One content in four languages, line by line: an import from the file before, an enum, a record type, and functions of ten
 * lines each with typed and defaulted parameters, arithmetic, text with values in it, a record, a list, a condition and two
 * calls with named arguments. README.md says where the languages differ. The same seed gives the same texts.
 */

export type Language = "ops" | "langium" | "typespec" | "typescript";
export const LANGUAGES: readonly Language[] = ["ops", "langium", "typespec", "typescript"];

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What differs from one function to the next. */
interface Part {
  readonly id: string;
  readonly times: number;
  readonly most: number;
  readonly word: string;
  readonly region: string;
}

interface Unit {
  readonly n: number;
  /** The unit whose enum this one imports; itself for the first. */
  readonly before: number;
  readonly parts: readonly Part[];
}

const SEED = 20_261_121;
const PARTS = 4;
/** Lines of a file: five at its head, and twelve for each of its functions. */
export const FILE_LINES = 5 + 12 * PARTS;
const WORDS = ["deploy", "rotate", "drain", "restore", "resize", "promote", "verify", "archive"];
const REGIONS = ["eu-west", "eu-north", "us-east", "us-west", "ap-south"];

/** A small generator of pseudo-random numbers (mulberry32): ints from 0 to `below` - 1. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function units(lines: number): Unit[] {
  const next = random(SEED);
  const pick = (from: readonly string[]): string => from[next(from.length)] ?? "";
  return Array.from({ length: Math.max(1, Math.round(lines / FILE_LINES)) }, (_, n) => ({
    n,
    before: Math.max(0, n - 1),
    parts: Array.from({ length: PARTS }, (_, i) => ({
      id: `${n}_${i}`,
      times: 2 + next(7),
      most: 20 + next(80),
      word: pick(WORDS),
      region: pick(REGIONS),
    })),
  }));
}

/** About so many lines of `language`, in files of `FILE_LINES`. What they import and call besides is `preludeOf`. */
export function corpusOf(language: Language, lines: number): SourceFile[] {
  const { ending, head, part } = RENDER[language];
  return units(lines).map((unit) => ({
    path: `m${unit.n}.${ending}`,
    text: [...head(unit), ...unit.parts.flatMap((each) => part(unit, each))].join("\n"),
  }));
}

/** What a language needs beside the corpus: a few lines, in none of the counts. */
export function preludeOf(language: Language): SourceFile[] {
  return PRELUDE[language];
}

interface Render {
  readonly ending: string;
  readonly head: (unit: Unit) => readonly string[];
  readonly part: (unit: Unit, part: Part) => readonly string[];
}

const ops: Render = {
  ending: "ops",
  head: ({ n, before }) => [
    n === before ? "use file" : `import { Env${before} } from "./m${before}.ops"\nuse file`,
    `enum Env${n} { staging, canary, production }`,
    `type Target${n} = { name: string, region: string, replicas: int, env: Env${n} }`,
    ...(n === before ? [""] : []),
    "",
  ],
  part: ({ n, before }, { id, times, most, word, region }) => [
    `/// Part ${id}: ${word}.`,
    `action ${word}_${id}(version: string, replicas: int = ${times}, target: Target${n}, before: Env${before} = staging) {`,
    `  let total = replicas * ${times} + target.replicas`,
    `  let label = "${word} \${version} to \${target.name} with \${total}"`,
    `  let wide = total > ${most} && target.region == "${region}" && before != production`,
    `  let at: Target${n} = { name: label, region: "${region}", replicas: total, env: target.env }`,
    `  let names = ["${word}", "${region}", version, target.name]`,
    `  require total <= ${most} * 10 else "\${total} is too much for \${target.name}"`,
    `  step put = file.write(path: "${word}/${id}/\${target.name}", content: label) { rollback auto }`,
    `  step note = file.write(path: "${region}/${id}/\${version}", content: "\${at.name} \${wide} \${names.length}") { rollback auto }`,
    "}",
    "",
  ],
};

const langium: Render = {
  ending: "run",
  head: ({ n, before }) => [
    n === before ? "use file" : `import "./m${before}.run"\nuse file`,
    `enum Env${n} { staging, canary, production }`,
    `type Target${n} = { name: string, region: string, replicas: int, env: Env${n} }`,
    ...(n === before ? [""] : []),
    "",
  ],
  part: ({ n, before }, { id, times, most, word, region }) => [
    `/// Part ${id}: ${word}.`,
    `action ${word}_${id}(version: string, replicas: int = ${times}, target: Target${n}, before: Env${before} = Env${before}.staging) {`,
    `  let total = replicas * ${times} + target.replicas`,
    `  let label = "${word} " + version + " to " + target.name + " with " + total`,
    `  let wide = total > ${most} && target.region == "${region}" && before != Env${before}.production`,
    `  let at: Target${n} = { name: label, region: "${region}", replicas: total, env: target.env }`,
    `  let names = ["${word}", "${region}", version, target.name]`,
    `  require total <= ${most} * 10 else total + " is too much for " + target.name`,
    `  step put = file_write(path: "${word}/${id}/" + target.name, content: label) { rollback auto }`,
    `  step note = file_write(path: "${region}/${id}/" + version, content: at.name + " " + wide + " " + names) { rollback auto }`,
    "}",
    "",
  ],
};

const typescript: Render = {
  ending: "ts",
  head: ({ n, before }) => [
    'import { demand, write } from "./prelude.js";',
    n === before ? "" : `import type { Env${before} } from "./m${before}.js";`,
    `export type Env${n} = "staging" | "canary" | "production";`,
    `export interface Target${n} { name: string; region: string; replicas: number; env: Env${n} }`,
    "",
  ],
  part: ({ n, before }, { id, times, most, word, region }) => [
    `/** Part ${id}: ${word}. */`,
    `export function ${word}_${id}({ version, replicas = ${times}, target, before = "staging" }: { version: string; replicas?: number; target: Target${n}; before?: Env${before} }) {`,
    `  const total = replicas * ${times} + target.replicas;`,
    `  const label = \`${word} \${version} to \${target.name} with \${total}\`;`,
    `  const wide = total > ${most} && target.region === "${region}" && before !== "production";`,
    `  const at: Target${n} = { name: label, region: "${region}", replicas: total, env: target.env };`,
    `  const names = ["${word}", "${region}", version, target.name];`,
    `  demand(total <= ${most} * 10, \`\${total} is too much for \${target.name}\`);`,
    `  const put = write({ path: \`${word}/${id}/\${target.name}\`, content: label });`,
    `  const note = write({ path: \`${region}/${id}/\${version}\`, content: \`\${at.name} \${wide} \${names.length}\` });`,
    "  return [put, note]; }",
    "",
  ],
};

const typespec: Render = {
  ending: "tsp",
  head: ({ n, before }) => [
    'import "./prelude.tsp";',
    n === before ? "" : `import "./m${before}.tsp";`,
    `enum Env${n} { staging, canary, production }`,
    `model Target${n} { name: string; region: string; replicas: int32; env: Env${n} }`,
    "",
  ],
  part: ({ n, before }, { id, times, most, word, region }) => [
    `/** Part ${id}: ${word}. */`,
    `op ${word}_${id}(version: string, replicas?: int32 = ${times}, target: Target${n}, before?: Env${before} = Env${before}.staging): Written;`,
    `const total_${id}: int32 = ${times};`,
    `const label_${id}: string = "${word} \${word} to \${region} with ${times}";`,
    `alias Wide_${id} = Holder<Item = Target${n}, Key = Env${before}, Most = ${most}>;`,
    `const at_${id}: Target${n} = #{ name: label_${id}, region: "${region}", replicas: total_${id}, env: Env${n}.canary };`,
    `const names_${id}: string[] = #["${word}", "${region}", label_${id}, word];`,
    `@maxLength(${most} ) @doc("At most ${most} for ${word} of ${id}") scalar Name_${id} extends string;`,
    `model Put_${id} { path: Name_${id}; content: string = label_${id}; at: Target${n} = at_${id}; }`,
    `op put_${id} is Call<In = Put_${id}, Out = Written>;`,
    `op note_${id} is Call<In = Wide_${id}, Out = Put_${id}>;`,
    "",
  ],
};

const RENDER: Readonly<Record<Language, Render>> = { ops, langium, typespec, typescript };

/** What TypeScript asks of a library, so that its large one is not part of what is measured. */
const LIB = `interface Array<T> { length: number; [n: number]: T }
interface Boolean {}
interface CallableFunction {}
interface Function {}
interface IArguments {}
interface NewableFunction {}
interface Number {}
interface Object {}
interface RegExp {}
interface String { length: number }
`;

const PRELUDE: Readonly<Record<Language, SourceFile[]>> = {
  ops: [],
  langium: [{ path: "prelude.run", text: "operation file_write(path: string, content: string)\n" }],
  typespec: [
    {
      path: "prelude.tsp",
      text: `const word: string = "word";
const region: string = "region";
model Written { changed: boolean; sha256: string }
model Holder<Item, Key, Most extends valueof int32> { item: Item; key: Key }
op Call<In, Out>(input: In): Out;
`,
    },
  ],
  typescript: [
    { path: "lib.d.ts", text: LIB },
    {
      path: "prelude.ts",
      text: `export declare function demand(holds: boolean, message: string): void;
export declare function write(args: { path: string; content: string }): { changed: boolean };
`,
    },
  ],
};

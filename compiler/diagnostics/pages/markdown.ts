/** Pages as Markdown: one in code scanning, all of them in the reference of diagnostics. */

import { CONFIGURATION, type Severity } from "../diagnostic.ts";
import { type Code, registry } from "../registry.ts";
import { allowPages } from "./allow.ts";
import { configurationPage } from "./configuration.ts";
import { effectPages } from "./effects.ts";
import { pages } from "./index.ts";
import { namePages } from "./names.ts";
import type { Page, Sources } from "./page.ts";
import { policyPages } from "./policy.ts";
import { proofPages } from "./proofs.ts";
import { syntaxPages } from "./syntax.ts";
import { typePages } from "./types.ts";

/** Without its title. `language` stands after the fences of the examples. */
export function pageMarkdown(page: Page, language = page.language ?? "ops"): string {
  return [
    page.why,
    "",
    "Instead of",
    "",
    ...example(page.bad, language),
    "",
    "write",
    "",
    ...example(page.good, language),
    "",
    page.fix,
  ].join("\n");
}

function example(sources: Sources, language: string): string[] {
  const files = typeof sources === "string" ? [["", sources] as const] : Object.entries(sources);
  return files.flatMap(([path, source], i) => [
    ...(i === 0 ? [] : [""]),
    `\`\`\`${language}`,
    ...(path === "" ? [] : [`// ${path}`]),
    ...source.trimEnd().split("\n"),
    "```",
  ]);
}

const AREAS: readonly (readonly [string, Readonly<Record<string, Page>>])[] = [
  ["The text itself", syntaxPages],
  ["Names", namePages],
  ["Types and shapes", typePages],
  ["Effects and undo", effectPages],
  ["Proofs", proofPages],
  ["Policy", policyPages],
  ["Silenced warnings", allowPages],
];

/** Every page, by area and code: what `language/DIAGNOSTICS.md` holds. */
export function diagnosticsMarkdown(): string {
  const areas = AREAS.map(([title, own]) => [title, Object.keys(own) as Code[]] as const);
  const listed = new Set(areas.flatMap(([, codes]) => codes));
  const rest = (Object.keys(pages) as Code[]).filter((code) => !listed.has(code));
  const all = [...areas, ["Other", rest] as const]
    .map(([title, codes]) => [title, [...codes].sort()] as const)
    .filter(([, codes]) => codes.length > 0);
  const parts = [
    "# Diagnostics",
    'What `opsc check` finds, why it matters in operations, and what to do. `opsc explain CODE` shows the same pages. Errors are answered in the program; a warning can be silenced where somebody has looked at it, with `// opsc-allow CODE: reason` on the line before, and made an error or turned off for a whole project in [`opsc.config.json`](REFERENCE.md) under `"check": { "severity": { … } }`.',
    all
      .map(([title, codes]) => `- ${title}: ${codes.map((code) => `[\`${code}\`](#${code})`).join(", ")}`)
      .concat(`- Configuration: [\`${CONFIGURATION}\`](#${CONFIGURATION})`)
      .join("\n"),
    ...all.flatMap(([title, codes]) => [`## ${title}`, ...codes.map(section)]),
    "## Configuration",
    sectionOf(CONFIGURATION, configurationPage, "error"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function section(code: Code): string {
  return sectionOf(code, pages[code], registry[code].severity);
}

function sectionOf(code: string, page: Page, severity: Severity): string {
  const examples = pageMarkdown(page, page.language ?? "text");
  return [`### \`${code}\``, `**${page.title}** (${severity})`, examples].join("\n\n");
}

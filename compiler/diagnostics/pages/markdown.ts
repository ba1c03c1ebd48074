/** A page as Markdown: in the reference of diagnostics, and in code scanning. */
import type { Page, Sources } from "./page.ts";

/** Without its title. */
export function pageMarkdown(page: Page): string {
  return [
    page.why,
    "",
    "Instead of",
    "",
    ...example(page.bad),
    "",
    "write",
    "",
    ...example(page.good),
    "",
    page.fix,
  ].join("\n");
}

function example(sources: Sources): string[] {
  const files = typeof sources === "string" ? [["", sources] as const] : Object.entries(sources);
  return files.flatMap(([path, source], i) => [
    ...(i === 0 ? [] : [""]),
    "```ops",
    ...(path === "" ? [] : [`// ${path}`]),
    ...source.trimEnd().split("\n"),
    "```",
  ]);
}

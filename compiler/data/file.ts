/** Files that are no sources and that sources name: data to import, calendars of windows. */

/** A file as the host found it: its text, or why there is none, in words that go on from the file's name. */
export type DataFile = { readonly text: string } | { readonly problem: string; readonly help: string | null };

export const DATA_FORMATS = ["yaml", "json", "csv"] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/**
 * Paths as a source writes them, of files it may read. The host reads them before anything is parsed, so this looks for
 * the words alone: a path in a comment is found too, one that the checker asks for is never missed.
 */
export function mentionedFiles(text: string): string[] {
  const found = new Set<string>();
  const pattern = /\b(?:yaml|json|csv)\s*\(\s*"((?:[^"\\\n]|\\.)*)"|\bcalendar\s*=\s*"((?:[^"\\\n]|\\.)*)"/g;
  for (const [, data, calendar] of text.matchAll(pattern)) found.add(data ?? calendar ?? "");
  return [...found].filter((path) => isDataPath(path)).sort();
}

/** Paths begin with `./` or `../`, as those of imports do, and have no escapes. */
export function isDataPath(written: string): boolean {
  return /^\.\.?\/[^\\\0]*$/.test(written);
}

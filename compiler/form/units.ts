/** Units as regular expressions of JSON Schema, after the language's own reading of them. */

const WHOLE = "(?:0|[1-9][0-9]*(?:_[0-9]+)*)";
const NUMBER = `${WHOLE}(?:\\.[0-9]+)?`;
/** Units from large to small, each at most once; with at least two characters it has at least one. */
const DURATION = ["d", "h", "m", "s", "ms"].map((unit) => `(?:${NUMBER}${unit})?`).join("");
const SIZE = `${NUMBER}(?:[KMGTP]i?)?B`;
const DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
const CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]";
const OFFSET = `(?:Z|[+-]${CLOCK})`;

const whole = (pattern: string): string => `^${pattern}$`;

export const UNIT_PATTERNS = {
  duration: whole(DURATION),
  size: whole(SIZE),
  percent: whole(`${NUMBER}%`),
  date: whole(DATE),
  time: whole(`${DATE}T${CLOCK}:[0-5][0-9](?:\\.[0-9]+)?${OFFSET}`),
  time_of_day: whole(`(?:${CLOCK}|24:00)`),
  rate: whole(`[1-9][0-9]* per (?:[1-9][0-9]*)(?:d|h|m|s|ms)`),
  url: "^[A-Za-z][A-Za-z0-9+.-]*://[^/]",
} as const;

export const EXAMPLES = {
  duration: "1h30m",
  size: "512MiB",
  percent: "25%",
  date: "2026-11-21",
  time: "2026-11-21T09:00:00Z",
  time_of_day: "09:00",
  rate: "3 per 1h",
  url: "https://example.com/",
} as const;

/** Colours of both themes and the style sheet made of them. */
import type { Fate } from "../happened.ts";
import type { Look } from "./model.ts";

/** `auto` follows the setting of who looks; `inherit` the `color-scheme` of where the picture stands, which only browsers do. */
export type Theme = "auto" | "inherit" | "light" | "dark";

interface Tone {
  readonly fill: string;
  readonly line: string;
}

export interface Palette {
  readonly back: string;
  readonly text: string;
  readonly muted: string;
  readonly edge: string;
  /** What lies in a frame of a part, and its outline. */
  readonly frame: Tone;
  /** What cannot be taken back; `fill` lies under all that comes after the line of no return. */
  readonly danger: Tone;
  /** Text on `danger.line`, and signs on the lines of looks. */
  readonly onLine: string;
  readonly looks: Readonly<Record<Exclude<Look, "join">, Tone>>;
  readonly fates: Readonly<Record<FateTone, Tone>>;
}

/** Fates that share a colour differ in their sign. */
export type FateTone = "good" | "bad" | "open" | "moving" | "back" | "none";

export const TONES: Readonly<Record<Fate, FateTone>> = {
  pending: "none",
  running: "moving",
  retrying: "moving",
  waiting: "open",
  done: "good",
  skipped: "none",
  failed: "bad",
  unknown: "open",
  undoing: "moving",
  undone: "back",
  "undo failed": "bad",
};

/** Text on whatever it may stand on, and lines on what they bound, keep a contrast of at least 4.5 (tested). */
export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    back: "#ffffff",
    text: "#1f2328",
    muted: "#525c69",
    edge: "#5b6675",
    frame: { fill: "#f5f7fa", line: "#66707e" },
    danger: { fill: "#fdf0ee", line: "#b42318" },
    onLine: "#ffffff",
    looks: {
      read: { fill: "#f3f5f8", line: "#5b6675" },
      write: { fill: "#fff3d6", line: "#8a5a00" },
      destroy: { fill: "#ffe4e1", line: "#b42318" },
      check: { fill: "#e6f3ff", line: "#0b62a8" },
      approve: { fill: "#f3eaff", line: "#6b3fb5" },
      require: { fill: "#e2f5f0", line: "#0f6b58" },
      rules: { fill: "#e2f5f0", line: "#0f6b58" },
      window: { fill: "#e2f5f0", line: "#0f6b58" },
      wait: { fill: "#f3f5f8", line: "#5b6675" },
    },
    fates: {
      good: { fill: "#dcf5e3", line: "#176639" },
      bad: { fill: "#ffdcd7", line: "#a61b11" },
      open: { fill: "#fff0c2", line: "#735000" },
      moving: { fill: "#dcecff", line: "#0a569a" },
      back: { fill: "#ece2fb", line: "#5d33a3" },
      none: { fill: "#e9ecf0", line: "#525c69" },
    },
  },
  dark: {
    back: "#0d1117",
    text: "#e6edf3",
    muted: "#a3aeba",
    edge: "#8b98a8",
    frame: { fill: "#141b24", line: "#8b98a8" },
    danger: { fill: "#241316", line: "#ff8a80" },
    onLine: "#0d1117",
    looks: {
      read: { fill: "#1c2530", line: "#9aa7b6" },
      write: { fill: "#3a2d0a", line: "#e3b341" },
      destroy: { fill: "#4a1618", line: "#ff8a80" },
      check: { fill: "#0f2c47", line: "#6cb6ff" },
      approve: { fill: "#2b1e47", line: "#c8a4ff" },
      require: { fill: "#0c2e27", line: "#56d3b4" },
      rules: { fill: "#0c2e27", line: "#56d3b4" },
      window: { fill: "#0c2e27", line: "#56d3b4" },
      wait: { fill: "#1c2530", line: "#9aa7b6" },
    },
    fates: {
      good: { fill: "#10341f", line: "#5fd88b" },
      bad: { fill: "#571a1a", line: "#ffa39b" },
      open: { fill: "#3d2f05", line: "#f0c04f" },
      moving: { fill: "#0f3058", line: "#84c2ff" },
      back: { fill: "#33234f", line: "#d0b3ff" },
      none: { fill: "#252e39", line: "#a9b4c0" },
    },
  },
};

type Rule = readonly [selector: string, declarations: string];

const ROOT = ".opsc-picture";

/** Colours by class. `auto` follows the reader's setting, unless the class `light` or `dark` on the root says otherwise. */
export function styleSheet(theme: Theme): string {
  const written = (rules: readonly Rule[], scope: string): string =>
    rules.map(([selector, declarations]) => `${scoped(selector, scope)}{${declarations}}`).join("");
  const rules = (palette: Palette, scope: string): string => written(coloured(palette), scope);
  const fixed = written(FIXED, ROOT);
  if (theme === "inherit") return fixed + rules(both(PALETTES.light, PALETTES.dark), ROOT);
  if (theme !== "auto") return fixed + rules(PALETTES[theme], ROOT);
  return [
    fixed,
    rules(PALETTES.light, ROOT),
    `@media (prefers-color-scheme:dark){${rules(PALETTES.dark, `${ROOT}:not(.light)`)}}`,
    rules(PALETTES.dark, `${ROOT}.dark`),
  ].join("");
}

/** Each colour as one of two, which the browser chooses by the `color-scheme` that holds. */
function both(light: Palette, dark: Palette): Palette {
  const one = (a: string, b: string): string => `light-dark(${a},${b})`;
  const tone = (a: Tone, b: Tone): Tone => ({ fill: one(a.fill, b.fill), line: one(a.line, b.line) });
  const looks = (look: Exclude<Look, "join">): Tone => tone(light.looks[look], dark.looks[look]);
  const fates = (fate: FateTone): Tone => tone(light.fates[fate], dark.fates[fate]);
  return {
    back: one(light.back, dark.back),
    text: one(light.text, dark.text),
    muted: one(light.muted, dark.muted),
    edge: one(light.edge, dark.edge),
    frame: tone(light.frame, dark.frame),
    danger: tone(light.danger, dark.danger),
    onLine: one(light.onLine, dark.onLine),
    looks: {
      read: looks("read"),
      write: looks("write"),
      destroy: looks("destroy"),
      check: looks("check"),
      approve: looks("approve"),
      require: looks("require"),
      rules: looks("rules"),
      window: looks("window"),
      wait: looks("wait"),
    },
    fates: {
      good: fates("good"),
      bad: fates("bad"),
      open: fates("open"),
      moving: fates("moving"),
      back: fates("back"),
      none: fates("none"),
    },
  };
}

/** No rule may reach beyond the picture: it may stand in a page. */
function scoped(selector: string, scope: string): string {
  return selector
    .split(",")
    .map((one) => `${scope} ${one}`)
    .join(",");
}

const FIXED: readonly Rule[] = [
  ["text", "font-family:Helvetica,Arial,'Liberation Sans',sans-serif;font-size:11px"],
  [".h", "font-size:13px;font-weight:700"],
  [".b", "font-weight:700"],
  [".f", "font-size:12px;font-weight:700"],
  [".k", "font-size:10px"],
  [".title", "font-size:20px;font-weight:700"],
  [".note", "font-size:12px"],
  [".edge path,.i", "fill:none"],
  [".edge.maybe path", "stroke-dasharray:5 3"],
  [".i", "stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round"],
  [".shape", "stroke-width:1.3"],
  [".heading .f,.heading .m", "paint-order:stroke;stroke-width:5px;stroke-linejoin:round"],
  [".destroy .shape", "stroke-width:2"],
  [".read .shape", "stroke-dasharray:5 3"],
  [".wait .shape", "stroke-dasharray:2 3"],
  [".ring", "fill:none;stroke-width:2"],
  [".rail", "fill:none;stroke-width:2;stroke-dasharray:1 5;stroke-linecap:round"],
  [".outline,.panel", "fill:none;stroke-width:1.2"],
  [".frame .behind", "fill:none"],
  [".loop .outline", "stroke-dasharray:7 4"],
  [".panel", "stroke-dasharray:2 4"],
  [".no-return line", "stroke-width:2.5;stroke-dasharray:10 5"],
];

function coloured(p: Palette): Rule[] {
  const looks = Object.entries(p.looks).flatMap(([look, { fill, line }]): Rule[] => [
    [`.${look} .shape`, `fill:${fill};stroke:${line}`],
    [`.${look} .disc,.${look} .post`, `fill:${line}`],
    [`.${look} .rail`, `stroke:${line}`],
  ]);
  const fates = Object.entries(p.fates).flatMap(([tone, { fill, line }]): Rule[] => [
    [`.${tone} .strip`, `fill:${fill}`],
    [`.${tone} .chip`, `fill:${fill};stroke:${line}`],
    [`.${tone} .sign`, `stroke:${line}`],
    [`.${tone} .k`, `fill:${p.text}`],
  ]);
  return [
    [".back", `fill:${p.back}`],
    ["text", `fill:${p.text}`],
    [".m", `fill:${p.muted}`],
    [".lease", `stroke:${p.muted}`],
    [".bad", `fill:${p.danger.line}`],
    [".warn", `fill:${p.looks.write.line}`],
    [".bad .i", `stroke:${p.danger.line}`],
    [".warn .i", `stroke:${p.looks.write.line}`],
    [".cover", `fill:${p.frame.fill}`],
    [".heading.after .cover", `fill:${p.danger.fill}`],
    [".on", `fill:${p.onLine}`],
    [".disc-i", `stroke:${p.onLine}`],
    [".edge path", `stroke:${p.edge}`],
    [".edge .tip,.join .shape", `fill:${p.edge}`],
    [".area", `fill:${p.frame.fill}`],
    [".outline,.behind", `stroke:${p.frame.line}`],
    [".node .behind", `fill:${p.frame.fill}`],
    [".heading .f,.heading .m", `stroke:${p.frame.fill}`],
    [".heading.after .f,.heading.after .m", `stroke:${p.danger.fill}`],
    [".panel", `stroke:${p.frame.line}`],
    [".chip", `fill:${p.back};stroke:${p.frame.line}`],
    [".badge", `fill:${p.edge}`],
    [".zone", `fill:${p.danger.fill}`],
    [".no-return line,.ring", `stroke:${p.danger.line}`],
    [".ribbon", `fill:${p.danger.line}`],
    ...looks,
    ...fates,
  ];
}

/** The little XML that a picture is made of. */
import { escapeControls } from "../safe.ts";

/** Text and attribute values: nothing in them is syntax, and nothing acts on who looks at them. */
export function xml(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** To a tenth of a pixel, as short as can be. */
export function px(n: number): string {
  const rounded = Math.round(n * 10) / 10;
  return String(rounded === 0 ? 0 : rounded);
}

export type Attributes = Readonly<Record<string, string | number | null>>;

/** Attributes that are null are left out. `content` is markup. */
export function element(name: string, attributes: Attributes, content: string | null = null): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => (value === null ? "" : ` ${key}="${typeof value === "number" ? px(value) : xml(value)}"`))
    .join("");
  return content === null ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function text(
  x: number,
  y: number,
  classes: string,
  words: string,
  anchor: "start" | "middle" | "end" = "start",
): string {
  return element(
    "text",
    { class: classes === "" ? null : classes, x, y, "text-anchor": anchor === "start" ? null : anchor },
    xml(words),
  );
}

export function path(classes: string, d: string, shift: readonly [number, number] | null = null): string {
  return element("path", {
    class: classes,
    transform: shift === null ? null : `translate(${px(shift[0])} ${px(shift[1])})`,
    d,
  });
}

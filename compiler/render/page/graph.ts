/** The picture of the plan as it stands in the page: in the colours of either theme, the browser choosing. */
import type { PlanFile } from "../../plan/plan.schema.ts";
import { PALETTES } from "../dot.ts";
import { planSvg, TooLargeError } from "../svg.ts";
import { type Html, markup } from "./html.ts";

/** Null where the plan has too many nodes to be drawn. */
export async function graphHtml(file: PlanFile): Promise<Html | null> {
  try {
    return markup(inBothThemes(await planSvg(file, { theme: "light" })).trimEnd());
  } catch (error) {
    if (error instanceof TooLargeError) return null;
    throw error;
  }
}

/** Attributes of SVG are read as CSS values, so a colour can be one of two. */
function inBothThemes(svg: string): string {
  const dark = new Map<string, string>();
  pairs(PALETTES.light, PALETTES.dark, dark);
  return svg.replace(/ (fill|stroke)="(#[0-9a-f]{6})"/g, (whole, name: string, colour: string) => {
    const other = dark.get(colour);
    return other === undefined ? whole : ` ${name}="light-dark(${colour},${other})"`;
  });
}

/** Colours at the same place of two palettes. */
function pairs(light: unknown, dark: unknown, into: Map<string, string>): void {
  if (typeof light === "string" && typeof dark === "string") {
    if (!into.has(light)) into.set(light, dark);
  } else if (typeof light === "object" && light !== null && typeof dark === "object" && dark !== null) {
    const others = new Map(Object.entries(dark));
    for (const [name, value] of Object.entries(light)) pairs(value, others.get(name), into);
  }
}

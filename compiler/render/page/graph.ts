/** The picture of the plan as it stands in the page: in the colours of either theme, the browser choosing. */
import { createHash } from "node:crypto";
import type { PlanFile } from "../../plan/plan.schema.ts";
import type { Happened } from "../happened.ts";
import { pictureStyle, planSvg, TooLargeError } from "../svg.ts";
import { type Html, markup } from "./html.ts";

/** The style that stands in the picture, for the page's policy. */
export const PICTURE_STYLE_HASH = `sha256-${createHash("sha256").update(pictureStyle("inherit")).digest("base64")}`;

/** Null where the plan has too many nodes to be drawn. */
export async function graphHtml(file: PlanFile, happened: Happened | null): Promise<Html | null> {
  try {
    return markup((await planSvg(file, { theme: "inherit", bare: true }, happened)).trimEnd());
  } catch (error) {
    if (error instanceof TooLargeError) return null;
    throw error;
  }
}

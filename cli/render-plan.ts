/** A plan in the format asked for, with what became of it where it was run. */
import { planBytes } from "../compiler/expand/plan.ts";
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Happened } from "../compiler/render/happened.ts";
import type { Io } from "./io.ts";
import { safeJson } from "./words.ts";

export type PlanFormat = "text" | "json" | "markdown" | "mermaid" | "svg" | "html";

export async function renderPlan(
  file: PlanFile,
  format: PlanFormat,
  io: Io,
  happened: Happened | null = null,
): Promise<string> {
  switch (format) {
    case "json":
      return safeJson(planBytes(file));
    case "text":
      return (await import("../compiler/render/text.ts")).planText(
        file,
        { color: io.color, width: io.width },
        happened,
      );
    case "markdown":
      return (await import("../compiler/render/markdown.ts")).planMarkdown(file, happened);
    case "mermaid":
      return (await import("../compiler/render/mermaid.ts")).planMermaid(file, happened);
    case "svg":
      return (await import("../compiler/render/svg.ts")).planSvg(file, {}, happened);
    case "html":
      return (await import("../compiler/render/page/page.ts")).planPage(file, happened);
  }
}

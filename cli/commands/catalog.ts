/** `opsc catalog` */
import { packageOf } from "../../compiler/check/packages.ts";
import { showType } from "../../compiler/types/type.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { soundProgram } from "../planning.ts";
import { openProject } from "../project.ts";
import { safeText } from "../words.ts";

export async function run(io: Io, options: Common): Promise<ExitCode> {
  const project = await openProject(options.dir);
  const program = await soundProgram(io, project);
  const actions = program.actions
    .filter((action) => packageOf(action.module) === null)
    .map((action) => ({
      id: action.id,
      name: action.name,
      doc: action.doc,
      at: action.at,
      inputs: action.params.map((p) => ({
        name: p.name,
        type: showType(p.type),
        required: p.default === null && !p.optional,
        doc: p.doc,
        must: p.where.map((w) => w.text),
      })),
    }));
  if (io.json) {
    io.raw(JSON.stringify({ actions }));
    return EXIT.done;
  }
  if (actions.length === 0) io.out("this project declares no actions");
  for (const action of actions) {
    io.out(`${action.name}  (${action.at})`);
    if (action.doc !== null) io.out(`  ${safeText(action.doc.split("\n")[0] ?? "")}`);
    for (const input of action.inputs) {
      const must = input.must.length === 0 ? "" : `  where ${input.must.join(" and ")}`;
      io.out(
        `  -i ${input.name}=…  ${input.type}${input.required ? "" : ", optional"}${must}${input.doc === null ? "" : `  ${safeText(input.doc)}`}`,
      );
    }
  }
  return EXIT.done;
}

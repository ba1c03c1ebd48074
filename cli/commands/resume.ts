/** `opsc resume RUN` */
import { BadMark, type Mark } from "../../runtime/run/go.ts";
import { realPorts } from "../../runtime/run/real-ports.ts";
import { resumeRun } from "../../runtime/run/run.ts";
import { fromFolder } from "../approvals.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { whoAmI } from "../person.ts";
import { environment, self } from "../planning.ts";
import { openProject } from "../project.ts";
import { providersOf } from "../providers.ts";
import { tellEnd, watch } from "../running.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";

interface Options extends Common {
  readonly mark?: readonly string[];
  readonly approvals?: string;
  readonly as?: string;
  readonly wait?: true;
  readonly parallel: number;
}

export async function run(io: Io, name: string, options: Options): Promise<ExitCode> {
  const project = await openProject(options.dir, { tests: false });
  const who = await whoAmI(options.as, project.root);
  const marks = (options.mark ?? []).map((text) => parseMark(text, who));
  const store = await openStore(project.root, { create: false });
  try {
    const { file, events } = await planOfRun(store, name);
    for (const { instance, provider, version, manifest } of file.plan.providers) {
      if (project.manifests.get(provider)?.digest === manifest) continue;
      throw new Stop(
        EXIT.refused,
        `provider ${provider} (instance ${instance}) is not the one this run began with`,
        `install ${provider} ${version} again, then resume`,
      );
    }
    const watching = watch(io, file, who);
    try {
      for (const event of events) watching.seen(event);
      const providers = await providersOf(project, file.plan);
      const ports = realPorts({
        store,
        self: self(),
        providers,
        directory: project.root,
        environment: environment(),
        onEvent: watching.onEvent,
      });
      const end = await resumeRun({
        ports,
        control: watching.control,
        run: name,
        marks,
        approvals: await fromFolder(io, options.approvals),
        wait: options.wait === true,
        parallel: options.parallel,
      });
      watching.done();
      return tellEnd(io, end, watching.view);
    } catch (error) {
      if (!(error instanceof BadMark)) throw error;
      const help =
        error.unknown.length === 0 ? "none does now: resume without --mark" : `these do: ${error.unknown.join(", ")}`;
      throw new Stop(EXIT.wrong, error.message, help);
    } finally {
      watching.done();
    }
  } finally {
    await store.close();
  }
}

function parseMark(text: string, by: string): Mark {
  const [, decision, node] = /^(done|retry):(.+)$/s.exec(text) ?? [];
  if (node === undefined || (decision !== "done" && decision !== "retry"))
    throw new Stop(
      EXIT.wrong,
      `${JSON.stringify(text)} is not an answer`,
      "write --mark done:STEP or --mark retry:STEP",
    );
  return { node, decision, by };
}

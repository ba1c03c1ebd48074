/** Which secrets of the project can be read here. Each is read for a look, and never told. */

import { Stop } from "../exit.ts";
import { checkFiles, openProject } from "../project.ts";
import { environment, openSecrets, sourcesOfProgram, unreadable } from "../secrets.ts";
import { plural } from "../words.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** What keeps the project from being read is told elsewhere. */
export async function secretFindings(root: string): Promise<Finding[]> {
  try {
    const project = await openProject(root, { tests: false });
    const { program } = checkFiles(project);
    const sources = sourcesOfProgram(program);
    if (sources.size === 0) return [];
    const secrets = openSecrets(project, sources, environment());
    try {
      const wanted = [...sources].map(([id, source]) => ({ id, source }));
      const found = await unreadable(secrets, { secrets: wanted });
      const fine = sources.size - found.length;
      return [
        ...(fine === 0 ? [] : [ok("secrets", `${fine} of ${plural(sources.size, "secret")} can be read here`)]),
        ...found.map(({ message, remedy }) => warning("secrets", message, "what needs it is not begun here", remedy)),
      ];
    } finally {
      await secrets.close();
    }
  } catch (error) {
    if (error instanceof Stop) return [];
    throw error;
  }
}

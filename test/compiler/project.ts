/** Projects of a few lines, checked against the built-in providers and one made for tests. */
import type { KnownManifest } from "../../compiler/check/context.ts";
import {
  type PackageImport,
  type PackageImports,
  packageKey,
  packagesMentioned,
} from "../../compiler/check/packages.ts";
import { type CheckedProject, checkProject } from "../../compiler/check/project.ts";
import type { DataFile } from "../../compiler/data/file.ts";
import { parseYaml } from "../../compiler/data/yaml.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Sources } from "../../compiler/diagnostics/pages/page.ts";
import type { Code } from "../../compiler/diagnostics/registry.ts";
import { digestOf } from "../../compiler/digest.ts";
import { MANIFEST_VERSION, type Manifest, PROVIDER_PROTOCOL } from "../../compiler/manifest.ts";
import type { Program } from "../../compiler/program.ts";
import { calendarFaults } from "../../compiler/window/ical/calendar.ts";
import { BUILT_IN } from "../../runtime/providers/index.ts";

/** What no built-in provider has: a template, a secret parameter, a required setting, a result that is a plain number. */
const ledger: Manifest = {
  manifestVersion: MANIFEST_VERSION,
  protocol: PROVIDER_PROTOCOL,
  name: "ledger",
  version: "1.0.0",
  doc: "A database, for tests.",
  config: [
    { name: "region", doc: "", type: { kind: "string" }, required: false, default: "eu", template: null },
    { name: "replicas", doc: "", type: { kind: "int" }, required: false, default: null, template: null },
  ],
  operations: {
    query: {
      doc: "Counts.",
      params: [{ name: "sql", doc: "", type: { kind: "string" }, required: true, default: null, template: "SQL" }],
      result: { kind: "int" },
      resultWhen: [],
      effect: "read",
      resource: "ledger",
      repeat: "idempotent",
      atomic: true,
      preview: "none",
      undo: false,
      declarable: false,
    },
    login: {
      doc: "Logs in.",
      params: [
        {
          name: "password",
          doc: "",
          type: { kind: "secret", of: { kind: "string" } },
          required: true,
          default: null,
          template: null,
        },
      ],
      result: { kind: "record", fields: [{ name: "role", type: { kind: "string" }, optional: false, doc: null }] },
      resultWhen: [],
      effect: "write",
      resource: "ledger:session",
      repeat: "keyed",
      atomic: true,
      preview: "none",
      undo: true,
      declarable: false,
    },
  },
};

const known = (manifest: Manifest): [string, KnownManifest] => [
  manifest.name,
  { manifest, digest: digestOf(manifest) },
];

export const manifests: ReadonlyMap<string, KnownManifest> = new Map([
  ...Object.values(BUILT_IN).map((provider) => known(provider.manifest)),
  known(ledger),
]);

export function filesOf(sources: Sources): { path: string; text: string }[] {
  if (typeof sources === "string") return [{ path: "main.ops", text: sources }];
  return Object.entries(sources).flatMap(([path, text]) => (path.endsWith(".ops") ? [{ path, text }] : []));
}

/** Files that are no sources. */
export function dataOf(sources: Sources): ReadonlyMap<string, DataFile> {
  if (typeof sources === "string") return new Map();
  return new Map(Object.entries(sources).flatMap(([path, text]) => (path.endsWith(".ops") ? [] : [[path, { text }]])));
}

/** Packages as `npm` would lay them out, with `index.ops` as their entry: looked for at the top only. */
export function packagesOf(sources: Sources): PackageImports {
  const files = new Set(filesOf(sources).map(({ path }) => path));
  const found = new Map<string, PackageImport>();
  for (const { path, text } of filesOf(sources))
    for (const specifier of packagesMentioned(text)) {
      const target = `node_modules/${specifier}${specifier.endsWith(".ops") ? "" : "/index.ops"}`;
      if (files.has(target)) found.set(packageKey(path, specifier), { path: target });
    }
  return found;
}

export function check(sources: Sources): CheckedProject {
  return checkProject({
    files: filesOf(sources),
    data: dataOf(sources),
    packages: packagesOf(sources),
    readers: { yaml: parseYaml, calendar: calendarFaults },
    manifests,
  });
}

/** The program of sources that must have no error, but for those that `despite` names: what planning refuses too. */
export function programOf(sources: Sources, despite: readonly Code[] = []): Program {
  const { program, diagnostics } = check(sources);
  const errors = diagnostics.filter((d) => d.severity === "error" && !despite.some((code) => code === d.code));
  if (errors.length > 0) throw new Error(errors.map((d) => `${d.module}: ${d.code}: ${d.message}`).join("\n"));
  return program;
}

/** Codes in order of place, each as often as it is reported. */
export function codes(sources: Sources): string[] {
  return check(sources).diagnostics.map((d: Diagnostic) => d.code);
}

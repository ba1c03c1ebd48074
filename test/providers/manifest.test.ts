import { describe, expect, test } from "vitest";
import { parseManifest } from "../../compiler/manifest.schema.ts";
import { resourceHoles } from "../../compiler/resource.ts";
import file from "../../runtime/providers/file/index.ts";

/** The manifest of a real provider as parsed JSON, changed. */
function changed(change: (manifest: Record<string, unknown>) => void): unknown {
  const manifest: Record<string, unknown> = JSON.parse(JSON.stringify(file.manifest));
  change(manifest);
  return manifest;
}

const operation = (more: object): unknown => {
  const { read } = file.manifest.operations;
  return changed((manifest) => {
    manifest.operations = { read: { ...read, ...more } };
  });
};

describe("parseManifest", () => {
  test("reads what a provider declares", () => {
    expect(parseManifest(JSON.parse(JSON.stringify(file.manifest)))).toEqual({ value: file.manifest, problems: [] });
  });

  test.each<[string, unknown, string, RegExp]>([
    ["a list", [], "", /a manifest is a JSON object/],
    [
      "a later version",
      changed((m) => Object.assign(m, { manifestVersion: 2 })),
      "manifestVersion",
      /it is 2, and this opsc reads 1/,
    ],
    [
      "another protocol",
      changed((m) => Object.assign(m, { protocol: 0 })),
      "protocol",
      /it is 0, and this opsc reads 1/,
    ],
    ["no version", changed((m) => delete m.manifestVersion), "manifestVersion", /must be 1/],
    ["no name", changed((m) => delete m.name), "name", /missing: it must be a text/],
    [
      "a name no file can say",
      changed((m) => Object.assign(m, { name: "My File" })),
      "name",
      /must be a name in snake_case/,
    ],
    [
      "an unknown field",
      changed((m) => Object.assign(m, { licence: "" })),
      "",
      /has `licence`, which nothing here is called/,
    ],
    [
      "an effect there is not",
      operation({ effect: "delete" }),
      "operations.read.effect",
      /must be "read" or "write" or "destroy"/,
    ],
    ["no documentation", operation({ doc: undefined }), "operations.read.doc", /missing/],
    [
      "a hole of no parameter",
      operation({ resource: "file:{name}" }),
      "operations.read.resource",
      /`\{name\}` is no parameter of `read`/,
    ],
    [
      "a secret that could be a record",
      operation({
        resource: "file",
        params: [
          {
            name: "token",
            doc: "",
            type: { kind: "list", of: { kind: "secret", of: { kind: "json" } } },
            required: true,
            default: null,
            template: null,
          },
        ],
      }),
      "operations.read.params[0].type",
      /a secret that is handed over is text/,
    ],
    [
      "a result that depends on no parameter",
      operation({ resultWhen: [{ param: "p", is: true, result: { kind: "int" } }] }),
      "operations.read.resultWhen[0].param",
      /`p` is no parameter/,
    ],
    [
      "a preview that a parameter makes public which is not there",
      operation({ preview: "sensitive", previewPublicWhen: "public" }),
      "operations.read.previewPublicWhen",
      /`public` is no yes-or-no parameter of `read`/,
    ],
    [
      "one name twice",
      operation({
        params: [...(file.manifest.operations.read?.params ?? []), ...(file.manifest.operations.read?.params ?? [])],
      }),
      "operations.read.params",
      /two parameters have one name/,
    ],
  ])("%s", (_, data, at, what) => {
    const { value, problems } = parseManifest(data);
    expect(value).toBeNull();
    expect(problems).toMatchObject([
      { path: at, what: expect.stringMatching(what), remedy: expect.stringMatching(/\.$/) },
    ]);
  });
});

test("holes of a resource", () => {
  const hole = (param: string, from: string | null = null) => ({ param, from });
  expect(resourceHoles("flag:{file}#{name}")).toEqual([hole("file"), hole("name")]);
  expect(resourceHoles("http:{url from base_url}")).toEqual([hole("url", "base_url")]);
  expect(resourceHoles("exec:host")).toEqual([]);
});

/** `opsc.config.json`: what a project says of itself. */
import { z } from "zod";
import { ADJUSTABLE } from "../compiler/diagnostics/severity.ts";

const duration = z.string().regex(/^(\d+(ms|s|m|h|d))+$/, 'a duration such as "72h"');

const origin = z
  .string()
  .regex(
    /^[^\p{White_Space}\p{Cc}+]{1,200}$/u,
    "a name without spaces and without `+`, such as `example.com/operations`",
  );

const credential = z.string().regex(/^@(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, "@env:NAME or @file:PATH");
const secret = z.string().min(1);
const token = secret
  .optional()
  .describe("Sent as a bearer token: a file that its owner alone can read, or `@env:NAME`.");
const file = z.string().min(1).describe("A file, from the folder of the project.");
const http = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => url.startsWith("https:") || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/.test(url),
    "https, or http on this machine",
  );

const place = z.union(
  [
    z.strictObject({ file }),
    z.strictObject({ http: http.describe("Where the checkpoint is PUT, and read back by GET."), token }),
    z.strictObject({
      git: z.string().min(1).describe("The folder of another repository; each checkpoint is a commit in it."),
      ref: z
        .string()
        .regex(
          /^refs\/(?!.*(\.\.|\/\/|@\{|\.lock))[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9]$/,
          "a ref such as refs/heads/checkpoints",
        )
        .default("refs/heads/checkpoints")
        .describe("The ref that the commits are on, and nothing else."),
      push: z
        .string()
        .regex(/^[^-\p{Cc}]\P{Cc}*$/u, "the name or the URL of a remote")
        .optional()
        .describe("The remote that it is fetched from before, and pushed to after."),
    }),
  ],
  { error: 'a place is { "file": … }, { "http": … } or { "git": … }' },
);

const sink = z.union(
  [
    z.strictObject({
      file,
      required: z.boolean().default(false).describe("Whether nothing is written before it has the log so far."),
    }),
    z.strictObject({
      http: http.describe("Where the lines are POSTed, as application/x-ndjson."),
      token,
      required: z.boolean().default(false).describe("Whether nothing is written before it has the log so far."),
    }),
  ],
  { error: 'a sink is { "file": … } or { "http": … }' },
);

export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    providers: z
      .record(z.string().regex(/^[a-z_][a-z0-9_]*$/, "a name in snake_case"), z.string().min(1))
      .default({})
      .describe(
        "Providers beside the built-in ones: the name in `use NAME`, and a folder (`./providers/flags`) or the name of an npm package.",
      ),
    policies: z
      .array(z.string().min(1, "the name of an npm package, or a folder"))
      .default([])
      .describe(
        "Packages whose guardrails are in force, imported or not: names of npm packages (`@acme/ops-policies`) and folders (`../policies`).",
      ),
    trust: z
      .strictObject({
        root: z
          .string()
          .min(1, "a folder")
          .optional()
          .describe(
            "A folder that is not reviewed with the project: its guardrails are in force, and only approvers it declares approve. Imported as `~trust/FILE.ops`.",
          ),
        git: z
          .string()
          .min(1, "a folder")
          .optional()
          .describe(
            "In place of `root`: a clone, on this machine, of the repository that holds it; `at` names the commit.",
          ),
        at: z
          .string()
          .regex(/^[0-9A-Za-z][0-9A-Za-z._/-]*$/, "a commit or a tag")
          .optional()
          .describe("Of `git`: a commit, or a tag. A plan is bound to what it holds."),
        folder: z
          .string()
          .regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[^/\\:][^\\:]*$/, "a folder of the repository")
          .optional()
          .describe("Of `git`: the folder of the repository that is the trust root; left out: all of it."),
      })
      .refine(({ root, git }) => (root === undefined) !== (git === undefined), {
        message: "a trust root is a folder (`root`), or a commit of a repository (`git` and `at`)",
      })
      .refine(({ git, at }) => (git === undefined) === (at === undefined), {
        message: "`git` goes with `at`: the commit or tag that the trust root is",
      })
      .refine(({ git, folder }) => git !== undefined || folder === undefined, {
        path: ["folder"],
        message: "`folder` is of a repository; the folder itself is `root`",
      })
      .optional()
      .describe("Where trust comes from; left out: the project itself. OPSC_TRUST in the environment goes before it."),
    workspace: z
      .string()
      .regex(/^[a-z0-9_-]+$/, "a name of lower-case letters, digits, - and _")
      .default("default")
      .describe("The workspace plans are bound to, unless --workspace names another."),
    plan: z
      .strictObject({ lifetime: duration.default("72h").describe("How long a plan may be applied after it was made.") })
      .default({ lifetime: "72h" }),
    secrets: z
      .strictObject({
        vault: z
          .strictObject({
            address: z
              .string()
              .regex(/^https?:\/\/[^@]+$/, "an address such as https://vault.example.com:8200")
              .optional()
              .describe("Where Vault is; left out: what VAULT_ADDR says. Where both say something they must agree."),
            namespace: z.string().min(1).optional().describe("Left out: what VAULT_NAMESPACE says."),
            ca: z
              .string()
              .min(1)
              .optional()
              .describe("A file with the certificate of its authority, PEM; left out: what VAULT_CACERT says."),
            timeout: duration.default("10s").describe("How long an answer may take."),
            token: credential
              .optional()
              .describe("Where the token is: `@env:NAME` or `@file:PATH`; left out: `@env:VAULT_TOKEN`."),
            appRole: z
              .strictObject({
                mount: z.string().min(1).default("approle").describe("Where the method is mounted."),
                roleId: z.string().min(1).describe("Which role logs in."),
                secretId: credential.describe("Where the secret id is: `@env:NAME` or `@file:PATH`."),
              })
              .optional()
              .describe("Logs in with an AppRole, in place of a token."),
          })
          .optional()
          .describe("The Vault that secrets from `vault(…)` are read in."),
        exec: z
          .strictObject({ timeout: duration.default("30s").describe("How long the command of a secret may take.") })
          .default({ timeout: "30s" }),
        file: z
          .strictObject({
            worldReadable: z
              .boolean()
              .default(false)
              .describe(
                "Files of secrets that every user of the machine may read are taken too, as some containers mount them.",
              ),
          })
          .default({ worldReadable: false }),
      })
      .default({ exec: { timeout: "30s" }, file: { worldReadable: false } })
      .describe("How secrets are read."),
    check: z
      .strictObject({
        severity: z
          .partialRecord(z.enum(ADJUSTABLE), z.enum(["off", "warning", "error"]))
          .default({})
          .describe("Warnings by code: off, warning or error. Errors cannot be lowered."),
        failLevel: z
          .enum(["error", "warning"])
          .default("error")
          .describe("The least that makes opsc check fail, unless --fail-level says otherwise."),
      })
      .default({ severity: {}, failLevel: "error" }),
    audit: z
      .strictObject({
        checkpoint: z
          .strictObject({
            origin: origin.describe("Which log it is, in every checkpoint: a name that no other log has."),
            key: secret.describe(
              "The key checkpoints are signed with (`opsc audit keygen` makes one): a file that its owner alone can read, or `@env:NAME`.",
            ),
            to: z
              .array(place)
              .default([])
              .describe(
                "Where a checkpoint is put before a run first writes, and at its end. A run that cannot do the first does not write.",
              ),
          })
          .optional()
          .describe(
            "Signed statements of how long the log was and what it held, to be kept where whoever writes the log cannot write.",
          ),
        retention: z
          .strictObject({
            atLeast: duration.optional().describe("No run is erased before it has ended this long ago."),
            atMost: duration
              .optional()
              .describe("`opsc audit erase --due` erases the runs that have ended longer ago."),
          })
          .optional()
          .describe("How long runs are kept; left out: for ever."),
        sinks: z
          .array(sink)
          .default([])
          .describe(
            "Where a copy of every entry goes, as `opsc audit export` writes it: before a run first writes if `required`, and at its end.",
          ),
      })
      .default({ sinks: [] })
      .describe("What makes changes of the log show to others."),
  })
  .describe("Configuration of an opsc project");

export type Config = z.infer<typeof configSchema>;

/** `opsc.trust.json`: what a trust root says of identities, beside the approvers and guardrails of its `.ops` files. */
import { z } from "zod";

const file = z
  .string()
  .min(1)
  .regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[^/\\][^\\]*$/, "a path within the folder of opsc.trust.json");

export const issuerSchema = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/, error: "a URL that begins with https:// or http://" })
    .describe("As tokens name it in `iss`; its keys are found by discovery."),
  audience: z.string().min(1).describe("What `aud` of a token must hold: ask for tokens made for opsc alone."),
  claims: z
    .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
    .default({})
    .describe("Claims a token must have, each with this value or one of these; `*` in a value stands for any text."),
  identity: z.string().min(1).describe("The name such a token gives, with claims as holes: `ci:${repository}`."),
  algorithms: z
    .array(z.enum(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]))
    .min(1)
    .default(["RS256", "ES256", "EdDSA"])
    .describe("How tokens may be signed."),
});

export const trustSchema = z
  .strictObject({
    $schema: z.string().optional(),
    identities: z
      .enum(["unverified", "signed"])
      .default("unverified")
      .describe(
        "`unverified`: names are taken at their word. `signed`: requests, approvals and who applies count only with a signature.",
      ),
    allowedSigners: file
      .optional()
      .describe("File of public keys by name, as ssh-keygen and git read it (ALLOWED SIGNERS in ssh-keygen(1))."),
    revokedKeys: file
      .optional()
      .describe(
        "File of keys that do not count any more: public keys, a line each, or an OpenSSH key revocation list.",
      ),
    oidc: z.array(issuerSchema).default([]).describe("Issuers of tokens that say who a job of CI is."),
    breakGlass: z
      .array(z.string().min(1))
      .default([])
      .describe("Approvers of the trust root, by name, who may set approvals aside in an emergency, with a reason."),
    logKeys: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Keys that checkpoints of the log, and runs that begin, may be signed with, as `opsc audit keygen` prints them. With any, no other run is taken up.",
      ),
  })
  .refine((trust) => trust.identities !== "signed" || trust.allowedSigners !== undefined || trust.oidc.length > 0, {
    path: ["identities"],
    message: "signed needs allowedSigners: without keys nobody could sign",
  })
  .describe("What a trust root says of identities");

export type TrustSettings = z.infer<typeof trustSchema>;
export type OidcIssuer = z.infer<typeof issuerSchema>;

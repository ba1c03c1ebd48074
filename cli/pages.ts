/** Pages of `opsc help` that are of no single command. */
import { EXIT_CODES } from "./exit-codes.ts";
import type { Topic } from "./topics.ts";

const ENVIRONMENT: readonly { readonly name: string; readonly text: string }[] = [
  { name: "OPSC_DIR", text: "the project's folder, as --dir; by default the nearest that holds opsc.config.json" },
  { name: "OPSC_AS", text: "who acts, as --as; by default git's user.email, else USER@HOST" },
  { name: "OPSC_KEY", text: "the key to sign with, as --key; by default git's user.signingKey" },
  {
    name: "OPSC_TRUST",
    text: "the trust root, before any configuration: a folder, git:REPOSITORY@COMMIT or git:REPOSITORY@COMMIT:FOLDER",
  },
  { name: "VAULT_ADDR", text: "where Vault is; beside it VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CACERT" },
  {
    name: "OPSC_OIDC_TOKEN",
    text: "in a job of CI: a token of an issuer that the trust root names, which says who acts; given to no process that opsc starts",
  },
  { name: "OPSC_OIDC_TOKEN_FILE", text: "a file that holds it in place of that" },
  {
    name: "ACTIONS_ID_TOKEN_REQUEST_URL",
    text: "of GitHub Actions, with ACTIONS_ID_TOKEN_REQUEST_TOKEN: where opsc asks for one if the trust root names an issuer",
  },
  { name: "NO_COLOR", text: "set to anything: no colours, as --no-color" },
  { name: "FORCE_COLOR", text: "set to anything but 0: colours also where no terminal is" },
  { name: "CI", text: "set to anything but false: progress as lines, and nobody is asked" },
  { name: "GITHUB_ACTIONS", text: "true: a run that does not succeed is also told as an annotation" },
  { name: "TERM", text: "dumb: no colours, and progress as lines" },
  { name: "COLUMNS", text: "how wide what is shown may be, where no terminal says so" },
  { name: "NODE_COMPILE_CACHE", text: "of Node.js: a folder that makes every start some milliseconds faster" },
];

/** Names and what is said of them. */
export function page(topic: Topic): (readonly [string, string])[] {
  switch (topic) {
    case "environment":
      return ENVIRONMENT.map(({ name, text }) => [name, text]);
    case "exit-codes":
      return EXIT_CODES.map(({ code, means, next }) => [String(code), `${means}; ${next}`.replaceAll("`", "")]);
  }
}

export function pageJson(topic: Topic): readonly object[] {
  switch (topic) {
    case "environment":
      return ENVIRONMENT;
    case "exit-codes":
      return EXIT_CODES;
  }
}

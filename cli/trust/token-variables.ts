/** Variables that hold a token of OpenID Connect, or what one is asked for with. No process that opsc starts is given them. */
import process from "node:process";

export const TOKEN = "OPSC_OIDC_TOKEN";
export const TOKEN_FILE = "OPSC_OIDC_TOKEN_FILE";
/** Of GitHub Actions, in jobs with `permissions: { id-token: write }`. */
export const REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL";
export const REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

const taken = new Map<string, string>();

/** Its value, which is in the environment of this process no more, and so in that of no other; "" where there is none. */
export function take(name: typeof TOKEN | typeof REQUEST_TOKEN): string {
  const value = process.env[name] ?? "";
  delete process.env[name];
  if (value !== "") taken.set(name, value);
  return taken.get(name) ?? "";
}

/**
 * The proxies that the surroundings name: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in small letters or large. Node.js goes by them
 * itself once it is told to; how, is its affair. `fetch` asks the proxy for a tunnel for HTTP, too, so that a proxy sees hosts and ports, and nothing that
 * is sent there. PostgreSQL is never spoken to through one.
 */
type Environment = { readonly [name: string]: string | undefined };

export interface Proxies {
  /** URLs; null where there is none. */
  readonly https: string | null;
  readonly http: string | null;
  /** Hosts that are spoken to directly, as NO_PROXY has them; this machine always is. */
  readonly direct: string;
}

/** Whoever is on this machine is not reached by way of another. */
const LOOPBACK = ["localhost", "127.0.0.1", "::1", "[::1]"];

/** null where none is named, or everything is spoken to directly. `problem` is what is wrong with what is named: it is not heeded then. */
export function proxiesOf(env: Environment): { readonly proxies: Proxies | null; readonly problem: string | null } {
  const said = (name: string): string => (env[name.toLowerCase()] || env[name] || "").trim();
  const [https, http, direct] = [said("HTTPS_PROXY"), said("HTTP_PROXY"), said("NO_PROXY")];
  const wrong = [
    ["HTTPS_PROXY", https],
    ["HTTP_PROXY", http],
  ].find(([, url = ""]) => url !== "" && !isProxy(url));
  // What it says is not quoted: it may hold a password.
  if (wrong !== undefined) return { proxies: null, problem: `${wrong[0]} is no URL of a proxy` };
  if ((https === "" && http === "") || direct === "*") return { proxies: null, problem: null };
  const all = [...direct.split(/[\s,]+/).filter((each) => each !== ""), ...LOOPBACK].join(",");
  return { proxies: { https: https || null, http: http || null, direct: all }, problem: null };
}

const isProxy = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** Passwords of the proxies, which are shown nowhere. */
export function passwordsOf({ https, http }: Proxies): string[] {
  return [https, http].flatMap((url) => {
    const { password } = new URL(url ?? "http://none");
    return password === "" ? [] : [password, decoded(password)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Switch {
  readonly setGlobalProxyFromEnv?: (env: { [name: string]: string }) => () => void;
}

let heeded = false;

/** Whether requests of this process go through proxies, where hosts are not spoken to directly. */
export const goesThroughProxies = (): boolean => heeded;

/** Whether this Node.js can be told while it runs: 24.14 and later. Others have NODE_USE_ENV_PROXY, before they start. */
export const canHeed = (): boolean => switchOf().setGlobalProxyFromEnv !== undefined;

const switchOf = (): Switch => process.getBuiltinModule("node:http") as Switch;

/** From now on this process goes by them. What is given back ends that. */
export function heed({ https, http, direct }: Proxies): () => void {
  const env = {
    ...(https === null ? {} : { https_proxy: https }),
    ...(http === null ? {} : { http_proxy: http }),
    no_proxy: direct,
  };
  const back = switchOf().setGlobalProxyFromEnv?.(env);
  heeded = back !== undefined;
  return () => {
    back?.();
    heeded = false;
  };
}

/** Speaks HTTP to services. */
import {
  type Context,
  defineProvider,
  duration,
  json,
  operation,
  ProviderError,
  secret,
  type Value,
  z,
} from "../../provider/kit.ts";
import { type Answer, BODY_LIMIT, exchange } from "./exchange.ts";

const config = z.object({
  base_url: z.string().optional().describe("What relative URLs start from; requests then stay on its host."),
  bearer: secret(z.string())
    .optional()
    .describe("A token that goes with every request, as `Authorization: Bearer …`; only with `base_url`."),
});
type Ctx = Context<z.output<typeof config>>;

const TIMEOUT = 30_000;
const REDIRECTS = 5;

const url = z.string().describe("Absolute, or relative to `base_url`. Without user and password.");
const headers = z.record(z.string(), z.string()).optional().describe("Headers to send.");
const secretHeaders = z
  .record(z.string(), secret(z.string()))
  .optional()
  .describe("Headers whose values are secret, beside and before those of `headers`.");
const bearer = secret(z.string())
  .optional()
  .describe("A token that goes with this request, in place of the instance's; only with `base_url`.");
const timeout = duration().default(TIMEOUT).describe("How long to wait for the whole answer.");
const expect = z.array(z.int()).default([]).describe("Statuses that mean success; 200 to 299 if empty.");
const body = z.string().optional().describe("What to send, as text.");
const jsonBody = json().optional().describe("What to send, as JSON; instead of `body`.");
const secretJson = z
  .record(z.string(), secret(z.string()))
  .optional()
  .describe("Fields whose values are secret: `json`, a record or left out, is sent with them.");

const answer = z.object({
  status: z.int(),
  headers: z
    .record(z.string(), z.string())
    .describe("By name in lower case, but for `set-cookie`, which is as good as a login."),
  body: z.string().describe("As text; at most 1 MiB."),
  json: json().describe("The body read as JSON; null where it is none."),
});

const refuse = (message: string): ProviderError => new ProviderError(message, { retryable: false });

function target(text: string, ctx: Ctx): URL {
  const base = ctx.config.base_url;
  if (base !== undefined && !URL.canParse(base))
    throw refuse("`base_url` is not an absolute URL, such as https://api.example.com/v1/");
  if (!URL.canParse(text, base)) {
    throw refuse(`\`url\` is not an absolute URL${base === undefined ? ", and the instance has no `base_url`" : ""}`);
  }
  const to = new URL(text, base);
  if (to.protocol !== "http:" && to.protocol !== "https:")
    throw refuse(`\`url\` must begin with http:// or https://, not ${to.protocol}`);
  if (to.username !== "" || to.password !== "")
    throw refuse("`url` holds a user or password, which would be shown in plans. Send a header instead.");
  if (base !== undefined && to.origin !== new URL(base).origin) {
    throw refuse(
      `\`url\` leads to ${to.origin}, away from the instance's \`base_url\`. Use an instance without one, or with that one.`,
    );
  }
  return to;
}

type Texts = { readonly [name: string]: string };

interface Request {
  readonly url: string;
  readonly headers?: Texts | undefined;
  readonly bearer?: string | undefined;
  readonly secret_headers?: Texts | undefined;
  readonly timeout: number;
  readonly body?: string | undefined;
  readonly json?: Value | undefined;
  readonly secret_json?: Texts | undefined;
}

const METHOD = /^[A-Z]+$/;
/** Set by what speaks HTTP for us; given by hand they would contradict it. */
const OWN_HEADERS = ["connection", "content-length", "expect", "host", "keep-alive", "transfer-encoding", "upgrade"];

function headersFor(request: Request, ctx: Ctx, more: Texts): Texts {
  const bearer = request.bearer ?? ctx.config.bearer;
  // Else a URL that somebody else chose would be sent the token.
  if (bearer !== undefined && ctx.config.base_url === undefined)
    throw refuse("`bearer` is sent to `base_url` only: set that too");
  const token = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const given = Object.entries({ ...token, ...request.headers, ...request.secret_headers }).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  if (request.bearer !== undefined && given.filter(([name]) => name === "authorization").length > 1)
    throw refuse("give `bearer` or a header `authorization`, not both");
  for (const [name, value] of given) {
    if (OWN_HEADERS.includes(name)) throw refuse(`the header \`${name}\` is set by itself. Leave it out.`);
    try {
      new Headers([[name, value]]);
    } catch {
      // The value is not quoted: it may be a credential.
      throw refuse(`the header \`${name}\` has a name or value that HTTP does not allow`);
    }
  }
  const json = jsonFor(request) === undefined ? {} : { "content-type": "application/json" };
  return { "user-agent": "opsc", ...json, ...more, ...Object.fromEntries(given) };
}

/** With the fields that are secret; undefined where there is none to send. */
function jsonFor({ json, secret_json: fields }: Request): Value | undefined {
  if (fields === undefined) return json;
  if (json === undefined) return fields;
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw refuse("`secret_json` goes with a `json` that is a record, or with none");
  const twice = Object.keys(fields).find((name) => Object.hasOwn(json, name));
  if (twice !== undefined) throw refuse(`\`json\` and \`secret_json\` both have \`${twice}\``);
  return { ...json, ...fields };
}

async function send(method: string, request: Request, ctx: Ctx, more: Texts = {}): Promise<Answer> {
  if (!METHOD.test(method)) throw refuse("`method` must be a word in capitals, such as PATCH");
  const json = jsonFor(request);
  if (request.body !== undefined && json !== undefined) throw refuse("give `body` or `json`, not both");
  const content = json === undefined ? (request.body ?? null) : JSON.stringify(json);
  if (content !== null && (method === "GET" || method === "HEAD"))
    throw refuse(`a ${method} request has no body. Leave out \`body\` and \`json\`.`);
  return exchange({
    method,
    url: target(request.url, ctx),
    headers: headersFor(request, ctx, more),
    body: content,
    signal: ctx.signal,
    timeoutMs: request.timeout,
    redirects: method === "GET" ? REDIRECTS : 0,
  });
}

/** Without what may hold a token: a message goes into the log. */
const bare = (to: string): string => to.replace(/[?#].*$/s, "");

/** Lines of an answer's body are not quoted: they may hold anything. */
function expected(method: string, to: string, found: Answer, statuses: readonly number[]): z.input<typeof answer> {
  const good = statuses.length === 0 ? found.status >= 200 && found.status <= 299 : statuses.includes(found.status);
  if (good) return resultOf(found);
  const wanted = statuses.length === 0 ? "200 to 299" : statuses.join(" or ");
  const location =
    found.headers.location === undefined
      ? ""
      : ` (to ${bare(found.headers.location)}; redirects of writes are not followed)`;
  throw new ProviderError(`${method} ${bare(to)}: the answer was ${found.status}${location}, expected ${wanted}`, {
    retryable: found.status >= 500 || found.status === 429,
  });
}

const resultOf = (found: Answer): z.input<typeof answer> => ({
  status: found.status,
  headers: found.headers,
  body: found.body,
  json: found.json,
});

const get = operation({
  doc: "Reads a URL. Any status is an answer; only no answer is an error. Redirects are followed within the same host.",
  config,
  params: z.object({ url, headers, timeout, bearer, secret_headers: secretHeaders }),
  result: answer,
  effect: "read",
  resource: "http:{url from base_url}",
  repeat: "idempotent",
  async run(args, ctx) {
    const found = await send("GET", args, ctx);
    if (found.cut)
      throw refuse(
        `GET ${bare(args.url)}: the answer is longer than ${BODY_LIMIT / 1024 / 1024} MiB. Ask for less of it.`,
      );
    return resultOf(found);
  },
});

const request = operation({
  doc: "Sends a request of any method. Declare an operation of your own over it to say what it touches.",
  config,
  params: z.object({
    method: z.string().describe("In capitals: PATCH."),
    url,
    headers,
    body,
    json: jsonBody,
    expect,
    timeout,
    bearer,
    secret_headers: secretHeaders,
    secret_json: secretJson,
  }),
  result: answer,
  effect: "write",
  resource: "http:{url from base_url}",
  repeat: "once",
  declarable: true,
  async run(args, ctx) {
    return expected(args.method, args.url, await send(args.method, args, ctx), args.expect);
  },
});

const put = operation({
  doc: "Puts a document at a URL.",
  config,
  params: z.object({
    url,
    headers,
    body,
    json: jsonBody,
    expect,
    timeout,
    bearer,
    secret_headers: secretHeaders,
    secret_json: secretJson,
  }),
  result: answer,
  effect: "write",
  resource: "http:{url from base_url}",
  repeat: "idempotent",
  async run(args, ctx) {
    return expected("PUT", args.url, await send("PUT", args, ctx), args.expect);
  },
});

const post = operation({
  doc: "Posts to a URL, with an `Idempotency-Key` header that is the same for every attempt of one call.",
  config,
  params: z.object({
    url,
    headers,
    body,
    json: jsonBody,
    expect,
    timeout,
    bearer,
    secret_headers: secretHeaders,
    secret_json: secretJson,
  }),
  result: answer,
  effect: "write",
  resource: "http:{url from base_url}",
  // Whether the service heeds the key is not known here; a team that knows can send it with `request` and say `keyed`.
  repeat: "once",
  async run(args, ctx) {
    const key: Texts = ctx.key === null ? {} : { "idempotency-key": ctx.key };
    return expected("POST", args.url, await send("POST", args, ctx, key), args.expect);
  },
});

const remove = operation({
  doc: "Deletes what is at a URL. That it is not there (404, 410) is success too.",
  config,
  params: z.object({
    url,
    headers,
    expect: z.array(z.int()).default([]).describe("Statuses that mean success; 200 to 299, 404 and 410 if empty."),
    timeout,
    bearer,
    secret_headers: secretHeaders,
  }),
  result: answer,
  effect: "destroy",
  resource: "http:{url from base_url}",
  repeat: "idempotent",
  async run(args, ctx) {
    const found = await send("DELETE", args, ctx);
    if (args.expect.length === 0 && (found.status === 404 || found.status === 410)) return resultOf(found);
    return expected("DELETE", args.url, found, args.expect);
  },
});

export default defineProvider({
  name: "http",
  version: "1.0.0",
  doc: "Speaks HTTP to services.",
  config,
  operations: { get, request, put, post, delete: remove },
});

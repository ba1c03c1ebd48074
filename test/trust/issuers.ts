/** Issuers of tokens for tests: a real one (oidc-provider), and one that says whatever it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import Provider from "oidc-provider";

export const AUDIENCE = "https://opsc.example.com";

async function listening(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

const closed = (server: Server) => (): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

export interface RealIssuer {
  readonly issuer: string;
  /** A token of the job `deploy`, for this audience. */
  token(audience?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Gives a job, which is a client with a secret of its own, tokens by `client_credentials` (RFC 6749 §4.4, RFC 8707). */
export async function startRealIssuer(): Promise<RealIssuer> {
  let provider: Provider | null = null;
  const { server, url } = await listening((request, response) => void provider?.callback()(request, response));
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", kid: "real", use: "sig" }] },
    clients: [
      {
        client_id: "deploy",
        client_secret: "job-secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    extraTokenClaims: () => ({ repository: "acme/ops", ref: "refs/heads/main" }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: "",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
  return {
    issuer: url,
    async token(audience = AUDIENCE) {
      const answer = await fetch(`${url}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from("deploy:job-secret").toString("base64")}` },
        body: new URLSearchParams({ grant_type: "client_credentials", resource: audience }),
      });
      const json: unknown = await answer.json();
      if (typeof json === "object" && json !== null && "access_token" in json) return String(json.access_token);
      throw new Error(`the issuer gave no token: ${JSON.stringify(json)}`);
    },
    stop: closed(server),
  };
}

export interface AnyIssuer {
  readonly issuer: string;
  /** What it answers by path: text, or a status. */
  readonly answers: Map<string, string | number>;
  /** Its key's, unless another is given. */
  token(claims?: Readonly<Record<string, unknown>>, options?: TokenOptions): Promise<string>;
  readonly publicKey: CryptoKey;
  stop(): Promise<void>;
}

export interface TokenOptions {
  readonly alg?: string;
  readonly key?: CryptoKey | Uint8Array;
  readonly kid?: string;
  /** Seconds from now. */
  readonly issued?: number;
  readonly expires?: number | null;
  readonly notBefore?: number;
}

export async function startAnyIssuer(): Promise<AnyIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const answers = new Map<string, string | number>();
  const { server, url } = await listening((request, response) => {
    const answer = answers.get(request.url ?? "");
    if (answer === 0) return;
    if (answer === 302) response.writeHead(302, { location: "/jwks" }).end();
    else if (typeof answer === "string") response.end(answer);
    else response.writeHead(answer ?? 404).end();
  });
  answers.set("/.well-known/openid-configuration", JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }));
  answers.set(
    "/jwks",
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: "RS256", kid: "any", use: "sig" }] }),
  );
  return {
    issuer: url,
    answers,
    publicKey,
    async token(claims = {}, options = {}) {
      const now = Math.floor(Date.now() / 1000);
      const { alg = "RS256", key = privateKey, kid = "any", issued = 0, expires = 300, notBefore } = options;
      const token = new SignJWT({ iss: url, aud: AUDIENCE, sub: "job", repository: "acme/ops", ...claims })
        .setProtectedHeader({ alg, kid })
        .setIssuedAt(now + issued);
      if (expires !== null) token.setExpirationTime(now + expires);
      if (notBefore !== undefined) token.setNotBefore(now + notBefore);
      return token.sign(key);
    },
    stop: closed(server),
  };
}

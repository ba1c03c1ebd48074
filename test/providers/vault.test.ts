/** The provider against the stand-in for Vault. */
import { describe, expect, test } from "vitest";
import { callProvider } from "../../runtime/provider/call.ts";
import type { Invocation } from "../../runtime/provider/contract.ts";
import vault from "../../runtime/providers/vault/index.ts";
import { type StandIn, startVault } from "../tools/vault.ts";
import { providerContract, type World } from "./contract.ts";
import { discard, invocation, options, scratch } from "./helpers/world.ts";

interface Store extends World {
  readonly server: StandIn;
}

const PATH = "secret/ledger/app";

async function setUp(): Promise<Store> {
  const server = await startVault({ tokens: ["token-of-the-tests"] });
  server.put(PATH, { username: "app_a", password: "the first password" });
  const directory = await scratch();
  return {
    server,
    directory,
    // What whoever reads the newest gets; how many versions that took is nobody's business but that of `generate`.
    look: async () => ({ newest: server.get(PATH), versions: server.get("secret/other") }),
    async close() {
      await server.close();
      await discard(directory);
    },
  };
}
const config = ({ server }: Store): Invocation["config"] => ({ address: server.address, token: "token-of-the-tests" });

providerContract<Store>({
  provider: vault,
  config,
  setUp,
  cases: {
    version: {
      good: () => ({ path: PATH }),
      wrong: [
        [{ path: "kv1/app" }, /no versioned key-value store/],
        [{ path: "secret/../sys/seal" }, /no path in Vault/],
      ],
      slow: "either",
    },
    generate: {
      good: () => ({ path: PATH, beside: { username: "app_b" } }),
      wrong: [
        [{ path: PATH, length: 8 }, /at least 16/],
        [{ path: PATH, beside: { password: "mine" } }, /set by themselves/],
        [{ path: "kv1/app" }, /nothing could be put back/],
      ],
      slow: "either",
    },
    destroy: {
      good: () => ({ path: PATH, versions: [1] }),
      wrong: [[{ path: PATH, versions: [] }, /at least 1/]],
      slow: "either",
    },
  },
});

describe("a generated password", () => {
  const with_ = async (use: (store: Store) => Promise<void>): Promise<void> => {
    const store = await setUp();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };
  const call = (store: Store, kind: "run" | "capture" | "undo", args: Invocation["args"], more: object = {}) =>
    callProvider(
      vault,
      kind,
      { ...invocation("generate", args, config(store)), key: "run-1/make" },
      options(store.directory, more),
    );

  test("is in Vault and nowhere in the answer, which says where it is", () =>
    with_(async (store) => {
      const answer = await call(store, "run", { path: PATH, beside: { username: "app_b" } });
      expect(answer).toMatchObject({
        ok: true,
        value: {
          password: { $secret: { from: "vault", path: PATH, field: "password", version: 2 } },
          path: PATH,
          field: "password",
          version: 2,
        },
      });
      const kept = store.server.get(PATH);
      expect(kept).toMatchObject({ username: "app_b", password: expect.stringMatching(/^[A-Za-z0-9]{32}$/) });
      expect(JSON.stringify(answer)).not.toContain(String(kept?.password));
    }));

  test("is made once, however often the call is repeated", () =>
    with_(async (store) => {
      const first = await call(store, "run", { path: PATH });
      expect(await call(store, "run", { path: PATH })).toEqual(first);
    }));

  test("is taken back to what was there, and the version is destroyed", () =>
    with_(async (store) => {
      const captured = await call(store, "capture", { path: PATH });
      if (!captured.ok) throw new Error(captured.failure.message);
      await call(store, "run", { path: PATH });
      expect(await call(store, "undo", { path: PATH }, { captured: captured.value })).toMatchObject({ ok: true });
      expect(store.server.get(PATH)).toEqual({ username: "app_a", password: "the first password" });
    }));

  test("what somebody wrote since stays", () =>
    with_(async (store) => {
      const captured = await call(store, "capture", { path: PATH });
      if (!captured.ok) throw new Error(captured.failure.message);
      await call(store, "run", { path: PATH });
      store.server.put(PATH, { password: "by hand, since" });
      expect(await call(store, "undo", { path: PATH }, { captured: captured.value })).toMatchObject({ ok: true });
      expect(store.server.get(PATH)).toEqual({ password: "by hand, since" });
      expect(store.server.requests.at(-1)).toBe("PUT secret/destroy/ledger/app");
    }));

  test("of a path where nothing was is gone again", () =>
    with_(async (store) => {
      const args = { path: "secret/new/app" };
      const captured = await call(store, "capture", args);
      if (!captured.ok) throw new Error(captured.failure.message);
      await call(store, "run", args);
      expect(await call(store, "undo", args, { captured: captured.value })).toMatchObject({ ok: true });
      expect(store.server.get("secret/new/app")).toBeNull();
    }));

  test("is taken back to all that was there, also fields that are no text", () =>
    with_(async (store) => {
      const before = { username: "app_a", ports: [1, 2], deep: { a: null }, ttl: 3600, on: true };
      store.server.put(PATH, before);
      const captured = await call(store, "capture", { path: PATH });
      if (!captured.ok) throw new Error(captured.failure.message);
      await call(store, "run", { path: PATH });
      expect(await call(store, "undo", { path: PATH }, { captured: captured.value })).toMatchObject({ ok: true });
      expect(store.server.get(PATH)).toEqual(before);
    }));

  test("is not taken away where what was there is gone: somebody must write that by hand", () =>
    with_(async (store) => {
      const captured = await call(store, "capture", { path: PATH });
      if (!captured.ok) throw new Error(captured.failure.message);
      await call(store, "run", { path: PATH });
      const kept = store.server.get(PATH);
      const destroy = invocation("destroy", { path: PATH, versions: [1] }, config(store));
      await callProvider(vault, "run", destroy, options(store.directory));
      expect(await call(store, "undo", { path: PATH }, { captured: captured.value })).toMatchObject({
        ok: false,
        failure: {
          message: expect.stringContaining("version 1 of secret/ledger/app, which was the newest"),
          retryable: false,
        },
      });
      expect(store.server.get(PATH)).toEqual(kept);
    }));

  test("of which nobody heard is not said to be none, and is the same when it is asked for again", () =>
    with_(async (store) => {
      store.server.cut();
      const lost = await call(store, "run", { path: PATH });
      expect(lost).toMatchObject({
        ok: false,
        failure: {
          kind: "lost",
          message: expect.stringContaining("whether it was written is not known"),
          retryable: true,
        },
      });
      const kept = store.server.get(PATH);
      expect(await call(store, "run", { path: PATH })).toMatchObject({ ok: true, value: { version: 2 } });
      expect(store.server.get(PATH)).toEqual(kept);
    }));

  test("that somebody else writes beside may be tried again", () =>
    with_(async (store) => {
      // Between the look at the newest version and the write.
      store.server.before("PUT", () => store.server.put(PATH, { password: "by hand, meanwhile" }));
      expect(await call(store, "run", { path: PATH })).toMatchObject({
        ok: false,
        failure: { kind: "error", message: expect.stringContaining("somebody else wrote"), retryable: true },
      });
      expect(store.server.get(PATH)).toEqual({ password: "by hand, meanwhile" });
      expect(await call(store, "run", { path: PATH })).toMatchObject({ ok: true, value: { version: 3 } });
    }));

  test("of a Vault that is not there is known not to be made", () =>
    with_(async (store) => {
      const gone = { ...config(store), address: "http://127.0.0.1:1" };
      const refused = await callProvider(
        vault,
        "run",
        invocation("generate", { path: PATH }, gone),
        options(store.directory),
      );
      expect(refused).toMatchObject({
        ok: false,
        failure: { kind: "error", message: expect.stringContaining("nothing listens there"), retryable: true },
      });
    }));

  test("of a Vault that does not let in, or is sealed, says so without the token", () =>
    with_(async (store) => {
      const wrong = { ...config(store), token: "another-token" };
      const refused = await callProvider(
        vault,
        "run",
        invocation("version", { path: PATH }, wrong),
        options(store.directory),
      );
      expect(refused).toMatchObject({ ok: false, failure: { retryable: false } });
      expect(JSON.stringify(refused)).not.toContain("another-token");
      store.server.fail(503, 503);
      expect(await call(store, "run", { path: PATH })).toMatchObject({ ok: false, failure: { retryable: true } });
    }));
});

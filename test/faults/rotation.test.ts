import { expect, test } from "vitest";
import { startRotation } from "./rotation.ts";

// `node test/faults/rotation.ts` kills it around every append, some fifty times.
test("a rotation on a real PostgreSQL, killed and resumed: the applications can always log in", {
  timeout: 300_000,
}, async () => {
  const rotation = await startRotation();
  try {
    const appends = await rotation.appends();
    // In the middle of each part: the password, the login, the applications, the end.
    const places = [0.3, 0.5, 0.7, 1].map((part) => Math.ceil(appends * part));
    for (const n of places.slice(0, 3)) expect(await rotation.killed("before", n)).toBe("as planned");
    expect(await rotation.killed("after", places[1] ?? 1)).toBe("as planned");
    // Everything was done, and the end alone is not recorded: at the last time that it writes, whichever that is now.
    let last = places[3] ?? 1;
    while ((await rotation.killed("before", last)) === "not killed") last -= 1;
    expect(last).toBeGreaterThan(places[2] ?? 1);
  } finally {
    await rotation.stop();
  }
});

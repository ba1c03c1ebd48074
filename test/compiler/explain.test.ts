/** `opsc explain`: the page of a code, or all codes. */
import { expect, test } from "vitest";
import { run } from "../../cli/commands/explain.ts";
import { Stop } from "../../cli/exit.ts";
import type { Io } from "../../cli/io.ts";
import { CODES } from "../../compiler/diagnostics/registry.ts";

function terminal(over: Partial<Io> = {}): { readonly io: Io; text: () => string } {
  const lines: string[] = [];
  const io: Io = {
    json: false,
    color: false,
    width: 80,
    live: false,
    interactive: false,
    out: (text) => lines.push(text),
    raw: (text) => lines.push(text),
    err: (text) => lines.push(`error output: ${text}`),
    rawJson: (text) => lines.push(text),
    rawErr: (text) => lines.push(`error output: ${text}`),
    ...over,
  };
  return { io, text: () => lines.join("\n") };
}

test("a page says what it is, why it matters, what is wrong and what is right", async () => {
  const { io, text } = terminal();
  expect(await run(io, "write-without-rollback")).toBe(0);
  expect(text()).toBe(`A change that does not say how it is undone (write-without-rollback, error)

When a later step fails, everything that has started is undone. A change that
nobody can undo must be a decision that a reviewer sees, not an omission. The
same goes for one that needs no undoing, such as a restart.

Instead of

    use file

    action note(path: string) {
      step write = file.write(path: path, content: "done")
    }

write

    use file

    action note(path: string) {
      step write = file.write(path: path, content: "done") { rollback auto }
    }

Add a rollback: auto where the provider knows how, a call or a block of steps,
nothing "why", or say irreversible "why".`);
});

test("examples of several files name them", async () => {
  const { io, text } = terminal();
  await run(io, "import-cycle");
  expect(text()).toContain("    // a.ops\n    import { two } from");
  expect(text()).toContain("    // numbers.ops\n    let one = 1");
});

test("without a code every code is listed with its title", async () => {
  const { io, text } = terminal({ width: 200 });
  await run(io, undefined);
  expect(text().split("\n").length).toBe(CODES.length + 1);
  expect(text()).toContain("unused-name                A name that nothing uses");
});

test("codes are found as people write them, and nearly so", async () => {
  const { io, text } = terminal();
  await run(io, "Unused_Name");
  expect(text()).toContain("(unused-name, warning)");
  const wrong = await run(io, "unusd-name").catch((error: unknown) => error);
  expect(wrong).toBeInstanceOf(Stop);
  expect(wrong).toMatchObject({ code: 1, help: "did you mean unused-name?" });
  await expect(run(io, "nonsense")).rejects.toMatchObject({ help: "opsc explain lists them all" });
});

test("--json gives the page, or all titles, as one document", async () => {
  const one = terminal({ json: true });
  await run(one.io, "bad-number");
  expect(JSON.parse(one.text())).toMatchObject({ code: "bad-number", severity: "error", bad: "let pause = 10min\n" });
  const all = terminal({ json: true });
  await run(all.io, undefined);
  expect(JSON.parse(all.text())).toHaveLength(CODES.length + 1);
});

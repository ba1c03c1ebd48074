/**
 * Tries the packaged extension in a real VS Code, as a person would. Pictures of what it looks like are left in `out/`, in both
 * themes. `npm run test:vscode` packages it first; the README says what has to be installed.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { Code, type Options } from "./code.ts";

const OUT = path.join(import.meta.dirname, "out");
const failed: string[] = [];

async function within(
  options: Options,
  work: (code: Code, step: (name: string, work: () => Promise<void>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const code = await Code.start(options);
  const name = `${options.trusted ? "" : "untrusted-"}${options.theme}`;
  try {
    await work(code, async (what, act) => {
      const begun = Date.now();
      try {
        await act();
        process.stdout.write(`ok    ${name}: ${what} (${Date.now() - begun} ms)\n`);
      } catch (error) {
        failed.push(what);
        const file = path.join(OUT, `failed-${failed.length}.png`);
        await code.shot(file);
        process.stdout.write(
          `FAILS ${name}: ${what}: ${error instanceof Error ? error.message : error}\n      ${file}\n`,
        );
      }
    });
  } finally {
    await code.close();
  }
}

const shot = (code: Code, name: string): Promise<void> => code.shot(path.join(OUT, `${name}.png`));

mkdirSync(OUT, { recursive: true });

await within({ theme: "light", trusted: true, project: "examples/release" }, async (code, step) => {
  const { page } = code;
  const { keyboard } = page;
  const squiggle = page.locator(".squiggly-error");
  const lens = page.locator(".codelens-decoration a", { hasText: "Plan · 2 steps · 1 approval" });
  await code.open("release.ops");

  await step("a lens stands above the action", () => lens.waitFor());

  await step("a squiggle comes with a mistake, and goes with it", async () => {
    await code.goTo(9, 1);
    await keyboard.insertText("let broken: int = true");
    await squiggle.first().waitFor();
    await emptied(code, 9);
    await squiggle.first().waitFor({ state: "detached" });
  });

  await step("a mistake is explained", async () => {
    await code.goTo(9, 1);
    await keyboard.insertText("let broken: int = true");
    await squiggle.first().waitFor();
    await code.goTo(9, 20);
    await code.command("opsc: Explain Diagnostic");
    const preview = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
    await preview.locator("#type-mismatch").first().waitFor();
    await page.waitForTimeout(500);
    await shot(code, "explain-light");
    await code.command("View: Close All Editors in Group");
    await code.open("release.ops");
    await emptied(code, 9);
    await squiggle.first().waitFor({ state: "detached" });
    await keyboard.press("Control+S");
  });

  await step("completion brings the import along", async () => {
    await code.open("org.ops");
    await keyboard.press("Control+End");
    await keyboard.insertText("let all_of_them = ");
    await keyboard.type("instan");
    const row = page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "instances" }).first();
    await row.waitFor();
    await shot(code, "completion-light");
    await keyboard.press("Enter");
    await keyboard.press("Control+S");
    await until(() => /import \{ instances \} from "\.\/fleet\.ops"/.test(code.read("org.ops")));
    assert.match(code.read("org.ops"), /let all_of_them = instances/);
  });

  await step("a name is renamed over files", async () => {
    await code.open("release.ops");
    await code.goTo(1, 12);
    await keyboard.press("F2");
    const input = page.locator(".rename-box input");
    await input.waitFor();
    await input.fill("releasers");
    await keyboard.press("Enter");
    await page
      .locator(".view-line", { hasText: "approve by releasers" })
      .first()
      .waitFor({ timeout: 10_000 })
      .catch(() => {});
    await code.command("File: Save All");
    await until(() => code.read("org.ops").includes("approver releasers"));
    assert.match(code.read("release.ops"), /import \{ releasers \}/);
    assert.match(code.read("release.ops"), /approve by releasers/);
  });

  const { plan } = code;
  await step("the lens opens the plan", async () => {
    await code.open("release.ops");
    await code.goTo(20, 1);
    await lens.click();
    await plan.locator("h1", { hasText: "Release v1" }).waitFor();
    await plan.locator("svg.opsc-picture g.node.write").first().waitFor();
    assert.equal(await plan.locator("svg.opsc-picture g.node.approve").count(), 1);
    await shot(code, "plan-light");
  });

  await step("the form plans with other inputs, and keeps what is typed", async () => {
    const version = plan.locator("#input-version");
    await version.fill("v7");
    await plan.locator("h1", { hasText: "Release v7" }).waitFor();
    assert.equal(await version.inputValue(), "v7");
    await plan.locator("#input-batch").fill("9");
    await plan.locator(".problem").first().waitFor();
    await plan.locator("#input-batch[aria-invalid='true']").waitFor();
    await plan.locator("#input-batch").fill("4");
    await plan.locator(".problem").first().waitFor({ state: "detached" });
    await plan.locator("#reason").fill("a reason that is long enough");
    await plan.locator(".gate.fail").first().waitFor({ state: "detached" });
  });

  await step("the plan follows what is written", async () => {
    await code.open("release.ops");
    const line = code.lineOf("release.ops", "approve by");
    await code.goTo(line, 3);
    await keyboard.insertText("// ");
    await plan.locator("svg.opsc-picture g.node.approve").first().waitFor({ state: "detached" });
    await code.goTo(line, 3);
    for (let i = 0; i < 3; i++) await keyboard.press("Delete");
    await plan.locator("svg.opsc-picture g.node.approve").first().waitFor();
    await keyboard.insertText("x");
    await plan.locator("main.stale").waitFor();
    await plan.locator(".problem").first().waitFor();
    assert.ok((await plan.locator("svg.opsc-picture g.node").count()) > 5, "the last picture stays");
    await shot(code, "plan-stale-light");
    await keyboard.press("Backspace");
    await plan.locator("main:not(.stale)").waitFor();
  });

  await step("a box leads to its source, and u shows what undo would do", async () => {
    const box = plan.locator("svg.opsc-picture g.node.check[data-nodes]").last();
    await box.scrollIntoViewIfNeeded();
    await box.click();
    const wanted = code.lineOf("release.ops", "check healthy");
    await page.locator(".active-line-number", { hasText: String(wanted) }).waitFor();
    await plan.locator(".details h3", { hasText: "healthy" }).waitFor();
    await plan.locator(".canvas").press("u");
    await plan.locator(".details .undo ol li").first().waitFor();
    assert.ok((await plan.locator("svg.opsc-picture .badge").count()) > 0);
    await plan.locator("svg.opsc-picture .badge").first().scrollIntoViewIfNeeded();
    await shot(code, "undo-light");
    await plan.locator(".canvas").press("Escape");
    assert.equal(await plan.locator("svg.opsc-picture .badge").count(), 0);
  });

  await step("the keyboard goes through the steps", async () => {
    const list = plan.locator("[role=listbox]");
    await list.focus();
    await list.press("Home");
    const first = await plan.locator("[aria-selected='true'] .id").textContent();
    await list.press("ArrowDown");
    const second = await plan.locator("[aria-selected='true'] .id").textContent();
    assert.notEqual(first, second);
    await list.press("Enter");
    await page.locator(".editor-instance .monaco-editor.focused").first().waitFor();
  });

  await step(
    "the keyboard comes to the steps from the editor, and the view is one however often it is asked for",
    async () => {
      await code.open("release.ops");
      await code.goTo(20, 1);
      await code.command("opsc: Show Plan");
      await code.command("opsc: Show Plan");
      assert.equal(await page.locator(".tab", { hasText: "Plan: release" }).count(), 1);
      await keyboard.press("Control+2");
      await until(async () => {
        await keyboard.press("End");
        return (await plan.locator("[role=listbox]:focus").count()) > 0;
      });
      await keyboard.press("ArrowUp");
      await plan.locator("[role=listbox]:focus [aria-selected='true']").waitFor();
      await keyboard.press("Enter");
      await page.locator(".editor-instance .monaco-editor.focused").first().waitFor();
    },
  );

  await step("a plan is saved, read in a terminal", async () => {
    await plan.locator("#input-version").fill("v2");
    await plan.locator("h1", { hasText: "Release v2" }).waitFor();
    await plan.locator("button", { hasText: "Save plan" }).click();
    const file = page.locator(".quick-input-widget input");
    await file.waitFor();
    await until(async () => (await file.inputValue()).endsWith("/release.opsplan.json"));
    await shot(code, "save-light");
    await keyboard.press("Enter");
    await until(() => existsSync(path.join(code.folder, "release.opsplan.json")));
    await until(() => code.read("release.opsplan.json").trimEnd().endsWith("}"));
    const { plan: saved } = JSON.parse(code.read("release.opsplan.json"));
    const version = saved.inputs.find(({ name }: { readonly name: string }) => name === "version");
    assert.equal(version.value, "v2");
    assert.deepEqual(saved.unread ?? [], []);
  });

  await step("the view comes back with what was filled in when the window is opened again", async () => {
    await plan.locator("button", { hasText: "Pin" }).click();
    await plan.locator("button[aria-pressed='true']").waitFor();
    await code.open("release.ops");
    await code.reload();
    await plan.locator("h1", { hasText: "Release v2" }).waitFor({ timeout: 60_000 });
    assert.equal(await plan.locator("#input-version").inputValue(), "v2");
    await plan.locator("button[aria-pressed='true']").click();
    await plan.locator("svg.opsc-picture g.node.write").first().waitFor();
    await shot(code, "again-light");
  });

  await step("Apply runs in a terminal, and is held to what must be approved", async () => {
    await plan.locator("#input-version").fill("v2");
    await plan.locator("h1", { hasText: "Release v2" }).waitFor();
    await plan.locator("button.primary").click();
    const said = page.locator(".xterm-rows");
    await said.filter({ hasText: "--input version=v2" }).waitFor({ timeout: 30_000 });
    await said.filter({ hasText: "2 more of Release managers" }).waitFor();
    await page.waitForTimeout(1000);
    await shot(code, "apply-light");
  });

  await step("the configuration is held to its schema", async () => {
    await code.open("opsc.config.json");
    await page.locator(".editor-instance .view-lines").first().click();
    await keyboard.press("Control+A");
    await keyboard.insertText('{ "workspace": 7 }');
    await page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  });
});

await within({ theme: "dark", trusted: true, project: "examples/maintenance-window" }, async (code, step) => {
  await step("the plan of an action of actions is drawn in the dark", async () => {
    await code.open("maintenance.ops");
    const line = code.lineOf("maintenance.ops", "action ");
    await code.goTo(line, 3);
    await code.page.locator(".codelens-decoration a").first().waitFor();
    await code.command("opsc: Show Plan");
    await code.plan.locator("svg.opsc-picture g.node").first().waitFor();
    const scheme = await code.plan.locator("body").evaluate((body) => getComputedStyle(body).colorScheme);
    assert.equal(scheme, "dark");
    await shot(code, "plan-dark");
    const box = code.plan.locator("svg.opsc-picture g.node.write[data-nodes]").last();
    await box.scrollIntoViewIfNeeded();
    await box.click();
    await code.plan.locator(".canvas").press("u");
    await code.plan.locator(".details .undo").waitFor();
    await box.scrollIntoViewIfNeeded();
    await shot(code, "undo-dark");
  });
});

await within({ theme: "contrast", trusted: true, project: "examples/release" }, async (code, step) => {
  const { plan } = code;
  await step("in high contrast what is chosen has a border, and a broken project an empty view", async () => {
    await code.open("release.ops");
    await code.goTo(2, 1);
    await code.page.keyboard.insertText("nonsense ");
    await code.command("opsc: Show Plan");
    await plan.locator(".problem").first().waitFor();
    assert.equal(await plan.locator(".picture").isVisible(), false);
    await shot(code, "broken-contrast");
    await code.open("release.ops");
    for (let i = 0; i < "nonsense ".length; i++) await code.page.keyboard.press("Backspace");
    await plan.locator("svg.opsc-picture g.node").first().waitFor();
    const list = plan.locator("[role=listbox]");
    await list.focus();
    await list.press("End");
    const outline = await plan
      .locator("[aria-selected='true']")
      .evaluate((item) => [getComputedStyle(item).outlineStyle, getComputedStyle(item).outlineColor]);
    assert.equal(outline[0], "solid");
    assert.doesNotMatch(outline[1] ?? "", /, 0\)$/);
    await shot(code, "plan-contrast");
    await list.press("u");
    await plan.locator(".details .undo").waitFor();
    await shot(code, "undo-contrast");
  });
});

const TRAP = '#!/bin/sh\ntouch "$(dirname "$0")/sprung"\n';
await within(
  {
    theme: "dark",
    trusted: false,
    project: "examples/custom-provider",
    files: {
      trap: TRAP,
      ".vscode/settings.json": JSON.stringify({ "opsc.path": "./trap" }),
      "provider-flags/index.js":
        'import { writeFileSync } from "node:fs";\nwriteFileSync(new URL("../sprung", import.meta.url), "");\n',
    },
  },
  async (code, step) => {
    await step("in a workspace that is not trusted mistakes are told, and nothing of it is run", async () => {
      await code.open("flags.ops");
      await code.goTo(2, 1);
      await code.page.keyboard.insertText("let broken: int = true");
      await code.page.locator(".squiggly-error").first().waitFor();
      assert.equal(await code.page.locator(".codelens-decoration a").count(), 0);
      await code.page.keyboard.press("F1");
      await code.page.locator(".quick-input-widget input").fill(">opsc:");
      const rows = code.page.locator(".quick-input-list .monaco-list-row");
      await rows.filter({ hasText: "Restart Language Server" }).waitFor();
      assert.equal(await rows.filter({ hasText: "Show Plan" }).count(), 0);
      assert.equal(await rows.filter({ hasText: "Apply" }).count(), 0);
      await shot(code, "untrusted-dark");
      assert.equal(existsSync(path.join(code.folder, "sprung")), false);
    });
  },
);

process.stdout.write(failed.length === 0 ? "all of it works\n" : `${failed.length} of it fail\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Takes away what stands on a line. */
async function emptied(code: Code, line: number): Promise<void> {
  await code.goTo(line, 1);
  await code.page.keyboard.press("Shift+End");
  await code.page.keyboard.press("Delete");
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("it does not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

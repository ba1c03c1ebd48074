/** The HTML page in a real browser: that nothing of a plan runs, and that it can be explored by mouse, by keys, without a script. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Happened } from "../../compiler/render/happened.ts";
import { planPage } from "../../compiler/render/page/page.ts";
import { Browser, type OpenOptions, type Tab } from "../tools/browser.ts";
import { call, guardrail, planFile, STRING, step } from "./build.ts";
import { hostile, release, rotation, wide } from "./plans.ts";

const folder = mkdtempSync(path.join(tmpdir(), "opsc-page-"));
let browser: Browser;
let pages = 0;

// Chromium may have to be installed first.
beforeAll(async () => {
  browser = await Browser.start();
}, 600_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Shown extends OpenOptions {
  readonly hash?: string;
  readonly happened?: Happened;
}

async function show(file: PlanFile, { hash = "", happened, ...options }: Shown = {}): Promise<Tab> {
  pages += 1;
  const written = path.join(folder, `${pages}.html`);
  writeFileSync(written, await planPage(file, happened ?? null));
  return browser.open(`${pathToFileURL(written).href}${hash}`, options);
}

/** Drawn twice: what was asked for is on the screen. */
const settled = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
const chosen = 'document.querySelector("summary.chosen")?.parentElement.id ?? null';
const viewBox = 'document.querySelector(".canvas svg").getAttribute("viewBox").split(" ").map(Number)';
const shownRows =
  '[...document.querySelectorAll(".outline li.node:not([hidden]) > details")].map(({ id }) => id.slice(5))';

describe("nothing of a plan runs", () => {
  const payloads = [
    "<script>window.ran = 1</script>",
    '<img src=x onerror="window.ran = 1">',
    "</script><script>window.ran = 1</script>",
    "</style><script>window.ran = 1</script>",
    '"><svg onload="window.ran = 1">',
    "' onmouseover='window.ran = 1",
    "javascript:window.ran=1",
    "<!--<script>",
    "<hr>",
    "]]><script>window.ran = 1</script>",
    '<iframe srcdoc="<script>parent.ran = 1</script>">',
    '<a href="javascript:window.ran=1">x</a>',
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "{{constructor.constructor('window.ran = 1')()}}",
  ];
  const evil = (text: string): PlanFile =>
    planFile(
      ["a", "b"].map((key) =>
        step(`l[${key}].${text}`, [], call("x.y", "destroy", text, [[text, STRING, `${text}\n${text}`]]), {
          irreversible: text,
          doc: text,
          preview: { sensitive: false, summary: text, diff: `--- ${text}\n+${text}` },
        }),
      ),
      {
        reason: text,
        requester: text,
        workspace: text,
        inputs: [{ name: text, type: STRING, value: text }],
        guardrails: [guardrail(text, { status: "fail", why: text, saw: [{ name: text, value: text }] })],
        locks: [text],
      },
    );
  const happened = (text: string): Happened => ({
    run: text,
    outcome: text,
    why: text,
    startedAt: 0,
    endedAt: 1,
    nodes: new Map([[`l[a].${text}`, { fate: "failed", attempts: 1, took: 1, why: text }]]),
    left: [{ node: `l[b].${text}`, what: text }],
  });
  test.each([...payloads, payloads.join(" ")])("%s", async (text) => {
    const tab = await show(evil(text), { happened: happened(text) });
    // All that shows a text is looked at: every row chosen, the way of undo asked for, searched for.
    await tab.ask(`(async () => {
      for (const summary of document.querySelectorAll(".outline li.node summary")) { summary.click(); document.querySelector(".details-head button").click(); await ${settled}; }
      const search = document.querySelector("input[type=search]");
      search.value = ${JSON.stringify(text)};
      search.dispatchEvent(new Event("input"));
      await ${settled};
    })()`);
    expect(await tab.ask("window.ran ?? null")).toBeNull();
    expect(await tab.ask('document.querySelectorAll("img, iframe, link, script").length')).toBe(2);
    expect(await tab.ask('document.querySelector(".details h3 .name").textContent')).toContain(text.slice(0, 8));
    expect([tab.noise, tab.asked]).toEqual([[], []]);
    await tab.close();
  });

  test("what would get past the escaping would still not run, load or be sent", async () => {
    const tab = await show(hostile());
    expect(tab.noise).toEqual([]);
    await tab.ask(`(async () => {
      document.body.insertAdjacentHTML("beforeend", '<img src="https://evil.example/x" onerror="window.ran = 1"><p id=late onclick="window.ran = 1" style="color: red"></p>');
      document.getElementById("late").click();
      const script = document.createElement("script");
      script.textContent = "window.ran = 1";
      document.body.append(script);
      await fetch("https://evil.example/").catch(() => {});
      await ${settled};
    })()`);
    expect(await tab.ask("window.ran ?? null")).toBeNull();
    expect(await tab.ask('getComputedStyle(document.getElementById("late")).color')).not.toBe("rgb(255, 0, 0)");
    expect(tab.asked).toEqual([]);
    expect(tab.noise).toContain("refused by the policy: https://evil.example/x");
    await tab.close();
  });
});

describe("exploring", () => {
  test("a step that is clicked in the outline is chosen in the graph, and its details are shown", async () => {
    const tab = await show(release());
    await tab.click('.outline li.node[data-n="2"] summary');
    expect(await tab.ask(chosen)).toBe("node=announce");
    expect(await tab.ask('document.querySelector(".canvas .node.chosen").dataset.id')).toBe("announce");
    expect(await tab.ask('document.querySelector(".details").textContent')).toContain("slack.post");
    expect(await tab.ask("location.hash")).toBe("#node=announce");
    await tab.press("Escape");
    expect(await tab.ask('document.querySelector(".details").hidden')).toBe(true);
    expect(await tab.ask("location.hash")).toBe("");
    expect(tab.noise).toEqual([]);
    await tab.close();
  });

  test("a box that is clicked is chosen in the outline, opened as far as needed", async () => {
    const tab = await show(release());
    await tab.ask('document.querySelector(".canvas").scrollIntoView()');
    await tab.ask(settled);
    const first = await tab.ask<string>(`(() => {
      const pane = document.querySelector(".canvas").getBoundingClientRect();
      const box = [...document.querySelectorAll(".canvas .node")].find((each) => {
        const { top, bottom, left, right } = each.getBoundingClientRect();
        return each.classList.contains("folded") && top > pane.top && bottom < Math.min(pane.bottom, innerHeight) && left > pane.left && right < pane.right;
      });
      box.setAttribute("data-test", "");
      return box.dataset.nodes.split(" ")[0];
    })()`);
    await tab.ask(
      'document.querySelector("[data-test]").dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }))',
    );
    expect(await tab.ask(chosen)).toBe(`node=${release().plan.nodes[Number(first)]?.id}`);
    expect(await tab.ask('document.querySelector("summary.chosen").checkVisibility()')).toBe(true);
    await tab.close();
  });

  test("an address with a node leads to it, and so do links of dangers", async () => {
    const tab = await show(release(), { hash: "#node=roll%5Bweb-3%5D.deploy" });
    expect(await tab.ask(chosen)).toBe("node=roll[web-3].deploy");
    expect(await tab.ask('document.querySelector("summary.chosen").checkVisibility()')).toBe(true);
    await tab.click('.dangers a[href="#node=announce"]');
    expect(await tab.ask(chosen)).toBe("node=announce");
    await tab.close();
  });

  test("search and filters leave what fits, wherever it is folded away, and all of it comes back", async () => {
    const tab = await show(release());
    const all = await tab.ask<string[]>(shownRows);
    await tab.press("/", ..."web-4 drain");
    expect(await tab.ask(shownRows)).toEqual(["roll[web-4].drain", "roll[web-4].undrain"]);
    expect(
      await tab.ask('document.querySelector(".outline [data-n] summary:is(:not([hidden] *))").checkVisibility()'),
    ).toBe(true);
    expect(await tab.ask('document.querySelector(".found").textContent')).toBe(`2 of ${all.length}`);
    expect(await tab.ask('document.querySelectorAll(".canvas .node:not(.away)").length')).toBe(2);
    await tab.press("Enter");
    expect(await tab.ask(chosen)).toBe("node=roll[web-4].drain");
    await tab.press("Escape");
    await tab.click("button.kind.approval");
    expect(await tab.ask(shownRows)).toEqual(["approve"]);
    await tab.click("button.kind.approval");
    expect(await tab.ask(shownRows)).toEqual(all);
    await tab.close();
  });

  test("keys alone: through the outline, along the arrows of the graph, into details and back", async () => {
    const tab = await show(rotation());
    await tab.press("/", "ArrowDown", "ArrowDown", "Enter");
    const first = await tab.ask<string>(chosen);
    expect(first).toMatch(/^node=/);
    expect(await tab.ask('document.activeElement.closest(".details") !== null')).toBe(true);
    await tab.press("Escape");
    expect(await tab.ask("document.activeElement.parentElement.id")).toBe(first);
    await tab.press("g", "Tab");
    const at = "document.activeElement.dataset.id";
    const start = await tab.ask<string>(at);
    await tab.press("ArrowDown");
    const below = await tab.ask<string>(at);
    expect(below).not.toBe(start);
    expect(
      rotation()
        .plan.nodes.find(({ id }) => id === below)
        ?.after.map(({ id }) => id),
    ).toContain(start);
    await tab.press("ArrowUp");
    expect(await tab.ask(at)).toBe(start);
    await tab.press("Enter");
    expect(await tab.ask(chosen)).toBe(`node=${start}`);
    await tab.close();
  });

  test("keys go along the arrows, from column to column too", async () => {
    const file = wide(200);
    const tab = await show(file);
    await tab.press("g", "Tab");
    const at = "document.activeElement.dataset.id";
    let id = await tab.ask<string>(at);
    for (let i = 0; i < 20; i++) {
      await tab.press("ArrowDown");
      const next = await tab.ask<string>(at);
      expect(file.plan.nodes.find((node) => node.id === next)?.after.map((before) => before.id)).toContain(id);
      id = next;
    }
    await tab.close();
  });

  test("the graph is moved and zoomed, by mouse and keys", async () => {
    const tab = await show(release());
    await tab.ask('document.querySelector(".explore").scrollIntoView()');
    const [x0 = 0, y0 = 0, w0 = 0] = await tab.ask<number[]>(viewBox);
    await tab.press("g", "+");
    expect((await tab.ask<number[]>(viewBox))[2]).toBeLessThan(w0);
    await tab.press("0", "ArrowRight", "ArrowDown");
    const [x1 = 0, y1 = 0] = await tab.ask<number[]>(viewBox);
    const pane = await tab.ask<{ x: number; y: number }>(
      '(({ left, top }) => ({ x: left + 30, y: top + 30 }))(document.querySelector(".canvas").getBoundingClientRect())',
    );
    await tab.drag(pane, 80, 40);
    const [x2 = 0, y2 = 0, w2 = 0] = await tab.ask<number[]>(viewBox);
    expect([x2 < x1, y2 < y1]).toEqual([true, true]);
    await tab.send("Input.dispatchMouseEvent", { type: "mouseWheel", ...pane, deltaX: 0, deltaY: -200 });
    expect((await tab.ask<number[]>(viewBox))[2]).toBeLessThan(w2);
    await tab.click('.graph .tools button[title^="Show all"]');
    const [, , , h3 = 0] = await tab.ask<number[]>(viewBox);
    expect(h3).toBeGreaterThan(w0);
    expect([x0, y0].every(Number.isFinite)).toBe(true);
    await tab.close();
  });

  test("the panes are as high as what is in them, and no higher than the screen", async () => {
    const heights =
      '[".panes", ".outline", ".graph"].map((each) => document.querySelector(each).getBoundingClientRect().height)';
    const small = await show(planFile([step("a", [], call("x.y", "write", "r", []))]));
    const [panes = 0, outline = 0, graph = 0] = await small.ask<number[]>(heights);
    expect(panes).toBeLessThan(300);
    expect([outline, graph]).toEqual([panes, panes]);
    const drawn =
      '(() => { const { top, bottom } = document.querySelector(".canvas .node").getBoundingClientRect();' +
      ' const outer = document.querySelector(".graph").getBoundingClientRect();' +
      " return top >= outer.top && bottom <= outer.bottom; })()";
    expect(await small.ask(drawn)).toBe(true);
    const large = await show(release());
    const [most = 0] = await large.ask<number[]>(heights);
    expect(most).toBeGreaterThan(panes);
    expect(await large.ask<number>("innerHeight")).toBeGreaterThan(most);
  });

  test("it says what is undone if a step fails, in order", async () => {
    const tab = await show(release(2, 1), { hash: "#node=roll%5Bweb-1%5D.deploy" });
    await tab.press("f");
    expect(await tab.ask('[...document.querySelectorAll(".undo-path li")].map((each) => each.textContent)')).toEqual([
      "roll[web-1].deploy",
      "roll[web-1].drain",
    ]);
    await tab.press("f");
    expect(await tab.ask('document.querySelector(".undo-path")')).toBeNull();
    await tab.close();
  });
});

describe("whoever reads it", () => {
  test("without a script: everything stands there, and folds by itself", async () => {
    const tab = await show(release(), { script: false });
    await tab.click("[id='node=announce'] > summary");
    const { root } = await tab.send("DOM.getDocument", { depth: -1 });
    expect(JSON.stringify(root)).toContain("slack.post");
    // Scripts may not run, so the page cannot be asked: what it shows is what the browser tells readers of screens.
    const { nodes } = (await tab.send("Accessibility.getFullAXTree")) as { nodes: readonly AxNode[] };
    const said = nodes.filter(({ ignored }) => !ignored).map(({ name }) => name?.value ?? "");
    expect(said).toContain("waits for");
    expect(said).toContain("Guardrails 3");
    expect(tab.noise).toEqual([]);
    await tab.close();
  });

  interface AxNode {
    readonly ignored: boolean;
    readonly role?: { readonly value: string };
    readonly name?: { readonly value: string };
  }
  test("by ear: whatever can be pressed or typed into has a name", async () => {
    const tab = await show(release(), { hash: "#node=announce" });
    const { nodes } = (await tab.send("Accessibility.getFullAXTree")) as { nodes: readonly AxNode[] };
    const pressed = nodes.filter(
      ({ ignored, role }) =>
        !ignored && ["button", "link", "searchbox", "DisclosureTriangle"].includes(role?.value ?? ""),
    );
    expect(pressed.length).toBeGreaterThan(50);
    expect(pressed.filter(({ name }) => (name?.value ?? "").trim() === "")).toEqual([]);
    await tab.close();
  });

  test.each([
    ["on a phone", 360],
    ["on a tablet", 800],
    ["on a wide screen", 1920],
  ])("%s: nothing is wider than the screen", async (_, width) => {
    for (const file of [release(), hostile()]) {
      const tab = await show(file, { width, height: 740, touch: width < 900, hash: "#node=approve" });
      await tab.ask(settled);
      expect(await tab.ask("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      await tab.close();
    }
  });

  test("in the dark, and by choice", async () => {
    const tab = await show(release(), { dark: true });
    const ground = "getComputedStyle(document.body).backgroundColor";
    const fill = 'getComputedStyle(document.querySelector(".canvas .node.write .shape")).fill';
    const dark = [await tab.ask(ground), await tab.ask(fill)];
    await tab.press("t");
    const light = [await tab.ask(ground), await tab.ask(fill)];
    expect(dark).toEqual(["rgb(13, 17, 23)", "rgb(58, 45, 10)"]);
    expect(light).toEqual(["rgb(246, 248, 250)", "rgb(255, 243, 214)"]);
    await tab.close();
  });

  test("on paper what is folded away is opened", async () => {
    const tab = await show(release());
    await tab.send("Emulation.setEmulatedMedia", { media: "print" });
    await tab.ask('dispatchEvent(new Event("beforeprint"))');
    expect(
      await tab.ask('[...document.querySelectorAll(".outline .body")].every((each) => each.checkVisibility())'),
    ).toBe(true);
    expect(await tab.ask('document.querySelector("input").checkVisibility()')).toBe(false);
    const { data } = await tab.send("Page.printToPDF");
    expect(String(data).length).toBeGreaterThan(10_000);
    await tab.close();
  });
});

describe("large plans (the bounds are generous)", () => {
  test("200 nodes: a step in the graph takes a moment", async () => {
    const tab = await show(wide(200));
    const took = await tab.ask<number>(`(async () => {
      const canvas = document.querySelector(".canvas");
      const start = performance.now();
      for (let i = 0; i < 20; i++) {
        canvas.dispatchEvent(new KeyboardEvent("keydown", { key: i % 2 === 0 ? "+" : "ArrowDown", bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
      return (performance.now() - start) / 20;
    })()`);
    expect(took).toBeLessThan(1000);
    await tab.close();
  });

  test("8,000 nodes: opened, searched, and details of one shown", async () => {
    const tab = await show(release(1600, 20));
    const took = await tab.ask<number>(`(async () => {
      const start = performance.now();
      const search = document.querySelector("input[type=search]");
      search.value = "web-777 deploy";
      search.dispatchEvent(new Event("input"));
      await ${settled};
      return performance.now() - start;
    })()`);
    expect(took).toBeLessThan(10_000);
    expect(await tab.ask(shownRows)).toEqual(["roll[web-777].deploy"]);
    await tab.press("/", "Enter");
    expect(await tab.ask('document.querySelector(".details").textContent')).toContain("host:web-777");
    expect(tab.noise).toEqual([]);
    await tab.close();
  }, 180_000);
});

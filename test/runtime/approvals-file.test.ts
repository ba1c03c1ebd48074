import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { describeApproval } from "../../runtime/approvals/describe.ts";
import {
  approvalText,
  collectApprovals,
  parseApproval,
  readApproval,
  writeApproval,
} from "../../runtime/approvals/file.ts";
import { approval, inDirectory } from "./store-events.ts";

describe("an approval file", () => {
  test("is canonical JSON, and reads back as it was", () =>
    inDirectory(async (directory) => {
      const file = path.join(directory, "ana.opsapproval.json");
      const given = approval({ comment: "looks right", node: "approve_1", run: "r-1" });
      await writeApproval(file, given);
      expect(fs.readFileSync(file, "utf8")).toBe(approvalText(given));
      expect(approvalText(given)).toMatch(/^\{"approvalVersion":1,"at":.*\}\n$/);
      expect(await readApproval(file)).toEqual({ approval: given, fault: null });
    }));

  test("is never written over, nor where it cannot be", () =>
    inDirectory(async (directory) => {
      const file = path.join(directory, "ana.opsapproval.json");
      await writeApproval(file, approval());
      await expect(writeApproval(file, approval({ decision: "deny" }))).rejects.toThrow("there is a file of this name");
      expect((await readApproval(file)).approval?.decision).toBe("approve");
      await expect(writeApproval(path.join(directory, "no", "x.json"), approval())).rejects.toThrow(
        "cannot be written (ENOENT)",
      );
      const long = approval({ comment: "x".repeat(70_000) });
      await expect(writeApproval(path.join(directory, "long.json"), long)).rejects.toThrow("nobody reads");
      expect(fs.readdirSync(directory)).toEqual(["ana.opsapproval.json"]);
    }));

  test("that is wrong says what is wrong and what to do", () => {
    const text = approvalText(approval());
    const faults = {
      "{": "x.json is not JSON",
      "[]": "x.json is not an approval",
      [text.replace('"approve"', '"agree"')]: "x.json is not an approval (decision: ",
      [text.replace('{"', '{"extra":1,"')]: "x.json is not an approval",
      [text.replace('"approvalVersion":1', '"approvalVersion":2')]: "x.json was written by a later opsc",
      [text.replace(",", ", ")]: "x.json was changed by hand",
      [text.replace('"decision"', '"decision":"deny","decision"')]: "x.json was changed by hand",
    };
    for (const [wrong, message] of Object.entries(faults)) {
      const { approval: none, fault } = parseApproval(wrong, "x.json");
      expect(none).toBeNull();
      expect(fault?.message.startsWith(message), `${fault?.message} for ${wrong}`).toBe(true);
      expect(fault?.remedy).not.toBe("");
    }
    expect(parseApproval(text.trimEnd(), "x.json").fault).toBeNull();
  });

  test("of a directory is collected by name, each bad one with its fault", () =>
    inDirectory(async (directory) => {
      const file = (name: string): string => path.join(directory, `${name}.opsapproval.json`);
      await writeApproval(file("b"), approval({ who: "ben@example.com" }));
      await writeApproval(file("a"), approval());
      fs.writeFileSync(file("broken"), "{");
      fs.writeFileSync(file("large"), " ".repeat(70_000));
      fs.mkdirSync(file("directory"));
      fs.symlinkSync("nowhere", file("lost"));
      fs.writeFileSync(path.join(directory, "README.md"), "not one of them");
      const { approvals, faults } = await collectApprovals(directory);
      expect(approvals.map((one) => one.path)).toEqual([file("a"), file("b")]);
      expect(approvals.map((one) => one.approval.who)).toEqual(["ana@example.com", "ben@example.com"]);
      expect(faults.map((fault) => path.basename(fault.path, ".opsapproval.json"))).toEqual([
        "broken",
        "directory",
        "large",
        "lost",
      ]);
      expect(faults[2]?.message).toContain("is too large for an approval");
      expect((await collectApprovals(path.join(directory, "none"))).faults).toHaveLength(1);
    }));
});

describe("an approval in words", () => {
  test("says who, what, and always that it is unverified", () => {
    expect(describeApproval(approval())).toMatch(
      /^ana@example\.com \(unverified\) approves plan sha256:[0-9a-f]{12}, 2026-11-21T09:00:00\.000Z$/,
    );
    expect(describeApproval(approval({ decision: "deny", run: "r-1", node: "gate", comment: " not today " }))).toMatch(
      /\(unverified\) denies plan sha256:[0-9a-f]{12}, run r-1, gate, .*: not today$/,
    );
    expect(describeApproval(approval({ decision: "withdraw" }))).toContain("(unverified) withdraws");
  });

  test("does nothing to the terminal it is shown on", () => {
    const nasty = approval({ who: "a\u001b[2J\n", comment: "b\u202e\rc", node: "\u009b" });
    expect(describeApproval(nasty)).toMatch(/^[ -~]*$/);
  });
});

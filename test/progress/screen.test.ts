/** What is written to a terminal, and what then stands on it. */
import process from "node:process";
import { describe, expect, test } from "vitest";
import { changed, openScreen } from "../../cli/progress/screen.ts";

/** As much of a terminal as the screen makes use of. */
class Terminal {
  readonly lines: string[] = [""];
  row = 0;
  column = 0;
  cursor = true;
  writes = 0;

  take(text: string): void {
    this.writes++;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    for (const part of text.match(/\u001b\[\??\d*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g) ?? []) this.#one(part);
  }

  #one(part: string): void {
    const line = this.lines[this.row] ?? "";
    if (part === "\r") this.column = 0;
    else if (part === "\n") {
      this.row++;
      this.column = 0;
      this.lines[this.row] ??= "";
    } else if (part === "\u001b[K") this.lines[this.row] = line.slice(0, this.column);
    else if (part === "\u001b[J") {
      this.lines.length = this.row + 1;
      this.lines[this.row] = line.slice(0, this.column);
    } else if (part === "\u001b[?25l") this.cursor = false;
    else if (part === "\u001b[?25h") this.cursor = true;
    else if (part.startsWith("\u001b[") && part.endsWith("A")) this.row -= Number(part.slice(2, -1));
    else if (!part.startsWith("\u001b")) {
      this.lines[this.row] =
        line.slice(0, this.column).padEnd(this.column) + part + line.slice(this.column + part.length);
      this.column += part.length;
    }
  }
}

function made(columns = 80): { readonly terminal: Terminal; readonly stream: NodeJS.WriteStream } {
  const terminal = new Terminal();
  const stream = {
    isTTY: true,
    columns,
    rows: 24,
    write(chunk: string | Uint8Array): boolean {
      terminal.take(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      return true;
    },
  };
  return { terminal, stream: stream as unknown as NodeJS.WriteStream };
}

describe("a frame", () => {
  test("takes the place of the one before, in one write, and only rows that changed are written", () => {
    const { terminal, stream } = made();
    const screen = openScreen(stream);
    const draw = (...rows: string[]): void => screen.draw(rows, rows);
    draw("head 1", "same", "old");
    expect(terminal.lines).toEqual(["head 1", "same", "old", ""]);
    expect(terminal.cursor).toBe(false);
    const before = terminal.writes;
    draw("head 2", "same", "x", "more");
    expect(terminal.writes).toBe(before + 1);
    expect(terminal.lines).toEqual(["head 2", "same", "x", "more", ""]);
    draw("head 2", "same", "x", "more");
    expect(terminal.writes).toBe(before + 1);
    draw("less");
    expect(terminal.lines).toEqual(["less", ""]);
    screen.close(["over"]);
    expect(terminal.lines).toEqual(["over", ""]);
    expect(terminal.cursor).toBe(true);
  });

  test("stays below what is said meanwhile, by whomever", () => {
    const { terminal, stream } = made();
    const screen = openScreen(stream);
    screen.draw(["frame"], ["frame"]);
    screen.above("said");
    stream.write("a provider, without a line end");
    expect(terminal.lines).toEqual(["said", "a provider, without a line end", "frame", ""]);
    screen.close([]);
    stream.write("after\n");
    expect(terminal.lines).toEqual(["said", "a provider, without a line end", "after", ""]);
  });

  test("is taken away whole where the terminal became narrower and broke its rows", () => {
    const { terminal, stream } = made(20);
    stream.write("before\n");
    const screen = openScreen(stream);
    screen.draw(["0123456789abcdef", "short"], ["0123456789abcdef", "short"]);
    // As terminals do: the long row now takes two.
    terminal.lines.splice(1, 1, "0123456789", "abcdef");
    terminal.row++;
    (stream as { columns: number }).columns = 10;
    screen.draw(["01234567"], ["01234567"]);
    expect(terminal.lines).toEqual(["before", "01234567", ""]);
    screen.close([]);
  });
});

test("nothing is written where nothing changed", () => {
  expect(changed(["a", "b"], ["a", "b"])).toBe("");
  expect(changed([], ["a"])).toBe("\ra\u001b[K\n");
});

test("signals that others listen to are theirs, and listeners are taken back", () => {
  const count = (): number =>
    ["SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGCONT", "exit"].reduce(
      (sum, each) => sum + process.listenerCount(each),
      0,
    );
  const before = count();
  const screen = openScreen(made().stream);
  expect(count()).toBe(before + 6);
  screen.close([]);
  expect(count()).toBe(before);
});

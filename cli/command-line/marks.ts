/** `opsc resume RUN --mark done STEP`, the answer in two words, is read as `--mark done:STEP`. */

/** `argv` is that of the process: the command is its third word. */
export function joinMarks(argv: readonly string[]): string[] {
  if (argv[2] !== "resume") return [...argv];
  const joined: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const [word = "", answer, step] = argv.slice(i, i + 3);
    joined.push(word);
    if (word !== "--mark" || (answer !== "done" && answer !== "retry")) continue;
    if (step === undefined || step.startsWith("-")) continue;
    joined.push(`${answer}:${step}`);
    i += 2;
  }
  return joined;
}

/** Sources of any size, like those people write: actions of a few steps each with checks, approvals and rollbacks. */

const HEAD = `use file
use http
use exec

approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }
enum Env { staging, production }
`;

/** About so many lines. */
export function sourceOf(lines: number): string {
  const actions: string[] = [];
  for (let i = 0, count = HEAD.split("\n").length; count < lines; i++) {
    const text = `
/// Rolls part ${i} out.
action roll_${i}(version: string where version.length <= 20 else "at most 20 characters", env: Env = staging, batch: int = 2 where batch in 1..8) {
  title = "Roll part ${i} of \${version}"
  risk  = env == production ? high : low
  tags  = ["fleet", "part-${i}"]

  fact built = file.read(path: "releases/\${version}/part-${i}.json")
  require built.exists else "part ${i} of \${version} was never built"
  let hosts = ["web-1", "web-2", "web-3", "web-4"].filter(h => env == production || h != "web-4")

  approve by sre when env == production { quorum = 2 }

  for host in hosts batch batch {
    step switch = file.link(path: "fleet/\${host}/part-${i}", target: "../releases/\${version}") {
      rollback auto
    }
    check healthy = http.get(url: "http://\${host}:8080/health/${i}") {
      require it.status == 200 else "\${host} is not healthy: \${it.status}"
      hold   = 10s
      within = 2m
    }
  }
}
`;
    actions.push(text);
    count += text.split("\n").length - 1;
  }
  return `${HEAD}${actions.join("")}`;
}

const list = (steps: number): string => `[${Array.from({ length: steps }, (_, i) => i).join(", ")}]`;

/** One step after the other. */
export const chainOf = (steps: number): string =>
  `use file\naction chain() {\n  for i in ${list(steps)} {\n    step s = file.write(path: "out/\${i}", content: "x") { rollback auto }\n  }\n}\n`;

/** All at once. */
export const fleetOf = (steps: number): string => chainOf(steps).replace("] {", `] batch ${steps} {`);

/** Slots for a list that only the run knows, a hundred at a time. */
export const slotsOf = (steps: number): string => `use file
action slots() {
  step found = file.read(path: "list")
  for i in (found.content ?? "").lines() at most ${steps} batch 100 {
    step s = file.write(path: "out/\${i}", content: "x") { rollback auto }
  }
}
`;

/** Each step in an action of its own. */
export const nestedOf = (steps: number): string =>
  chainOf(steps).replace(/ {4}step s = .*/, '    step put = inner(name: "out/${i}")') +
  'action inner(name: string) { step s = file.write(path: name, content: "x") { rollback auto } }\n';

/** A plan in which every field of the schema has something to hold. */
import type { Plan, PlanFile, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Type } from "../../compiler/types/type.ts";
import {
  approve,
  c,
  call,
  check,
  deferred,
  field,
  guardrail,
  INT,
  join,
  known,
  MINUTE,
  op,
  planFile,
  ref,
  STRING,
  sha,
  step,
  text,
  undo,
  wait,
} from "../render/build.ts";

export const SETTINGS: Type = {
  kind: "record",
  fields: [
    { name: "replicas", type: INT, optional: false, doc: "how many" },
    { name: "labels", type: { kind: "map", of: STRING }, optional: true, doc: null },
    { name: "password", type: { kind: "secret", of: STRING }, optional: true, doc: null },
  ],
};

const found = field(ref("step", "look"), "host");
const late = op("gt", field(ref("step", "look"), "load"), c(5));
const group = (id: string, title: string, members: string[]) => ({ id: `org.ops#${id}`, title, members });

function element(key: string, before: string): PlanNode[] {
  const id = `roll[${key}]`;
  return [
    step(`${id}.drain`, [before], call("lb.drain", "write", `lb:${key}`, [["server", STRING, key]]), {
      element: id,
      rollback: undo(call("lb.ready", "write", `lb:${key}`, [["server", STRING, key]])),
      lease: 60 * MINUTE,
    }),
    check(`${id}.idle`, [`${id}.drain`], call("lb.server", "read", `lb:${key}`, []), "it.sessions == 0", {
      element: id,
      hold: 10_000,
    }),
  ];
}

const nodes: PlanNode[] = [
  approve("approve", [], [["Web on-call", ["ana@example.com", "ben@example.com"]]], {
    quorum: 2,
    escalate: [{ after: 30 * MINUTE, mode: "one", groups: [group("leads", "Leads", ["eve@example.com"])] }],
    when: [late],
  }),
  step("look", ["approve"], call("host.look", "read", "host:web", [["host", STRING, "web"]]), {
    doc: "What is there.",
  }),
  {
    kind: "require",
    id: "require",
    at: "deploy.ops:22:3",
    part: "",
    element: null,
    after: [{ id: "look", why: "data" }],
    when: [],
    requirement: { condition: late, message: text("load is ", found), text: "look.load > 5", at: "deploy.ops:22:3" },
  },
  step(
    "deploy",
    ["require"],
    call(
      "k8s.deploy",
      "write",
      "deploy/web",
      [
        ["settings", SETTINGS, { replicas: 3, labels: { team: "web" }, password: { $secret: "db" } }],
        ["host", STRING, deferred(found)],
        ["args", { kind: "list", of: STRING }, ["a", "b"]],
      ],
      { undo: true, returns: field(ref("it"), "version"), resultType: STRING },
    ),
    {
      part: "sub",
      when: [late],
      retry: { attempts: 2, backoffMin: 1000, backoffMax: 5000 },
      rollback: { kind: "auto" },
      preview: { sensitive: false, summary: "web would be replaced", diff: "--- a\n+++ b\n@@ -1 +1 @@\n-1\n+2\n" },
    },
  ),
  ...element("a", "deploy"),
  wait("roll[batch 1]", ["roll[a].idle"], 30_000),
  ...element("b", "roll[batch 1]"),
  step("drop", ["roll[b].idle"], call("db.drop", "destroy", deferred(text("db:", found)), []), {
    irreversible: "it is gone",
  }),
  join("end", ["drop"]),
  step("tell", ["end"], call("chat.post", "write", "room", [["text", STRING, "done"]], { repeat: "once" }), {
    rollback: { kind: "nothing", why: "a message stays" },
  }),
];

export function whole(): PlanFile {
  const action: Plan["action"] = {
    id: "sub.ops#deploy",
    name: "deploy",
    module: "sub.ops",
    title: "Deploy",
    doc: "Puts it there.",
    risk: "medium",
    owner: null,
    tags: ["web", "eu"],
    at: "sub.ops:1:1",
  };
  const file = planFile(nodes, {
    inputs: [
      { name: "version", type: STRING, value: "v2" },
      { name: "settings", type: SETTINGS, value: { replicas: 3 } },
    ],
    reason: "because",
    trust: {
      root: "path",
      identities: "unverified",
      breakGlass: [{ id: "~trust/org.ops#sre", title: "SRE", members: ["ana@example.com"] }],
      digest: sha("trust"),
    },
    providers: [
      {
        instance: "k8s",
        provider: "kubernetes",
        version: "1.4.0",
        manifest: sha("k8s"),
        config: { context: "prod", at: "x" },
      },
      { instance: "lb", provider: "lb", version: "2.0.0", manifest: sha("lb"), config: {} },
    ],
    facts: [
      {
        id: "current",
        at: "deploy.ops:14:3",
        call: call("k8s.get", "read", "deploy/web", [["name", STRING, "web"]]),
        value: { replicas: 6, other: 1 },
        type: SETTINGS,
        used: [["replicas"]],
      },
    ],
    windows: [
      {
        id: "org.ops#hours",
        name: "hours",
        doc: "When people are there.",
        timezone: "Europe/Vienna",
        rules: [
          {
            effect: "allow",
            days: [1, 2, 3],
            dates: [],
            times: [{ from: 540, to: 1020 }],
            because: null,
            at: "org.ops:2:1",
          },
          {
            effect: "deny",
            days: [],
            dates: [{ from: "2026-12-24", to: "2026-12-26" }],
            times: [],
            because: "feast",
            at: "org.ops:3:1",
          },
        ],
        calendar: { path: "feasts.ics", text: "BEGIN:VCALENDAR\nEND:VCALENDAR\n" },
        at: "org.ops:1:1",
      },
    ],
    locks: ["deploy/web", "lb"],
    limits: [{ action: "deploy.ops#release", key: "web", count: 2, per: 60 * MINUTE, at: "deploy.ops:3:1" }],
    loops: [
      {
        id: "roll",
        at: "deploy.ops:30:1",
        tolerate: 1,
        elements: ["a", "b"].map((key) => ({ id: `roll[${key}]`, key: known(key), within: null })),
      },
    ],
    hooks: [
      {
        event: "failure",
        at: "deploy.ops:40:1",
        nodes: [step("on_failure.page", [], call("chat.post", "write", "room", [["text", STRING, "help"]]))],
      },
    ],
    guardrails: [
      guardrail("small", {
        doc: "Small steps.",
        everyWrite: true,
        status: "deferred",
        why: "known only at the run",
        when: late,
        requires: [
          {
            condition: op("le", field(ref("var", "f"), "n"), c(10)),
            message: text("too many"),
            text: "f.n <= 10",
            at: "org.ops:9:1",
            status: "deferred",
          },
        ],
        saw: [{ name: "plan.writes.count", value: 4 }],
        facts: [
          {
            id: "f",
            name: "f",
            at: "org.ops:8:1",
            call: call("k8s.count", "read", "k8s", []),
            type: SETTINGS,
            value: { is: "known", value: { n: 3 } },
          },
        ],
        overrideBy: { mode: "any", groups: [group("leads", "Leads", ["eve@example.com"])] },
      }),
    ],
    timeout: 120 * MINUTE,
    returns: field(ref("step", "deploy"), "version"),
    resultType: STRING,
  });
  const [root] = file.plan.parts;
  const parts: Plan["parts"] = [
    ...(root === undefined
      ? []
      : [
          {
            ...root,
            windows: ["org.ops#hours"],
            timeout: 120 * MINUTE,
            inputs: file.plan.inputs.map(({ value, ...rest }) => ({ ...rest, value: known(value) })),
          },
        ]),
    {
      id: "sub",
      action,
      inputs: [
        { name: "n", type: INT, value: known(3) },
        { name: "host", type: STRING, value: deferred(found) },
      ],
      when: [late],
      windows: ["org.ops#hours"],
      timeout: MINUTE,
    },
  ];
  return { ...file, plan: { ...file.plan, parts } };
}

/** Hand-made plans for the renderers, each as a planner would write it. */
import type { PlanFact, PlanFile, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Type } from "../../compiler/types/type.ts";
import {
  type Arg,
  approve,
  c,
  call,
  check,
  DURATION,
  deferred,
  ENV,
  field,
  guardrail,
  INT,
  join,
  MINUTE,
  op,
  order,
  planFile,
  ref,
  STRING,
  step,
  text,
  undo,
  wait,
} from "./build.ts";

const WEB_ONCALL = ["Web on-call", ["ana@example.com", "ben@example.com", "dana@example.com"]] as const;

/** What one host goes through in `release`. */
function host(name: string, after: readonly string[]): PlanNode[] {
  const id = `roll[${name}]`;
  const server: readonly Arg[] = [["server", STRING, name]];
  return [
    step(`${id}.drain`, after, call("lb.drain", "write", `lb:pool/web/${name}`, server), {
      rollback: undo(call("lb.ready", "write", `lb:pool/web/${name}`, server)),
    }),
    check(`${id}.idle`, [`${id}.drain`], call("lb.server", "read", `lb:pool/web/${name}`, server), "it.sessions == 0"),
    step(
      `${id}.deploy`,
      [`${id}.idle`, `${id}.drain`],
      call("host.deploy", "write", `host:${name}`, [
        ["host", STRING, name],
        ["version", STRING, "4.2.0"],
      ]),
      {
        timeout: 10 * MINUTE,
        retry: { attempts: 3, backoffMin: 2000, backoffMax: 30_000 },
        rollback: undo(
          call("host.deploy", "write", `host:${name}`, [
            ["host", STRING, name],
            ["version", STRING, "4.1.7"],
          ]),
        ),
        preview: {
          sensitive: false,
          summary: "web.service would be replaced",
          diff: "--- web.service\n+++ web.service\n@@ -3,3 +3,3 @@\n [Service]\n-ExecStart=/opt/web/4.1.7/bin/web\n+ExecStart=/opt/web/4.2.0/bin/web\n Restart=always",
        },
      },
    ),
    check(
      `${id}.healthy`,
      [`${id}.deploy`],
      call("http.get", "read", `http://${name}:8080/healthz`, [
        ["url", { kind: "url" }, `http://${name}:8080/healthz`],
      ]),
      "it.status == 200",
      { hold: MINUTE, within: 10 * MINUTE },
    ),
    step(`${id}.undrain`, [`${id}.healthy`], call("lb.ready", "write", `lb:pool/web/${name}`, server), {
      rollback: undo(call("lb.drain", "write", `lb:pool/web/${name}`, server)),
    }),
  ];
}

/** A staged release: `hosts` hosts, `batch` at a time, then the flag. */
export function release(hosts = 6, batch = 2): PlanFile {
  const nodes: PlanNode[] = [
    approve("approve", [], [WEB_ONCALL], { quorum: 2 }),
    step("artifact", ["approve"], call("registry.resolve", "read", "registry:web", [["tag", STRING, "4.2.0"]])),
    step(
      "announce",
      ["approve", "artifact"],
      call(
        "slack.post",
        "write",
        "slack:#releases",
        [
          ["channel", STRING, "#releases"],
          ["text", STRING, "web 4.2.0 is going out"],
        ],
        { repeat: "once" },
      ),
      {
        rollback: { kind: "nothing", why: "a message stays" },
      },
    ),
  ];
  const names = Array.from({ length: hosts }, (_, i) => `web-${i + 1}`);
  let before = "announce";
  for (let i = 0; i < names.length; i += batch) {
    const wave = names.slice(i, i + batch);
    for (const name of wave) nodes.push(...host(name, [before]));
    const ends = wave.map((name) => `roll[${name}].undrain`);
    const between = `roll[batch ${i / batch + 1}]`;
    nodes.push(i + batch < names.length ? wait(between, ends, 30_000) : join(between, ends));
    before = between;
  }
  nodes.push(
    step(
      "flag",
      [before, "announce"],
      call("flags.set", "write", "flag:checkout-v2", [
        ["name", STRING, "checkout-v2"],
        ["share", { kind: "percent" }, 25],
        ["replicas", INT, 6],
      ]),
      {
        rollback: undo(
          call("flags.set", "write", "flag:checkout-v2", [
            ["name", STRING, "checkout-v2"],
            ["share", { kind: "percent" }, 0],
          ]),
        ),
      },
    ),
  );
  const fact: PlanFact = {
    id: "current",
    at: "deploy.ops:14:3",
    call: call("flags.get", "read", "flag:checkout-v2", [["name", STRING, "checkout-v2"]]),
    value: { share: 5, replicas: 6 },
    type: {
      kind: "record",
      fields: [
        { name: "share", type: { kind: "percent" }, optional: false, doc: null },
        { name: "replicas", type: INT, optional: false, doc: null },
      ],
    },
    used: [["share"]],
  };
  return planFile(nodes, {
    inputs: [
      { name: "version", type: STRING, value: "4.2.0" },
      { name: "env", type: ENV, value: "production" },
      { name: "pause", type: DURATION, value: 30_000 },
    ],
    reason: "ship 4.2 with the checkout fix",
    facts: [fact],
    guardrails: [
      guardrail("production_reason"),
      guardrail("blast_radius", { enforcement: "soft" }),
      guardrail("freeze", {
        status: "deferred",
        everyWrite: true,
        why: "known only at the run: run.now",
        requires: [
          {
            condition: c(true),
            message: null,
            text: "!change_freeze.contains(run.now)",
            at: "org.ops:50:3",
            status: "deferred",
          },
        ],
      }),
    ],
  });
}

/** A credential rotation: approval half way, a loop over apps that is followed by what cannot be undone. */
export function rotation(): PlanFile {
  const ref_ = field(ref("step", "pw"), "ref");
  const SECRET: Type = { kind: "secret", of: STRING };
  const nodes: PlanNode[] = [
    approve("approve", [], [["Ledger owners", ["ana@example.com", "cleo@example.com"]]]),
    step(
      "pw",
      ["approve"],
      call("vault.generate", "write", "vault:db/ledger", [["path", STRING, "db/ledger"]], { undo: true }),
      { rollback: { kind: "auto" } },
    ),
    step(
      "arm",
      ["pw"],
      call("pg.enable_login", "write", "pg:ledger/role/app_b", [
        ["role", STRING, "app_b"],
        ["password", SECRET, deferred(ref_)],
      ]),
      {
        rollback: undo(call("pg.disable_login", "write", "pg:ledger/role/app_b", [["role", STRING, "app_b"]])),
      },
    ),
  ];
  let before = "arm";
  for (const app of ["billing", "reports"]) {
    const id = `dependants[${app}]`;
    nodes.push(
      step(
        `${id}.point`,
        [before, "pw"],
        call("k8s.set_secret_ref", "write", `deploy/${app}`, [
          ["app", STRING, app],
          ["ref", STRING, deferred(ref_)],
        ]),
        {
          rollback: undo(
            call("k8s.set_secret_ref", "write", `deploy/${app}`, [
              ["app", STRING, app],
              ["ref", STRING, "db/ledger#6"],
            ]),
            call("k8s.restart", "write", `deploy/${app}`, [["app", STRING, app]]),
          ),
        },
      ),
      step(`${id}.roll`, [`${id}.point`], call("k8s.restart", "write", `deploy/${app}`, [["app", STRING, app]]), {
        rollback: { kind: "nothing", why: "the rollback of point restarts" },
      }),
      check(
        `${id}.up`,
        [`${id}.roll`],
        call("k8s.status", "read", `deploy/${app}`, [["app", STRING, app]]),
        "it.ready",
      ),
    );
    before = `${id}.up`;
  }
  nodes.push(
    check(
      "idle",
      [before],
      call("pg.sessions", "read", "pg:ledger/role/app_a", [["role", STRING, "app_a"]]),
      "it.length == 0",
      { within: 10 * MINUTE },
    ),
    approve(
      "approve-2",
      ["idle"],
      [
        ["Ledger owners", ["ana@example.com", "cleo@example.com"]],
        ["Security", ["eve@example.com"]],
      ],
      { upfront: false, mode: "all", within: null },
    ),
    step(
      "revoke",
      ["approve-2"],
      call("pg.drop_login", "destroy", "pg:ledger/role/app_a", [["role", STRING, "app_a"]], { repeat: "once" }),
      { irreversible: "the old login is gone" },
    ),
    step("report", ["revoke"], call("pg.active_login", "read", "pg:ledger", [["db", STRING, "ledger"]])),
  );
  return planFile(nodes, {
    action: {
      id: "rotate.ops#rotate_credential",
      name: "rotate_credential",
      module: "rotate.ops",
      title: "Rotate the ledger's database login",
      doc: null,
      risk: "medium",
      owner: "org.ops#ledger_owners",
      tags: [],
      at: "rotate.ops:8:1",
    },
    inputs: [
      {
        name: "db",
        type: { kind: "one_of", id: "dbs.ops#dbs", name: "dbs", keys: ["ledger"], of: { kind: "json" } },
        value: { key: "ledger", path: "db/ledger" },
      },
    ],
    reason: "quarterly rotation",
    worstCase: 65 * MINUTE,
    timeout: 120 * MINUTE,
  });
}

/** Deferred values, conditions, parallel reads, a failing guardrail, a requester who is the only approver. */
export function deferredPlan(): PlanFile {
  const size = field(ref("step", "measure"), "bytes");
  const big = op("gt", size, c(2 ** 30));
  const nodes: PlanNode[] = [
    approve("approve", [], [["Storage", ["dana@example.com"]]]),
    step("measure", ["approve"], call("disk.usage", "read", "host:db-1", [["path", STRING, "/var/lib/pg"]])),
    step("owner", ["approve"], call("cmdb.owner", "read", "cmdb:db-1", [["host", STRING, "db-1"]]), {
      timeout: 20_000,
    }),
    {
      kind: "require",
      id: "require",
      at: "disk.ops:20:3",
      part: "",
      element: null,
      after: order("measure"),
      when: [],
      requirement: {
        condition: op("lt", size, c(2 ** 40)),
        message: text("too large: ", size),
        text: "measure.bytes < 1TiB",
        at: "disk.ops:20:3",
      },
    },
    step(
      "grow",
      ["require", "owner"],
      call("disk.resize", "write", deferred(text("disk:", field(ref("step", "measure"), "device"))), [
        ["size", { kind: "size" }, deferred(op("unit.mul", size, c(2)))],
        ["grace", DURATION, 90_000],
      ]),
      {
        when: [big],
        retry: { attempts: 2, backoffMin: 1000, backoffMax: 1000 },
        rollback: { kind: "nothing", why: "a larger disk does no harm" },
      },
    ),
    step(
      "purge",
      ["grow"],
      call("disk.purge", "destroy", "host:db-1/tmp", [
        ["older", DURATION, 7 * 24 * 60 * MINUTE],
        ["max", { kind: "size" }, 512 * 2 ** 20],
        ["labels", { kind: "map", of: STRING }, { team: "storage", "cost-centre": "42" }],
      ]),
      {
        irreversible: "deleted files are gone",
        preview: { sensitive: true, summary: "1,204 files would be deleted", diff: null },
      },
    ),
    check(
      "space",
      ["purge"],
      call("disk.usage", "read", "host:db-1", [["path", STRING, "/var/lib/pg"]]),
      "percent_of(it.used) < 80%",
    ),
  ];
  return planFile(nodes, {
    action: {
      id: "disk.ops#make_room",
      name: "make_room",
      module: "disk.ops",
      title: "Make room on db-1",
      doc: null,
      risk: "high",
      owner: null,
      tags: [],
      at: "disk.ops:9:1",
    },
    guardrails: [
      guardrail("blast_radius", {
        status: "fail",
        enforcement: "soft",
        why: "this run changes 12 things; at most 10",
        requires: [
          {
            condition: op("le", c(12), c(10)),
            message: null,
            text: "plan.writes.count <= 10",
            at: "org.ops:33:3",
            status: "fail",
          },
        ],
        saw: [{ name: "plan.writes.count", value: 12 }],
      }),
      guardrail("weekday", {
        status: "deferred",
        why: "what measure finds is not known yet",
        when: op("and", big, op("ge", op("enum.index", c(["low", "high"]), field(ref("var", "action"), "risk")), c(1))),
        requires: [
          {
            condition: c(true),
            message: null,
            text: "business_hours.contains(run.now)",
            at: "org.ops:50:3",
            status: "deferred",
          },
        ],
      }),
    ],
    onFailure: "halt",
    worstCase: null,
  });
}

/** Every string an attacker could choose, in one plan. */
export function hostile(): PlanFile {
  const evil =
    "\u001b[2J\u001b[31mok\u0007 \u202egnp.exe\u202c \u0000|`<script>alert(1)</script>` **bold** [x](http://evil.example) @everyone #1 \r\n::error::owned";
  const nodes: PlanNode[] = [
    approve("approve", [], [[evil, ["ana@example.com\u200b", "\u202edana@example.com"]]]),
    step(
      `loop[a"];\\N<b>|]].${"x"}`,
      ["approve"],
      call("exec.run", "write", evil, [
        ["argv", { kind: "list", of: STRING }, ["sh", "-c", `echo ${"safe ".repeat(80)}; rm -rf /`]],
        [evil, STRING, evil],
      ]),
      {
        rollback: { kind: "nothing", why: evil },
        preview: {
          sensitive: false,
          summary: evil,
          diff: `--- a\n+++ b\n@@ -1 +1 @@\n-${evil}\n+\`\`\`\n+</details>\u001b[0m\n~~~~`,
        },
      },
    ),
    step('end "of] subgraph', ['loop[a"];\\N<b>|]].x'], call("exec.run", "destroy", 'x"];}', []), {
      irreversible: evil,
      when: [op("eq", ref("step", evil), c(evil))],
    }),
  ];
  return planFile(nodes, {
    action: {
      id: "x.ops#x",
      name: evil,
      module: "x.ops",
      title: evil,
      doc: evil,
      risk: evil,
      owner: evil,
      tags: [evil],
      at: evil,
    },
    inputs: [{ name: evil, type: STRING, value: evil }],
    requester: evil,
    reason: evil,
    workspace: evil,
    guardrails: [guardrail(evil, { status: "fail", why: evil, saw: [{ name: evil, value: { [evil]: [evil] } }] })],
  });
}

/** Unrelated chains side by side, `n` nodes in all: a picture of many nodes. */
export function wide(n: number): PlanFile {
  const nodes: PlanNode[] = Array.from({ length: n }, (_, i) =>
    step(
      `s${i}`,
      i < 8 ? [] : [`s${i - 8}`, ...(i % 5 === 0 ? [`s${i - 7}`] : [])],
      call("k8s.scale", i % 4 === 0 ? "read" : "write", `deploy/s${i}`, [["name", STRING, `s${i}`]]),
      {
        rollback: i % 4 === 0 ? null : { kind: "auto" },
      },
    ),
  );
  return planFile(nodes);
}

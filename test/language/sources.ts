/** Sources as people write them, each without a fault, for tests that take them apart. */

const organisation = `/// The people who may approve production changes to payments.
approver payments_oncall {
  title   = "Payments on-call"
  members = ["ana@example.com", "ben@example.com"]      // identities
}
approver sre { members = ["cleo@example.com"]  includes = [payments_oncall] }

enum Env { staging, production }                  // ordered
type Replicas = int where it in 1..50 else "between 1 and 50"
type Service  = { name: string, namespace: string, tier: "gold" | "silver", owner: approver, port?: int }

let services = yaml("./services.yaml") as map<Service>
let quiet: list<string> = ["search", "mail"]
`;

const guardrails = `import { sre, Env as Environment } from "./org.ops"

/// No more than ten things in one run against a fleet.
guardrail blast_radius {
  applies to action when action.tags.contains("fleet")
  enforcement = soft                                      // advisory | soft | hard
  override by any of [sre, payments_oncall]
  require plan.writes.count <= 10
    else "this run changes \${plan.writes.count} things; at most 10"
}

guardrail production_reason {
  applies to action with { env: Environment, reason: string } when env == production
  enforcement = hard
  every_write = true
  let words = reason.split(" ").length
  require reason.length >= 10 && words > 1 else "say why, in ten characters or more"
}
`;

const scale = `import { payments_oncall, sre, business_hours as hours } from "./org.ops"
use kubernetes as k8s { context = "stg-eu" }
use prometheus

/* Bounded,
   on purpose. */
/// Scale a service within its bounds.
action scale_service(
  /// Which one.
  service:  one of services,
  replicas: int where replicas in 1..50 else "between 1 and 50 replicas",
  env:      Env = staging,
  reason:   string where reason.length >= 10,
) -> { replicas: int } {
  title   = "Scale a service"
  risk    = env == production ? high : low
  owner   = service.owner
  tags    = ["fleet"]
  window  = business_hours
  lock    = ["deploy/\${service.name}"]
  limit   = 3 per 1h by service.key
  timeout = 30m

  fact current = k8s[env].get_deployment(namespace: service.namespace, name: service.name)

  require replicas <= current.replicas * 2
    else "at most double at once: \${current.replicas} now, \${replicas} asked for"

  approve by payments_oncall when env == production {
    quorum = 2
    within = 4h
    escalate to sre after 1h
  }

  step scale = k8s[env].scale(namespace: service.namespace, name: service.name, replicas: replicas) {
    timeout = 5m
    retry { attempts = 3  backoff = 2s..30s }
    rollback k8s[env].scale(namespace: service.namespace, name: service.name, replicas: current.replicas)
  }

  check healthy = prometheus.query(expr: """error_ratio{service="\${service.name}"}""") {
    require it.value < 0.01 else "error ratio \${it.value}"
    hold = 2m  every = 15s  within = 10m
  }

  on failure { step page = slack.post(channel: "#payments", text: "scale of \${service.name} failed") }
  return { replicas: scale.replicas }
}
`;

const rotate = `action rotate_credential(db: one of dbs, env: Env) {
  lock = ["db/\${db.key}"]
  fact cur = pg[env].active_login(db: db.key)                 // two login slots, one in use
  approve by db.owner
  step pw  = vault[env].generate(path: db.path) { rollback auto }          // a reference
  step arm = pg[env].enable_login(role: cur.spare, password: pw.ref) { rollback pg[env].disable_login(role: cur.spare) }
  for d in db.dependants key d.name batch 2 every 10s tolerate 1 at most 50 allow empty {
    step point = k8s[env].set_secret_ref(app: d.name, ref: pw.ref) {
      rollback {
        step back = k8s[env].set_secret_ref(app: d.name, ref: cur.ref)
        step roll = k8s[env].restart(app: d.name)
      }
    }
    step roll = k8s[env].restart(app: d.name) { rollback nothing "the rollback of point restarts" }
    check up  = k8s[env].status(app: d.name) { require it.ready else "not ready"  within = 5m }
  }
  step revoke = pg[env].drop_login(role: cur.role) { irreversible "the old login is gone" }
}

action read_access(db: one of dbs, env: Env, ttl: duration = 1h where ttl in 15m..8h) {
  approve by all of [db.owner, sre]
  step grant = pg[env].grant(login: run.requester.login, role: db.reader) {
    lease = ttl
    rollback {
      step revoke = pg[env].revoke(login: run.requester.login, role: db.reader)
      step close  = pg[env].end_sessions(login: run.requester.login, role: db.reader)
    }
  }
}
`;

const flow = `/// A typed operation of the team's own, over a provider's.
operation queue_depth(queue: string) -> int {
  effect   = read
  resource = "redis:\${queue}"
  repeat   = idempotent
  call     = exec.run(argv: ["redis-cli", "--raw", "llen", queue])
  returns  = call.stdout.trim().to_int()
}

action roll_out(hosts: list<Host>, share: percent = 25%, since: date = 2026-11-21) {
  script = """
    set -e
      echo "\${share of hosts.length} hosts"
  """
  wait 30s
  if hosts.length > 10 && !frozen {
    parallel {
      branch { step a = lb.drain(pool: "a")  wait 1m }
      branch { step b = lb.drain(pool: "b") }
    }
  } else if share >= 50% {
    step c = lb.drain(pool: match zone { east => "c", west | north => "d", _ => none ?? "e" }) after a, b
  } else {
    step d = lb.drain(pool: hosts.map(h => h.pool).first() ?? "x", size: 512MiB, at: 09:00) when share != 1%
  }
  on success {
    step tell = slack.post(text: hosts.filter((h, i) => h.up && i in 1..3).map(h => h.name).join(", "))
  }
}
`;

const config = `use http as api {
  base_url = "https://api.example.com"
  headers  = { accept: "application/json", "x-team": team, retries: -1 }
  timeout  = 30s
}

let limits = {
  small: [1, 2, 3],
  large: [
    10,
    20,
  ],
}

let started = 2026-11-21T09:00:00Z
let message = "it's \${ limits.small.any(n => n > 2) ? "\${team} is \\"big\\"" : "small" }"
`;

const calendar = `use kubernetes as k8s per env: Env { context = match env { staging => "stg-eu", production => "prod-eu" } }

/// When people are there to look.
window business_hours {
  timezone = "Europe/Berlin"
  allow mon..fri 09:00..17:00
  allow sat, sun, 10:00..12:00
  deny 2026-12-20..2027-01-03 because "holiday freeze"
  calendar = "./change-freeze.ics"
}

secret ledger_url from env("LEDGER_URL")
secret deploy_key from vault("ops/deploy", field: "key")

enum Place { dev, test, window, secret }
`;

const tests = `import { scale_service, services, k8s } from "./scale.ops"

test "production needs two approvals and undoes itself" {
  given now = 2026-11-23T10:00:00Z
  given k8s[staging].get_deployment returns { replicas: 3 }
  given prometheus.query fails "no data"
  let six = 6
  run scale_service(service: payments, replicas: six, env: production, reason: "launch day traffic") by "dana@example.com" {
    approved by "ana@example.com", "ben@example.com"
  }
  expect run.outcome == rolled_back
  expect k8s.scale called with { replicas: 3 }
  expect k8s.restart not called
}

test "staging does not" { run scale_service(service: search) expect run.outcome == done expect k8s.scale called }
`;

export const sources: Readonly<Record<string, string>> = {
  organisation,
  guardrails,
  scale,
  rotate,
  flow,
  config,
  calendar,
  tests,
};

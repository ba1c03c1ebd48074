/** Runs of plans made by hand, stopped where there is something to look at. */
import { approve, call, MINUTE, planFile, STRING, step, undo } from "../render/build.ts";
import { release } from "../render/plans.ts";
import { History } from "./history.ts";

/** Up to the first wave. */
function begun(): History {
  const history = new History(release());
  history.approve("approve", "ana@example.com").approve("approve", "ben@example.com").pass("approve");
  return history.later(1).done("artifact", 0.34).done("announce", 1.2);
}

/** One host up to its check, which holds. */
const upTo = (history: History, host: string): History => {
  const id = `roll[${host}]`;
  history.done(`${id}.drain`, 2);
  history.poll(`${id}.idle`, null).done(`${id}.deploy`, 8);
  return history;
};

/** Two hosts at once: one is deployed again after a failure, one has to hold. */
export function wave(): History {
  const history = upTo(begun(), "web-1");
  history.done("roll[web-2].drain", 1).poll("roll[web-2].idle", null).start("roll[web-2].deploy");
  history.later(4).fail("roll[web-2].deploy", "the package index does not answer: 503 Service Unavailable");
  history.again("roll[web-2].deploy", 1, 12).poll("roll[web-1].healthy", null);
  return history.later(5);
}

/** One host waits for what its check is to see, the other is tried the third time. */
export function waiting(): History {
  const history = wave();
  history.poll("roll[web-1].healthy", "it answers 502, warming up 🔥 ウォームアップ中");
  history.later(9).start("roll[web-2].deploy", 2).later(3).fail("roll[web-2].deploy", "503", 2);
  history.again("roll[web-2].deploy", 2, 1).later(1).start("roll[web-2].deploy", 3);
  return history.later(25);
}

function firstWave(): History {
  const history = begun();
  for (const host of ["web-1", "web-2"]) {
    upTo(history, host).poll(`roll[${host}].healthy`, null).later(60).poll(`roll[${host}].healthy`, null);
    history.done(`roll[${host}].undrain`, 1);
  }
  return history;
}

/** Between two waves. */
export function pause(): History {
  const history = firstWave();
  const until = new Date(history.now + 30_000).toISOString();
  return history.add({ type: "wait.started", node: "roll[batch 1]", until }).later(12);
}

/** The second wave fails, and the first is being undone. */
export function undoing(): History {
  const history = pause().later(18).pass("roll[batch 1]");
  upTo(history, "web-3");
  history.start("roll[web-4].drain").later(1).fail("roll[web-4].drain", "no such server: web-4");
  history.undone("roll[web-3].deploy", 3).undone("roll[web-3].drain", 1);
  history.undone("roll[web-2].undrain", 1).start("roll[web-1].undrain", 1, "undo");
  return history.start("roll[web-2].deploy", 1, "undo").later(4);
}

/** All of it undone, but one thing. */
export function failed(): History {
  const history = undoing().succeed("roll[web-1].undrain", 1, "undo").succeed("roll[web-2].deploy", 1, "undo");
  history.start("roll[web-1].deploy", 1, "undo").later(2).fail("roll[web-1].deploy", "the disk is full", 1, "undo");
  history.undone("roll[web-1].drain", 1).undone("roll[web-2].drain", 1);
  history.add({
    type: "run.finished",
    outcome: "incomplete",
    why: "roll[web-4].drain: no such server: web-4",
    left: [
      {
        node: "roll[web-1].deploy",
        what: 'to be done by hand: host.deploy(host: "web-1", version: "4.1.7"); the disk is full',
      },
    ],
    result: null,
  });
  return history;
}

/** All of it undone, but what says that there is nothing to undo. */
export function undone(): History {
  const history = undoing().succeed("roll[web-1].undrain", 1, "undo").succeed("roll[web-2].deploy", 1, "undo");
  history.undone("roll[web-1].deploy", 2).undone("roll[web-1].drain", 1).undone("roll[web-2].drain", 1);
  const why = "roll[web-4].drain: no such server: web-4";
  return history.add({ type: "run.finished", outcome: "undone", why, left: [], result: null });
}

const GROUP = ["Web on-call", ["ana@example.com", "ben@example.com", "cleo@example.com"]] as const;

/** An approval in the middle, of which one of two is given. */
export function asking(): History {
  const set = (id: string, after: readonly string[]): ReturnType<typeof step> =>
    step(id, after, call("flags.set", "write", `flag:${id}`, [["name", STRING, id]]), {
      rollback: undo(call("flags.set", "write", `flag:${id}`, [["name", STRING, id]])),
    });
  const leads = [{ id: "org.ops#leads", title: "Leads", members: ["lea@example.com"] }];
  const asked = approve("go", ["small"], [GROUP], {
    upfront: false,
    quorum: 2,
    escalate: [{ after: 10 * MINUTE, mode: "one", groups: leads }],
  });
  const file = planFile([set("small", []), asked, set("large", ["go"])], { locks: ["checkout"] });
  const history = new History(file).add({ type: "locks.taken", names: ["checkout"] }).done("small", 0.2);
  history
    .add({ type: "approval.awaited", node: "go" })
    .add({ type: "locks.released", names: ["checkout"], because: "waiting" });
  return history.later(90).approve("go", "ben@example.com").later(30);
}

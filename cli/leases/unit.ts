/** `opsc work` as a service of a person's systemd. */
export interface UnitOptions {
  readonly node: string;
  readonly opsc: string;
  /** The project's folder. */
  readonly root: string;
}

/** A unit for `~/.config/systemd/user`; what has a meaning to systemd in a path is written so that it has none. */
export function unitText({ node, opsc, root }: UnitOptions): string {
  const words = [node, opsc, "work", "--dir", root].map(quoted).join(" ");
  return `# opsc work for ${root.replace(/[\p{Cc}\p{Cf}]/gu, " ")}
#   systemctl --user daemon-reload && systemctl --user enable --now NAME-OF-THIS-FILE
#   loginctl enable-linger      so that it runs while nobody is logged in
[Unit]
Description=opsc work: ends leases, resumes runs
After=network-online.target

[Service]
ExecStart=${words}
# Variables that secrets are read from, NAME=VALUE a line, in a file that nobody else can read.
EnvironmentFile=-%h/.config/opsc/work.env
Restart=always
RestartSec=5
KillSignal=SIGTERM
TimeoutStopSec=60
UMask=0077

[Install]
WantedBy=default.target
`;
}

/** A word of a command line, as systemd.service(5) reads it. */
function quoted(word: string): string {
  const escaped = word
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("%", "%%")
    .replaceAll("$", "$$$$")
    .replace(/[\p{Cc}]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}

/** The look of a comparison as a page: light and dark as the reader's system says, in the colours of a plan's page; no script. */
export const CSS = `:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f8fa, #0d1117);
  --sheet: light-dark(#ffffff, #151b23);
  --text: light-dark(#1f2937, #e6edf3);
  --quiet: light-dark(#55606e, #9aa6b4);
  --line: light-dark(#d5dbe2, #303a46);
  --code: light-dark(#eef1f5, #1c2530);
  --grave: light-dark(#ffe6e4, #431719);
  --grave-text: light-dark(#a61e14, #ff8f87);
  --good: light-dark(#e0f5e6, #10301c);
  --good-text: light-dark(#17652f, #6fd58e);
  --write-text: light-dark(#7a5100, #e9bd55);
  --check-text: light-dark(#0a5796, #7cbaff);
  --approve-text: light-dark(#6233ad, #c6a0ff);
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 1.5rem 1.25rem 4rem; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1, h2, p, ul, dl { margin: 0; padding: 0; }
h1 { font-size: 1.6rem; line-height: 1.25; }
.verdict { border: 1px solid var(--line); border-left: 6px solid var(--quiet); border-radius: 6px; padding: 1rem 1.25rem; background: var(--sheet); }
.verdict p { margin-top: 0.25rem; font-weight: 600; }
.verdict.widened { border-left-color: var(--grave-text); background: var(--grave); }
.verdict.widened h1 { color: var(--grave-text); }
.verdict.same { border-left-color: var(--good-text); background: var(--good); }
section { margin-top: 1.75rem; }
h2 { font-size: 1.15rem; margin-bottom: 0.4rem; }
h2 small { font-weight: 400; font-size: 0.85em; color: var(--quiet); }
.widened h2, .widened .area, .verdict .grave { color: var(--grave-text); }
.narrowed h2, .narrowed .area { color: var(--good-text); }
.added h2, .added .area { color: var(--check-text); }
.removed h2, .removed .area { color: var(--approve-text); }
.changed h2, .changed .area { color: var(--write-text); }
ul { list-style: none; border: 1px solid var(--line); border-radius: 6px; background: var(--sheet); }
section.widened ul { border-color: var(--grave-text); }
li { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0 0.75rem; padding: 0.55rem 0.85rem; }
li + li { border-top: 1px solid var(--line); }
.area { font-weight: 600; font-size: 0.9em; padding-top: 0.1rem; }
.subject { font-weight: 600; }
.quiet { color: var(--quiet); font-size: 0.9em; }
code { font: 13px/1.5 var(--mono); background: var(--code); border-radius: 4px; padding: 0.08rem 0.35rem; white-space: pre-wrap; }
.subject code { font-weight: 600; }
.change { margin-top: 0.25rem; display: flex; flex-wrap: wrap; gap: 0.25rem 0.5rem; align-items: baseline; }
pre { margin: 0.4rem 0 0; padding: 0.5rem 0.75rem; border-radius: 6px; background: var(--code); font: 13px/1.45 var(--mono); white-space: pre-wrap; }
pre .in { color: var(--good-text); }
pre .out { color: var(--grave-text); }
pre .at { color: var(--check-text); }
footer { margin-top: 2rem; color: var(--quiet); font-size: 0.9em; }
footer dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1rem; margin-bottom: 0.5rem; }
footer dt { font-weight: 600; }
footer dd { margin: 0; }
@media (max-width: 40rem) { li { grid-template-columns: minmax(0, 1fr); } }
@media print { body { max-width: none; padding: 0; } li { break-inside: avoid; } }
`;

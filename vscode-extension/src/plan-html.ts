/** The page that the view of a plan begins as: empty, with a policy that lets run nothing but the extension's own script. */
export interface Resources {
  /** Where the webview may load from. */
  readonly source: string;
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
}

export function viewHtml({ source, nonce, script, style }: Resources): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Plan</title>
</head>
<body>
<main id="view" aria-busy="true"><p class="quiet">Planning…</p></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}

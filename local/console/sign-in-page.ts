import { type Html, html } from "./html";

/** What a browser of another machine meets first. It says nothing of what runs here. */
export function signInPage(wrong: boolean): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Slipway</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_slipway/assets/console.css">
</head>
<body>
<header><span class="brand">Slipway <span>local</span></span></header>
<main id="main">
<h1>Sign in</h1>
${wrong ? html`<div class="failure" role="alert"><p>This is not the token of this platform.</p></div>` : undefined}
<form method="post" action="/_slipway/sign-in">
<div><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus></div>
<p class="quiet"><code>slipway local up</code> prints it on the machine that this platform runs on.</p>
<button type="submit">Sign in</button>
</form>
</main>
</body>
</html>
`;
}

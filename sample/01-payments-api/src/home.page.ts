/** Links to the pages of the service. */
export const HOME_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payments</title>
<style>
  :root { color-scheme: light dark; }
  body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
  a { font-weight: 600; }
  dt { margin-top: 1rem; }
  dd { margin: 0; }
</style>
<main>
<h1>Payments</h1>
<p>A payment service on five banks. It keeps a token of each, and none of its own code sees one.</p>
<dl>
  <dt><a href="api">Swagger UI</a></dt>
  <dd>Every call, filled in: press Execute.</dd>
  <dt><a href="bank-auth">The live page</a></dt>
  <dd>The life of each token and what became of calls, as it happens. Its buttons make a simulated bank fail.</dd>
  <dt><a href="tokens">The tokens, as JSON</a></dt>
  <dd>How each token is, never the token.</dd>
</dl>
</main>
</html>
`;

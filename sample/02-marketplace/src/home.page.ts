/** Links to the pages of the service. */
export const HOME_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marketplace</title>
<style>
  :root { color-scheme: light dark; }
  body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
  a { font-weight: 600; }
  dt { margin-top: 1rem; }
  dd { margin: 0; }
</style>
<main>
<h1>Marketplace</h1>
<p>Pays out for merchants, each with the merchant's own token at the bank. None of its own code sees a token.</p>
<dl>
  <dt><a href="api">Swagger UI</a></dt>
  <dd>Every call, filled in: press Execute.</dd>
  <dt><a href="bank-auth">The live page</a></dt>
  <dd>How the merchants' tokens are, and what became of calls, as it happens.</dd>
  <dt><a href="merchants">The merchants, as JSON</a></dt>
  <dd>Those that one can pay out for.</dd>
  <dt><a href="merchants/vineyard/token">The token of one of them, as JSON</a></dt>
  <dd>How it is, never the token.</dd>
</dl>
</main>
</html>
`;

/** Reads a `fetch` response to its end, as an application would: only then is its connection free for the next call. */
export async function consume(response) {
  if (response.ok) await response.json();
  else await response.text();
  return response;
}

/** Reads a `fetch` response to its end, as an application would; else its connection is not free for the next. */
export async function consume(response) {
  if (response.ok) await response.json();
  else await response.text();
  return response;
}

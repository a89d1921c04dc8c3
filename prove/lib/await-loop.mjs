export async function loop(tokens, options, count) {
  for (let n = 0; n < count; n += 1) await tokens.getAccessToken(options);
}

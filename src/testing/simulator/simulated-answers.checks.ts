/** The mistakes in answers. A misspelt member must not pass: the simulator would answer in its own way instead. */
export function problemsOfAnswers(answers: unknown): string[] {
  if (!isObject(answers)) return ['answers must be an object of token, tokenRefused and credentialsRejected'];
  const { token, tokenRefused, credentialsRejected, ...unknown } = answers;
  const problems = Object.keys(unknown).map(
    (name) => `answers has no member '${name}': there are token, tokenRefused and credentialsRejected`,
  );
  if (token !== undefined && !isObject(token)) problems.push('answers.token must be an object');
  for (const [name, reply] of Object.entries({ tokenRefused, credentialsRejected })) {
    if (reply !== undefined && !isStatus((reply as { status?: unknown } | null)?.status))
      problems.push(`answers.${name} must have a status, a whole number from 200 to 599`);
  }
  return problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isStatus = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;

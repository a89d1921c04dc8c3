const LONGEST_KEY = 1_024;

/**
 * What is wrong with a merchant's key, as a clause for messages. Code without types can give anything, and nothing of it
 * may come to stand for the provider's own credentials.
 */
export function merchantKeyProblem(key: unknown): string | undefined {
  if (key === '' || key === undefined || key === null) {
    return "a merchant key is given but empty, so nothing was sent. Leave the key out for the provider's own credentials.";
  }
  if (typeof key !== 'string') return 'a merchant key must be a text, so nothing was sent.';
  return key.length > LONGEST_KEY
    ? `a merchant key has at most ${LONGEST_KEY} characters, so nothing was sent.`
    : undefined;
}

/** What cannot be seen, tears a line of a log, or turns the direction in which it is read. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A merchant's key or label for messages: in quotation marks, with everything escaped that is no visible character. */
export function quoted(label: string): string {
  return JSON.stringify(label).replace(UNSEEN, (unseen) =>
    Array.from({ length: unseen.length }, (_, index) => {
      const code = unseen.charCodeAt(index).toString(16).padStart(4, '0');
      return `\\u${code}`;
    }).join(''),
  );
}

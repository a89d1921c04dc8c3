/** A shorter secret stands in other strings by chance. */
const SHORTEST_SECRET = 8;
const ENCODED = /[A-Za-z0-9+/_-]{4,}/g;

/** Whether a string is or contains one of these secrets: verbatim, percent-encoded, in Base64 or in hexadecimal. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  const texts = spellings(text);
  return secrets.some(
    (secret) =>
      secret !== '' &&
      texts.some((each) => each === secret || (secret.length >= SHORTEST_SECRET && each.includes(secret))),
  );
}

/** A string and its decoded forms; a form writes a space as a plus sign. */
function spellings(text: string): string[] {
  const plain = [
    text,
    undoneBy(decodeURIComponent, text),
    undoneBy(decodeURIComponent, text.replaceAll('+', ' ')),
  ];
  const encoded = plain.flatMap((each) => each.match(ENCODED) ?? []);
  return [...plain, ...encoded.flatMap((each) => [bytesIn(each, 'base64'), bytesIn(each, 'hex')])];
}

function bytesIn(text: string, encoding: 'base64' | 'hex'): string {
  return Buffer.from(text, encoding).toString('utf8');
}

function undoneBy(undo: (text: string) => string, text: string): string {
  try {
    return undo(text);
  } catch {
    return text;
  }
}

/** A duration for messages, rounded up: a caller that waits for this time is not too early. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.max(0, Math.ceil(milliseconds))} ms`
    : `${Math.ceil(milliseconds / 1000)} s`;
}

/** How long something has lasted, for messages, rounded down; from two minutes on in minutes. */
export function lasted(milliseconds: number): string {
  if (milliseconds < 1000) return duration(milliseconds);
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** A number with its noun. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** An instant for messages, to the second, in UTC. */
export function instant(wall: number): string {
  return `${new Date(wall).toISOString().slice(0, 19)}Z`;
}

/** Characters that are invisible, break a line of a log, or change the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A merchant's key or label for messages: in quotation marks, with its invisible characters escaped. */
export function quoted(label: string): string {
  return JSON.stringify(label).replace(UNSEEN, (unseen) =>
    Array.from({ length: unseen.length }, (_, index) => {
      const code = unseen.charCodeAt(index).toString(16).padStart(4, '0');
      return `\\u${code}`;
    }).join(''),
  );
}

import type { Shown } from './stage.js';

/** A scene that has been played. */
export interface Played {
  readonly title: string;
  readonly shown: readonly Shown[];
}

const HEAD = `# Scenes

Incidents as the person on call sees them: the lines of the log, the state, health, metrics, and what became of a payment. Each scene is played by the tests, with real HTTP to a simulated bank and time in their hands. \`npm run scenes\` plays them and writes this page.

What each line means, whose fault it is and what to do stands in [messages](messages.md).
`;

export function renderScenes(scenes: readonly Played[]): string {
  return [
    HEAD,
    ...scenes.map(({ title, shown }) => `## ${title}\n\n${paragraphs(shown).join('\n\n')}\n`),
  ].join('\n');
}

/** Lines that follow each other stand in one block. */
function paragraphs(shown: readonly Shown[]): string[] {
  const found: string[] = [];
  let lines: string[] = [];
  const endLines = () => {
    if (lines.length > 0) found.push(fenced('text', abridged(lines).join('\n')));
    lines = [];
  };
  for (const each of shown) {
    if (each.kind === 'line') {
      const at = new Date(each.at).toISOString();
      lines.push(`${at.slice(5, 10)} ${at.slice(11, 19)} ${each.level.padStart(5)} ${each.text}`);
      continue;
    }
    endLines();
    found.push(each.kind === 'said' ? each.text : `${each.title}:\n\n${fenced(each.language, each.text)}`);
  }
  endLines();
  return found;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Of many lines with the same code in a row, the first two and the last. */
function abridged(lines: readonly string[]): string[] {
  const codeOf = (line: string | undefined) => /\[(\w+)\]/.exec(line ?? '')?.[1];
  const found: string[] = [];
  for (let start = 0, end = 0; start < lines.length; start = end) {
    end = start + 1;
    while (end < lines.length && codeOf(lines[end]) === codeOf(lines[start])) end += 1;
    const run = lines.slice(start, end);
    const left = run.length - 3;
    const more = `         … ${left} more${codeOf(lines[start])?.includes('_STILL_') ? ', one a minute' : ''}`;
    found.push(...(left > 1 ? [...run.slice(0, 2), more, ...run.slice(-1)] : run));
  }
  return found;
}

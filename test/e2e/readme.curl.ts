/** One `curl` of a page, with the answer that the page shows for it. */
export interface CurlExample {
  readonly command: string;
  readonly answer: string;
}

/** What a `curl` command sends, as far as the examples use it. */
export interface CurlRequest {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether the status is printed after the body. */
  readonly printsStatus: boolean;
}

const BLOCK = /^```(\w+)\n([\s\S]*?)^```$/gm;

/** Every `curl` block of a page, each with the block that follows it. */
export function curlExamples(page: string): CurlExample[] {
  const blocks = [...page.matchAll(BLOCK)].map(([, language, text]) => ({ language, text: text!.trim() }));
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'sh' || !text.startsWith('curl ')) return [];
    const answer = blocks[index + 1];
    if (answer === undefined || answer.language === 'sh') throw new Error(`No answer is shown for ${text}`);
    return [{ command: text, answer: answer.text }];
  });
}

export function parseCurl(command: string): CurlRequest {
  const [program, ...words] = wordsOf(command);
  if (program !== 'curl') throw new Error(`${program} is not curl`);
  const headers: Record<string, string> = {};
  let url: URL | undefined;
  let method: string | undefined;
  let body: string | undefined;
  let printsStatus = false;
  const value = (option: string) => {
    const next = words.shift();
    if (next === undefined) throw new Error(`${option} has no value`);
    return next;
  };
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '-X') method = value(word);
    else if (word === '-d') body = value(word);
    else if (word === '-H') {
      const [, name, content] = /^([^:]+): (.*)$/.exec(value(word))!;
      headers[name!.toLowerCase()] = content!;
    } else if (word === '-w') {
      if (value(word) !== '%{http_code}\\n') throw new Error('-w is understood for the status only');
      printsStatus = true;
    } else if (word.startsWith('-') || url !== undefined) {
      throw new Error(`${word} is not understood here`);
    } else url = new URL(word);
  }
  if (url === undefined) throw new Error(`${command} has no address`);
  return { url, method: method ?? (body === undefined ? 'GET' : 'POST'), headers, body, printsStatus };
}

/** As a shell splits them; of its quotes, only single ones. */
function wordsOf(command: string): string[] {
  const oneLine = command.replace(/\\\n\s*/g, '');
  if (/["\\`$;|&<>]/.test(oneLine.replace(/'[^']*'/g, ''))) {
    throw new Error(`More of a shell than is understood here: ${command}`);
  }
  return [...oneLine.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}

import type { BankDefinition } from '../banks/index.js';
import { besideFiles, fileOption, fileReason } from './config.messages.js';
import type { CredentialOptions } from './credential-fields.js';
import { credentialValues, judgedCredentials } from './credential-rules.js';
import type { CredentialValues } from './resolved-options.js';
import { readTextFile } from './text-file.js';

/** Credentials as they were given at the start, and where some of them may be read again. */
interface CredentialFiles {
  readonly bank: BankDefinition;
  readonly options: CredentialOptions;
  /** Paths by option; a value is `values.<name>`. */
  readonly files: Readonly<Record<string, string>>;
  readonly hasAgent: boolean;
}

/** Makes what reads the files again; what the start would refuse in them cannot be read. */
export function credentialFilesReader({
  bank,
  options,
  files,
  hasAgent,
}: CredentialFiles): () => Promise<CredentialValues> {
  // As the start has judged them: an object of the user's may change.
  const given = credentialValues(options);
  return async () => {
    const read = await Promise.all(
      Object.entries(files).map(async ([option, path]) => [option, await contentOf(path)] as const),
    );
    const { options: rotated, problems } = judgedCredentials(withRead(given, read), bank, hasAgent);
    if (problems.length === 0) return credentialValues(rotated);
    const lines = problems.map(({ path, text }) => {
      const option = path.join('.');
      const file = files[option];
      // Two that do not belong together, of which only the other one stands in a file.
      return file === undefined
        ? besideFiles(Object.values(files), option, text)
        : fileOption(file, option, text);
    });
    throw new Error(lines.join('; '));
  };
}

const OF_VALUES = 'values.';

/** What was read in place of what stood there at the start. */
function withRead(given: CredentialValues, read: readonly (readonly [string, string])[]): object {
  const ofValues = read.filter(([option]) => option.startsWith(OF_VALUES));
  const values = Object.fromEntries(ofValues.map(([option, text]) => [option.slice(OF_VALUES.length), text]));
  const { clientSecret, ...others } = given;
  return {
    ...others,
    // Empty where the bank wants none, and would be refused as one.
    ...(clientSecret === '' ? {} : { clientSecret }),
    ...Object.fromEntries(read.filter(([option]) => !option.startsWith(OF_VALUES))),
    ...(ofValues.length === 0 ? {} : { values: { ...given.values, ...values } }),
  };
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new Error(fileReason(path, (error as Error).message));
  }
}

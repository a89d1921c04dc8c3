import type { BankDefinition } from '../banks/index.js';
import { besideFiles, fileOption, fileReason } from './config.messages.js';
import type { CredentialOptions } from './credential-fields.js';
import { credentialValues, judgedCredentials } from './credential-rules.js';
import type { CredentialValues } from './resolved-options.js';
import { readTextFile } from './text-file.js';

/** The credentials of the start, and the files from which some of them are read again. */
interface CredentialFiles {
  readonly bank: BankDefinition;
  readonly options: CredentialOptions;
  /** Paths by option; the option of a value is `values.<name>`. */
  readonly files: Readonly<Record<string, string>>;
  readonly hasAgent: boolean;
}

/** A function that reads the files again, and rejects for content that the start would refuse. */
export function credentialFilesReader({
  bank,
  options,
  files,
  hasAgent,
}: CredentialFiles): () => Promise<CredentialValues> {
  // A copy of the credentials that the start has checked: an object of the user may change.
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
      // An option that is not from a file and does not fit the options from files.
      return file === undefined
        ? besideFiles(Object.values(files), option, text)
        : fileOption(file, option, text);
    });
    throw new Error(lines.join('; '));
  };
}

const OF_VALUES = 'values.';

/** The credentials of the start, with the content of the files in place of the old values. */
function withRead(given: CredentialValues, read: readonly (readonly [string, string])[]): object {
  const ofValues = read.filter(([option]) => option.startsWith(OF_VALUES));
  const values = Object.fromEntries(ofValues.map(([option, text]) => [option.slice(OF_VALUES.length), text]));
  const { clientSecret, ...others } = given;
  return {
    ...others,
    // Empty if the bank requires none; validation would refuse an empty secret.
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

import type { BankDefinition } from '../banks/index.js';
import { besideFiles, fileOption, fileReason } from './config.messages.js';
import { CREDENTIAL_NAMES, type CredentialOptions } from './credential-fields.js';
import { credentialValues, judgedCredentials } from './credential-rules.js';
import type { CredentialValues } from './resolved-options.js';
import { readTextFile } from './text-file.js';

/** Credentials as they were given at the start, and where some of them may be read again. */
interface CredentialFiles {
  readonly bank: BankDefinition;
  readonly options: CredentialOptions;
  /** Paths by option. */
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
  const given = Object.fromEntries(CREDENTIAL_NAMES.map((option) => [option, options[option]]));
  return async () => {
    const read = await Promise.all(
      Object.entries(files).map(async ([option, path]) => [option, await contentOf(path)] as const),
    );
    const { options: rotated, problems } = judgedCredentials(
      { ...given, ...Object.fromEntries(read) },
      bank,
      hasAgent,
    );
    if (problems.length === 0) return credentialValues(rotated);
    const lines = problems.map(({ path: [option = ''], text }) => {
      const file = files[option];
      // Two that do not belong together, of which only the other one stands in a file.
      return file === undefined
        ? besideFiles(Object.values(files), option, text)
        : fileOption(file, option, text);
    });
    throw new Error(lines.join('; '));
  };
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new Error(fileReason(path, (error as Error).message));
  }
}

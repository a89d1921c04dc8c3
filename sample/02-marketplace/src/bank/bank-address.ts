/** Where the bank is, if not where the library knows it to be. */
export abstract class BankAddress {
  abstract readonly tokenUrl?: string;
  abstract readonly apiBaseUrl?: string;
}

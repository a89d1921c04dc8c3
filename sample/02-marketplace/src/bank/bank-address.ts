/** The bank's address, if it differs from the library's. */
export abstract class BankAddress {
  abstract readonly tokenUrl?: string;
  abstract readonly apiBaseUrl?: string;
}

import { InvalidArgumentError } from 'commander';

/** The value of an option that counts something. @throws {InvalidArgumentError} unless it is 1 to 99999 */
export function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) {
    throw new InvalidArgumentError('It has to be a whole number from 1 to 99999.');
  }
  return Number(value);
}

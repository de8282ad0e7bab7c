/** Where secrets are kept. */
export interface Secrets {
  /** The present value of a secret, read anew on every call. */
  read(id: string): Promise<string>;
}

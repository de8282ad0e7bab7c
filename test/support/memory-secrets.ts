import type { Secrets } from '../../shared/ports/secrets.ts';

/** Secrets in memory, held to the same contract as AWS' (test/contract/secrets.test.ts). */
export function memorySecrets() {
  const kept = new Map<string, string | Uint8Array>();
  let reads = 0;
  const secrets: Secrets = {
    async read(id) {
      reads += 1;
      const value = kept.get(id);
      if (value === undefined) throw new Error(`There is no secret ${id}: can't find it.`);
      if (typeof value !== 'string') throw new Error(`The secret ${id} holds bytes and no text.`);
      return value;
    },
  };
  return {
    secrets,
    put: async (id: string, value: string | Uint8Array) => void kept.set(id, value),
    /** How often one was asked for. */
    reads: () => reads,
  };
}

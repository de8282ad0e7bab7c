import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import type { Secrets } from '../../ports/secrets.ts';

/** AWS Secrets Manager. Ids are names or ARNs. */
export function secretsManager(config: SecretsManagerClientConfig = {}): Secrets {
  const client = new SecretsManagerClient(config);
  return {
    async read(id) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
      if (SecretString === undefined) throw new Error(`The secret ${id} holds bytes and no text.`);
      return SecretString;
    },
  };
}

import { iamLogins, secretLogins } from './adapters/postgres/login.ts';
import type { Server } from './adapters/postgres/pool.ts';
import { secretsManager } from './adapters/secrets/secrets-manager.ts';
import { answerInTime } from './answer-in-time.ts';
import type { LedgerSettings } from './ledger-config.ts';

/** The ledger's server, by what the settings say of it. */
export function ledgerServer(settings: LedgerSettings): Server {
  switch (settings.kind) {
    case 'url':
      return { databaseUrl: settings.url };
    case 'secret':
      return {
        logins: secretLogins(secretsManager(answerInTime), settings.secretArn, settings.place),
        proxied: settings.proxied,
      };
    case 'iam':
      return { logins: iamLogins(settings.login), proxied: settings.proxied };
  }
}

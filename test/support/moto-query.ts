import type { Moto } from './moto.ts';

/** A signature that moto does not look at; it tells which service and region are meant. */
export function signedFor(moto: Moto, service: string): Record<string, string> {
  const scope = `20260101/${moto.env['AWS_REGION']}/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=test/${scope}` };
}

/** Calls one of the query APIs (EC2, IAM, SNS ...), for which this project has no client, and answers the XML. */
export async function query(moto: Moto, service: string, action: string, version: string): Promise<string> {
  const response = await fetch(moto.endpoint, {
    method: 'POST',
    headers: signedFor(moto, service),
    body: new URLSearchParams({ Action: action, Version: version }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${action}: ${text}`);
  return text;
}

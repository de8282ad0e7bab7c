/**
 * How long the clients of AWS wait for a connection and for an answer, in milliseconds; they ask three times. By
 * themselves they wait for a quarter of an hour where nothing comes back, as in a network without a way to the service:
 * the function would be cut off, and what else it has to do never be begun.
 */
export const answerInTime = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

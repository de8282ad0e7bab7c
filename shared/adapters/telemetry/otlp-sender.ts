/** A collector that does not answer must not hold a function up for long: it is paid for by the millisecond. */
const longestMs = 3_000;

/**
 * Sends OTLP requests as JSON over HTTP, by the variables that OpenTelemetry defines: `OTEL_EXPORTER_OTLP_ENDPOINT`
 * (`/v1/traces` is added) or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (as it is), `OTEL_EXPORTER_OTLP_HEADERS`,
 * `OTEL_EXPORTER_OTLP_TIMEOUT` in milliseconds (at most 3000).
 */
export function otlpSender(
  env: Readonly<Record<string, string | undefined>>,
): (request: object) => Promise<void> {
  const url = endpointOf(env);
  const headers = { 'content-type': 'application/json', ...headersOf(env) };
  const timeoutMs = Math.min(Number(env['OTEL_EXPORTER_OTLP_TIMEOUT']) || longestMs, longestMs);
  return async request => {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(error => {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new Error(`${url} could not be reached: ${reason instanceof Error ? reason.message : reason}`);
    });
    // Read to its end, or the connection cannot be used again.
    const answer = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${answer.slice(0, 200)}`);
  };
}

function endpointOf(env: Readonly<Record<string, string | undefined>>): string {
  const traces = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  return traces === '' ? `${env['OTEL_EXPORTER_OTLP_ENDPOINT']?.replace(/\/+$/, '')}/v1/traces` : traces;
}

/** `name=value,name=value`, the values percent-encoded. */
function headersOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const text = env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '';
  return Object.fromEntries(
    text.split(',').flatMap(pair => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
    }),
  );
}

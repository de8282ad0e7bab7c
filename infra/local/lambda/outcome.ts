/** What became of one invocation. */
export interface Outcome {
  readonly requestId: string;
  /** null: the handler returned. Else Lambda's word for it: the function failed, timed out or died. */
  readonly functionError: 'Unhandled' | null;
  /** JSON: what the handler returned, or `{errorType, errorMessage}`. */
  readonly payload: string;
  /** The end of what it logged, base64. */
  readonly logTail: string;
}

/** Lambda's payload for an invocation that ended without the handler's own word. */
export function failedPayload(errorType: string, requestId: string, what: string): string {
  return JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${what}` });
}

/** How a process ended, in Lambda's words. */
export function exitSentence(code: number | null, signal: string | null): string {
  const how = signal === null ? `exit status ${code}` : `signal: ${signal}`;
  return `Runtime exited with error: ${how}`;
}

/** `Task timed out after 3.00 seconds` */
export function timeoutSentence(seconds: number): string {
  return `Task timed out after ${seconds.toFixed(2)} seconds`;
}

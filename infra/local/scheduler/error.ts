/** A refusal in the words of the EventBridge Scheduler API. */
export class SchedulerError extends Error {
  readonly type: 'ValidationException' | 'ConflictException' | 'ResourceNotFoundException';
  readonly status: number;

  constructor(type: SchedulerError['type'], message: string) {
    super(message);
    this.type = type;
    this.status = { ValidationException: 400, ResourceNotFoundException: 404, ConflictException: 409 }[type];
  }
}

export function invalid(message: string): SchedulerError {
  return new SchedulerError('ValidationException', message);
}

/** The time, asked for rather than assumed, so that tests can move it. */
export interface Clock {
  now(): Date;
}

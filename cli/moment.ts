/** A time of the ledger for a person: UTC, to the second, as wide as every other. */
export function moment(iso: string): string {
  return upTo(iso, 19);
}

/** The same to the millisecond, for timelines. */
export function instant(iso: string): string {
  return upTo(iso, 23);
}

/** The same to the minute, for tables. */
export function minute(iso: string): string {
  return upTo(iso, 16);
}

/** SQL may set times that no Date is, such as infinity: they are shown as they are. */
function upTo(iso: string, length: number): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, length).replace('T', ' ')}Z`;
}

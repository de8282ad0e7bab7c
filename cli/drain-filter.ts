/** The options of the command line that say which entries are meant. */
export interface FilterOptions {
  readonly category?: readonly string[];
  readonly id?: readonly number[];
  /** In minutes. */
  readonly olderThan?: number;
  readonly newerThan?: number;
  readonly jr?: string;
}

/** The same as the fields of the runbook's payload. */
export function filterFields({ category, id, olderThan, newerThan, jr }: FilterOptions): object {
  return {
    ...(category === undefined ? {} : { category }),
    ...(id === undefined ? {} : { ids: id }),
    ...(olderThan === undefined ? {} : { older_than_minutes: olderThan }),
    ...(newerThan === undefined ? {} : { newer_than_minutes: newerThan }),
    ...(jr === undefined ? {} : { jr }),
  };
}

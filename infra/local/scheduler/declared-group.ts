/** Where the recurring schedules of `infra/functions.json` live, apart from what the functions themselves make. */
export const DECLARED_GROUP = 'jr-functions';

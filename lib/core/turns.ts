/** Counts slots that were made, or turned from verified to CHECK: while it stands still, what was verified still is. */
export const turns = { count: 0 }

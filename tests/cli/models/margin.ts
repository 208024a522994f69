// A constant in a file of its own: an edit of it is an edit of what reads it.
export const MARGIN = 0.2

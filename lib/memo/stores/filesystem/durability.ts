/**
 * What an acknowledged write outlasts. `process`: the end of the process, however it comes. `file`: its bytes are on the
 * disk before it has its name, so that a power failure leaves no damaged file. `power`: the name too, so that it is there.
 */
export type Durability = 'process' | 'file' | 'power'

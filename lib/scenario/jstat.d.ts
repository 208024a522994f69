/** The part of jstat that is used here. */
declare module 'jstat' {
  interface Family<P extends number[]> {
    readonly inv: (p: number, ...parameters: P) => number
    readonly cdf: (x: number, ...parameters: P) => number
  }
  export interface Statistics {
    readonly normal: Family<[mean: number, deviation: number]>
    readonly gamma: Family<[shape: number, scale: number]>
    readonly beta: Family<[alpha: number, beta: number]>
    readonly studentt: Family<[degrees: number]>
  }
  const module: { readonly jStat: Statistics }
  export default module
}

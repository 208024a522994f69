/** The package has no types; what is used of it is typed in distribution.ts. */
declare module 'jstat' {
  const module: { readonly jStat: unknown }
  export default module
}

/** The error classes of the language, by name: the only ones that need no registration. */

const classes = [
  Error,
  AggregateError,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
] as const

const prototypes = new Map<string, object>(classes.map((made) => [made.name, made.prototype]))
const names = new Map<object, string>(classes.map((made) => [made.prototype, made.name]))

/** The name of the class of the language that this is a direct instance of. */
export function builtInError(value: object): string | undefined {
  return names.get(Object.getPrototypeOf(value) as object)
}

export function builtInErrorPrototype(name: string): object | undefined {
  return prototypes.get(name)
}

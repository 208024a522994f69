// The JSON Schema of a scenario book, from the schema that books are read with.
import { toJsonSchema } from '@valibot/to-json-schema'
import { bookSchema } from '../../lib/cli/book.js'

export function bookJSONSchema(): string {
  const text = JSON.stringify(toJsonSchema(bookSchema), null, 2)
  // as the formatter has it: short lists on one line
  return `${text.replaceAll(/\[\n\s+("[^"\n]*")\n\s+\]/g, '[$1]')}\n`
}

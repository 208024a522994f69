/** Colours only where a terminal shows them, and NO_COLOR has its say: `hasColors` asks both. */
import process from 'node:process'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export function coloured(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? styleText(style, text) : text
}

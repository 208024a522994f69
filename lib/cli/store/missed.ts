/** What keeps a store from answering a call of a model. Nothing is evaluated for it, and nothing written. */
import { pathToFileURL } from 'node:url'
import { type Miss, openMemo } from '../../memo/index.js'
import type { Answer } from '../answer.js'
import type { Asked } from '../asked.js'
import type { StoreOptions } from './command.js'
import { legible } from './forms.js'
import { opened } from './opened.js'

export async function missOf(asked: Asked, target: string, options: StoreOptions): Promise<Answer> {
  const store = await opened(options, false)
  try {
    const { file, exports } = asked.model
    const memo = await openMemo({
      store,
      modules: [{ url: pathToFileURL(file), exports }],
      policy: 'all',
      readOnly: true,
      offline: true,
      onWarning: () => undefined,
    })
    memo.attach(asked.base)
    const misses: { readonly node: string; readonly why: string | undefined; readonly changes: Miss['changes'] }[] = []
    for (const node of asked.nodes([target])) {
      await memo.prefetch(asked.context, [node], { history: true })
      misses.push(memo.explainMiss(asked.context, node) ?? { node: node.id, why: undefined, changes: [] })
    }
    return {
      text: () => legible(misses.map(told).join('\n')),
      json: () => misses.map(({ node, why, changes }) => ({ node, isAnswered: why === undefined, why, changes })),
    }
  } finally {
    await store.close()
  }
}

function told({ node, why }: { readonly node: string; readonly why: string | undefined }): string {
  return `${node} ${why === undefined ? 'is answered by the store.' : `is not answered: ${why}`}`
}

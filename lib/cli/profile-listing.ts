import type { Column, ProfileReport } from '../index.js'
import { Listing, rounded } from './listing.js'

/** A profile as a table: the lines with the most time of their own. */
export function profileListing({ functions, nodes }: ProfileReport, byNode: boolean, top: number): Listing {
  const times: Column[] = [
    { name: 'runs', kind: 'number' },
    { name: 'verified', kind: 'number' },
    { name: 'hits', kind: 'number' },
    { name: 'self', unit: 'ms', kind: 'number' },
    { name: 'total', unit: 'ms', kind: 'number' },
  ]
  if (byNode) {
    const rows = nodes.map(({ node, runs, verified, hits, self, total }) => [
      node.id,
      runs,
      verified,
      hits,
      rounded(self),
      rounded(total),
    ])
    return new Listing('profile', [{ name: 'node', kind: 'text' }, ...times], rows.slice(0, top))
  }
  const rows = functions.map(({ name, nodes, runs, verified, hits, self, total }) => [
    name,
    nodes,
    runs,
    verified,
    hits,
    rounded(self),
    rounded(total),
  ])
  return new Listing(
    'profile',
    [{ name: 'function', kind: 'text' }, { name: 'nodes', kind: 'number' }, ...times],
    rows.slice(0, top),
  )
}

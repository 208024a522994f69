/** What may have been meant by a name that does not exist. */
import leven from 'leven'

/** ` Did you mean revenue?`, or nothing. */
export function suggestion(name: string, names: Iterable<string>): string {
  const near = [...names]
    .map((one) => ({ one, distance: leven(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= Math.max(2, one.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ one }) => one)
  return near.length === 0 ? '' : ` Did you mean ${near.join(', ')}?`
}

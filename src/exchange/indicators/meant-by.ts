import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { FoundIndicator } from '#exchange/indicators/indicator-store.ts'
import { valuesOf } from '#exchange/indicators/value.ts'
import { openObjects } from '#exchange/search/open-bodies.ts'
import { valueKey } from '#exchange/search/value-keys.ts'

/** The same indicators with those of their keys alone whose value is enough to match the pattern: an indicator may name a value that is not. */
export async function meantBy(app: App, tx: Tx, found: readonly FoundIndicator[]): Promise<FoundIndicator[]> {
  const naming = found.filter(({ value_keys: keys }) => keys.length > 0)
  const objects = await openObjects(app, tx.db, naming)
  return naming.map((one) => {
    const object = objects.get(one.version_id)
    const pattern = object?.['pattern']
    const enough = new Set(
      typeof pattern === 'string' && object?.['pattern_type'] === 'stix' ? valuesOf(pattern).map((value) => valueKey(app.keys, value)) : [],
    )
    return { ...one, value_keys: one.value_keys.filter((key) => enough.has(key)) }
  })
}

const TOKEN = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/
const MOST_FIELDS = 16
const MOST_ITEMS = 1000

/**
 * Throws unless `data` holds only ids, short names, whole numbers and booleans, or lists of them: a
 * job's row is plain text in the database, so nothing that is sealed elsewhere may lie in it.
 */
export function checkJobData(queue: string, data: object): void {
  const fields = Object.entries(data)
  if (fields.length > MOST_FIELDS) throw new TypeError(`${queue}: a job has at most ${MOST_FIELDS} fields`)
  for (const [name, value] of fields) {
    const items: unknown[] = Array.isArray(value) ? value : [value]
    if (items.length > MOST_ITEMS || !items.every(isPlain)) throw new TypeError(`${queue}: the job's ${name} is not an id, a short name or a whole number`)
  }
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || Number.isSafeInteger(value) || (typeof value === 'string' && TOKEN.test(value))
}

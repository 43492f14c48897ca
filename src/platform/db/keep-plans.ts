import type pg from 'pg'

/** Statements that one connection keeps planned; more would hold memory of the server for what is rarely asked. */
const MOST_KEPT = 100
/** Texts whose uses are counted; a list of values of every length makes a text of its own. */
const MOST_COUNTED = 1000

/** What the database says of a kept statement whose table was altered meanwhile. */
export const PLAN_CHANGED = 'cached plan must not change result type'

export interface KeptPlans {
  /** The name under which the text is kept on this connection; undefined as long as it is not. */
  nameOf(text: string): string | undefined
  /** Says that a use of the text failed: one whose plan no longer holds is planned anew under another name. */
  failed(text: string, error: unknown): void
}

/**
 * Makes a connection keep the plan of each statement that it is given again with other values: with row-level security, planning
 * costs more than running. Statements without values stay as they are; the database itself goes back to planning each
 * time where that pays (plan_cache_mode).
 */
export function keepPlans(client: pg.ClientBase): KeptPlans {
  const { prototype } = client.constructor as { readonly prototype: pg.ClientBase }
  const query = (...args: unknown[]) => Reflect.apply(prototype.query, client, args) as unknown
  let kept = 0
  const uses = new Map<string, number | string>()

  function nameOf(text: string): string | undefined {
    const known = uses.get(text) ?? 0
    if (typeof known === 'string') return known
    if (known > 0 && kept < MOST_KEPT) {
      const name = `kept_${++kept}`
      uses.set(text, name)
      return name
    }
    if (known > 0 || uses.size < MOST_COUNTED) uses.set(text, known + 1)
    return undefined
  }

  function failed(text: string, error: unknown): void {
    // What is underway is lost, as with any failed statement.
    if ((error as Error).message === PLAN_CHANGED) uses.delete(text)
  }

  client.query = ((text: unknown, values: unknown, ...rest: unknown[]) => {
    const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 && rest.length === 0 ? nameOf(text) : undefined
    if (name === undefined) return query(text, values, ...rest)
    return (query({ name, text, values }) as Promise<unknown>).catch((error: unknown) => {
      failed(text as string, error)
      throw error
    })
  }) as typeof client.query
  return { nameOf, failed }
}

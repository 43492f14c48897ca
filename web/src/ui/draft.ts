import { useCallback, useState } from 'react'

const PREFIX = 'vedette-draft:'

/**
 * A form's values, kept in this tab's session storage as they are typed: an accidental reload, a lost
 * session or a failed request loses nothing. `clear` once they have been sent; `restart` where the form
 * then shows other values than `empty`. Never for secrets.
 */
export function useDraft<T extends object>(
  name: string,
  empty: T,
): { values: T; set: (change: Partial<T>) => void; clear: () => void; restart: (values: T) => void } {
  const [values, setValues] = useState<T>(() => ({ ...empty, ...stored<T>(name) }))
  const set = useCallback(
    (change: Partial<T>) =>
      setValues((before) => {
        const after = { ...before, ...change }
        keep(name, after)
        return after
      }),
    [name],
  )
  const restart = useCallback(
    (next: T) => {
      drop(name)
      setValues(next)
    },
    [name],
  )
  const clear = useCallback(() => {
    restart(empty)
    // `empty` is a constant of the form.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [restart])
  return { values, set, clear, restart }
}

/** Whether a draft of this name waits, so that its form can be opened again after a reload. */
export function hasDraft(name: string): boolean {
  return stored(name) !== undefined
}

/** Forgets every draft: at sign-out, for the next person at this browser. */
export function dropDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key)
  } catch {
    // Without storage there are no drafts.
  }
}

function stored<T>(name: string): Partial<T> | undefined {
  try {
    const text = sessionStorage.getItem(PREFIX + name)
    return text === null ? undefined : (JSON.parse(text) as Partial<T>)
  } catch {
    return undefined
  }
}

function keep(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // Storage switched off or full: the form still works, only a reload would lose it.
  }
}

function drop(name: string): void {
  try {
    sessionStorage.removeItem(PREFIX + name)
  } catch {
    // As above.
  }
}

import { useEffect, useRef, useState } from 'react'
import { ApiProblem } from '../api/problem.ts'
import type { Form } from './form.ts'
import { saveOwn, type Own } from './own-application.ts'

/** Quiet time after the last keystroke before it is saved. */
const PAUSE_MS = 1500

export interface Saving {
  readonly form: Form
  readonly set: (change: Form) => void
  readonly version: number
  readonly state: 'saved' | 'typing' | 'saving' | 'failed'
  readonly error: unknown
  readonly savedAt: string
  /** Saves at once what is not saved yet; the version then. Throws ApiProblem. */
  readonly flush: () => Promise<number>
  /** Goes on from what the server says now, such as after an upload. */
  readonly adopt: (own: Pick<Own, 'version' | 'savedAt'>) => void
}

/**
 * Keeps what is typed, at the server and, until it is there, in this tab. One save at a time; what is typed meanwhile is saved
 * after it. When another window saved, nothing is overwritten: the error says so, and what stands here stays.
 */
export function useSaving(token: string, own: Own): Saving {
  const [form, setForm] = useState<Form>(() => unsaved(own) ?? own.answers)
  const [state, setState] = useState<Saving['state']>(() => (unsaved(own) ? 'typing' : 'saved'))
  const [error, setError] = useState<unknown>(null)
  const [at, setAt] = useState({ version: own.version, savedAt: own.savedAt })
  const latest = useRef({ form, version: own.version, dirty: state === 'typing' })
  const running = useRef<Promise<number>>(undefined)

  const save = async (): Promise<number> => {
    if (running.current) await running.current.catch(() => undefined)
    const { form: sending, version, dirty } = latest.current
    if (!dirty) return version
    setState('saving')
    latest.current.dirty = false
    running.current = saveOwn(token, version, sending).then((saved) => {
      latest.current.version = saved.version
      setAt({ version: saved.version, savedAt: saved.savedAt })
      setError(null)
      if (!latest.current.dirty) forget(own.id)
      setState(latest.current.dirty ? 'typing' : 'saved')
      return saved.version
    })
    try {
      return await running.current
    } catch (failure) {
      latest.current.dirty = true
      setError(failure)
      setState('failed')
      throw failure
    } finally {
      running.current = undefined
    }
  }

  useEffect(() => {
    if (state !== 'typing') return undefined
    const timer = setTimeout(() => void save().catch(() => undefined), PAUSE_MS)
    return () => clearTimeout(timer)
    // Saving reads what is newest at its moment.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [form, state])

  return {
    form,
    version: at.version,
    savedAt: at.savedAt,
    state,
    error,
    set: (change) => {
      const next = { ...latest.current.form, ...change }
      latest.current = { ...latest.current, form: next, dirty: true }
      keep(own.id, { version: latest.current.version, form: next })
      setForm(next)
      // A conflict is not tried again by itself: the other window's work would be lost.
      if (!(error instanceof ApiProblem && error.code === 'CONFLICT')) setState('typing')
    },
    flush: save,
    adopt: ({ version, savedAt }) => {
      latest.current.version = version
      setAt({ version, savedAt })
    },
  }
}

const keyOf = (id: string): string => `vedette-draft:application-${id}`

/** What was typed in this tab and not saved, if nothing was saved elsewhere since. */
function unsaved({ id, version }: Own): Form | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(id)) ?? 'null') as { version: number; form: Form } | null
    return kept?.version === version ? kept.form : undefined
  } catch {
    return undefined
  }
}

function keep(id: string, value: { version: number; form: Form }): void {
  try {
    sessionStorage.setItem(keyOf(id), JSON.stringify(value))
  } catch {
    // Storage switched off or full: only a reload within seconds would lose something.
  }
}

function forget(id: string): void {
  try {
    sessionStorage.removeItem(keyOf(id))
  } catch {
    // As above.
  }
}

import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { asProblem, type ApiProblem } from '../api/problem.ts'

/** What an upload function needs of the page: passed on to `upload`. */
export interface Watched {
  readonly signal: AbortSignal
  readonly onProgress: (sentBytes: number, totalBytes: number) => void
}

/** An upload under way. */
export interface Sending {
  readonly name: string
  readonly size: number
  /** 0 to 1; 1 while the server works on it. */
  readonly part: number
}

export interface Upload {
  /** Undefined while nothing is sent. */
  readonly sending: Sending | undefined
  readonly error: ApiProblem | null
  start(file: File): void
  cancel(): void
  reset(): void
}

/** Sends one file at a time; leaving the page ends the transfer. Cancelling is no error. */
export function useUpload<T>(send: (file: File, watched: Watched) => Promise<T>, onDone: (answer: T) => unknown, onFailed?: () => unknown): Upload {
  const [sending, setSending] = useState<Sending | undefined>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const mutation = useMutation({
    mutationFn: async (file: File) => {
      const controller = new AbortController()
      running.current = controller
      const shown = { name: file.name, size: file.size }
      setSending({ ...shown, part: 0 })
      const onProgress = (sent: number, total: number) => setSending({ ...shown, part: total > 0 ? sent / total : 0 })
      try {
        const answer = await send(file, { signal: controller.signal, onProgress })
        return { answer }
      } catch (error) {
        if (controller.signal.aborted) return undefined
        throw error
      } finally {
        setSending(undefined)
      }
    },
    onSuccess: (done) => done && onDone(done.answer),
    onError: () => onFailed?.(),
  })
  return {
    sending,
    error: mutation.error && asProblem(mutation.error),
    start: (file) => mutation.mutate(file),
    cancel: () => running.current?.abort(),
    reset: () => mutation.reset(),
  }
}

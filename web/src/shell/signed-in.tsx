import { Navigate, useLocation } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSessionQuery } from '../session/session.ts'
import { EnrolFirstPage } from '../sign-in/enrol-first-page.tsx'
import { Entrance } from './entrance.tsx'
import { LoadingPage } from './loading-page.tsx'
import { ServerGonePage } from './server-gone-page.tsx'
import { Shell } from './shell.tsx'

/** Lets in whoever is signed in; sends others to the sign-in page, and those without a passkey to enrol one. */
export function SignedIn(): ReactElement {
  const { data: session, error, refetch } = useSessionQuery()
  const here = useLocation({ select: ({ href }) => href })
  if (session === undefined && error) return <ServerGonePage error={error} onRetry={() => void refetch()} />
  if (session === undefined) {
    return (
      <Entrance>
        <LoadingPage />
      </Entrance>
    )
  }
  if (session === null) return <Navigate to="/sign-in" search={here === '/' ? {} : { next: here }} replace />
  return session.complete ? <Shell /> : <EnrolFirstPage session={session} />
}

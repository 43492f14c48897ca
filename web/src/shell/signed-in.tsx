import { useRouter } from '@tanstack/react-router'
import { useEffect, type ReactElement } from 'react'
import { useSessionQuery } from '../session/session.ts'
import { EnrolFirstPage } from '../sign-in/enrol-first-page.tsx'
import { Entrance } from './entrance.tsx'
import { LoadingPage } from './loading-page.tsx'
import { ServerGonePage } from './server-gone-page.tsx'
import { Shell } from './shell.tsx'

/** Lets in whoever is signed in; sends others to the sign-in page, and those without a passkey to enrol one. */
export function SignedIn(): ReactElement {
  const { data: session, error, refetch } = useSessionQuery()
  if (session === undefined && error) return <ServerGonePage error={error} onRetry={() => void refetch()} />
  if (session === undefined) {
    return (
      <Entrance>
        <LoadingPage />
      </Entrance>
    )
  }
  if (session === null) return <ToSignIn />
  return session.complete ? <Shell /> : <EnrolFirstPage session={session} />
}

/** Goes to the sign-in page once, remembering where from. */
function ToSignIn(): ReactElement {
  const router = useRouter()
  useEffect(() => {
    const { pathname, href } = router.latestLocation
    if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: href === '/' ? {} : { next: href }, replace: true })
  }, [router])
  return (
    <Entrance>
      <LoadingPage />
    </Entrance>
  )
}

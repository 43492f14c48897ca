import type { ReactElement, ReactNode } from 'react'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { useMay, type Verb } from './may.ts'

/** A page for those whom the policies permit this verb; for everybody else the address leads nowhere. */
export function OnlyWith({ verb, children }: { verb: Verb; children: ReactNode }): ReactElement {
  return useMay()(verb) ? <>{children}</> : <NotFoundPage />
}

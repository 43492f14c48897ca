import { useMemo, type ReactElement } from 'react'
import { reportOfPage } from '#scanner/detonation/page/page-report.ts'
import type { DetonationReport } from './detonations.ts'
import { CertificatesPanel } from './page-certificates.tsx'
import { ChainPanel } from './page-chain.tsx'
import { DeedsPanel } from './page-deeds.tsx'
import { LoggedPanel } from './page-logged.tsx'
import { ResourcesPanel } from './page-resources.tsx'

/** What a page did: nothing for a document of which no browser told anything. */
export function PagePanels({ report, address }: { report: DetonationReport; address: string | null }): ReactElement | null {
  const page = useMemo(() => reportOfPage(address ?? 'the document', report.happenings, report.network ?? []), [address, report.happenings, report.network])
  if (!report.happenings.some(({ kind }) => kind === 'page')) return null
  return (
    <>
      <ChainPanel page={page} />
      <DeedsPanel page={page} />
      <ResourcesPanel page={page} />
      <CertificatesPanel page={page} />
      <LoggedPanel page={page} />
    </>
  )
}

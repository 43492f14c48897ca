import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { DisclosuresPanel } from '../embargo/disclosures-panel.tsx'
import { EmbargoBanner, ReportPanel } from '../embargo/package-embargo.tsx'
import { ApiProblem } from '../api/problem.ts'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ContactFacts } from './contact-facts.tsx'
import { ExportMenu } from './export-menu.tsx'
import { ImportNotes } from './import-notes.tsx'
import { PackageActions } from './package-actions.tsx'
import { PackageContentPanels } from './package-content.tsx'
import { PackageFacts } from './package-facts.tsx'
import { PackageWay } from './package-way.tsx'
import { packageQuery, shortName, type Package } from './packages.ts'
import { ReceiptsPanel } from './receipts-panel.tsx'
import { ReceivePanel } from './receive-panel.tsx'

/** One package: for the operator the whole way of its version, for a contact what may be read. */
export function PackagePage(): ReactElement {
  return (
    <OnlyWith verb="package.list">
      <OnePackage />
    </OnlyWith>
  )
}

function OnePackage(): ReactElement {
  const { id } = useParams({ from: '/signed-in/packages/$id' })
  const found = useQuery(packageQuery(id))
  const operator = useSession().kind === 'operator'
  if (found.error instanceof ApiProblem && (found.error.code === 'NOT_FOUND' || found.error.code === 'VALIDATION_FAILED')) return <NotFoundPage />
  if (!found.data) {
    return (
      <Page title="Package">
        {found.isPending && <Skeleton height={240} />}
        <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      </Page>
    )
  }
  return (
    <Page
      title={shortName(found.data)}
      documentTitle="Package"
      lead={
        <Anchor component={Link} to="/packages" size="sm">
          All packages
        </Anchor>
      }
      actions={
        <>
          <ExportMenu version={found.data} />
          {operator && <PackageActions version={found.data} />}
        </>
      }
    >
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      {operator ? <ForOperator version={found.data} /> : <ForContact version={found.data} />}
    </Page>
  )
}

function ForOperator({ version }: { version: Package }): ReactElement {
  const may = useMay()
  return (
    <Stack>
      <EmbargoBanner version={version} />
      <Panel title="The way of this version">
        <PackageWay version={version} />
      </Panel>
      <PackageFacts version={version} />
      <PackageContentPanels version={version} />
      {version.source && (
        <Panel title="Imported from" lead={`${version.source.publisher}: ${version.source.id}, version ${version.source.version} (${version.source.status})`}>
          <ImportNotes source={version.source} />
        </Panel>
      )}
      {may('receipt.list') && <ReceiptsPanel id={version.id} />}
      {may('receipt.list') && <DisclosuresPanel id={version.id} />}
      <ReportPanel version={version} />
    </Stack>
  )
}

function ForContact({ version }: { version: Package }): ReactElement {
  return (
    <Stack>
      <EmbargoBanner version={version} />
      <ContactFacts version={version} />
      {(version.receivedAt === null || version.unreceivedParts.length > 0) && <ReceivePanel version={version} />}
      {version.receivedAt !== null && <PackageContentPanels version={version} />}
      <ReportPanel version={version} />
    </Stack>
  )
}

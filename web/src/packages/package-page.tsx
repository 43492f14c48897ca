import { Alert, Anchor, Button, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { DisclosuresPanel } from '../embargo/disclosures-panel.tsx'
import { EmbargoBanner, ReportPanel } from '../embargo/package-embargo.tsx'
import { ApiProblem } from '../api/problem.ts'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { DecisionsPanel } from '../versions/decisions-panel.tsx'
import { DeferredCvesPanel } from '../versions/deferred-cves-panel.tsx'
import { DutiesPanel } from '../versions/duties-panel.tsx'
import { HoldersPanel } from '../versions/holders-panel.tsx'
import { OwnDuties } from '../versions/own-duties.tsx'
import { versionQuery } from '../versions/versions.ts'
import { VersionsPanel } from '../versions/versions-panel.tsx'
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
  const newest = useQuery(packageQuery(id))
  const [wanted, setWanted] = useState<number>()
  const isOlder = wanted !== undefined && wanted !== newest.data?.version
  const older = useQuery({ ...versionQuery(id, wanted ?? 0), enabled: isOlder })
  const found = isOlder ? older : newest
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
          {operator && !isOlder && <PackageActions version={found.data} />}
        </>
      }
    >
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      <Stack>
        {isOlder && (
          <Alert color="orange" variant="light" icon={<Icon name="clock" />} title={`This is version ${found.data.version}, not the newest`}>
            <Button size="compact-sm" variant="default" onClick={() => setWanted(undefined)}>
              Show the newest version
            </Button>
          </Alert>
        )}
        {!operator && <OwnDuties id={id} />}
        {operator ? <ForOperator version={found.data} onShow={setWanted} /> : <ForContact version={found.data} onShow={setWanted} />}
      </Stack>
    </Page>
  )
}

interface ShownProps {
  readonly version: Package
  readonly onShow: (version: number) => void
}

function ForOperator({ version, onShow }: ShownProps): ReactElement {
  const may = useMay()
  return (
    <Stack>
      <EmbargoBanner version={version} />
      <Panel title="The way of this version">
        <PackageWay version={version} />
      </Panel>
      <VersionsPanel id={version.id} shown={version.version} onShow={onShow} />
      {may('package-decision.list') && <DecisionsPanel id={version.id} />}
      {may('package-decision.list') && <DeferredCvesPanel id={version.id} />}
      <PackageFacts version={version} />
      <PackageContentPanels version={version} />
      {version.source && (
        <Panel title="Imported from" lead={`${version.source.publisher}: ${version.source.id}, version ${version.source.version} (${version.source.status})`}>
          <ImportNotes source={version.source} />
        </Panel>
      )}
      {may('holder.list') && <HoldersPanel id={version.id} />}
      {may('holder.list') && <DutiesPanel id={version.id} />}
      {may('receipt.list') && <ReceiptsPanel id={version.id} />}
      {may('receipt.list') && <DisclosuresPanel id={version.id} />}
      <ReportPanel version={version} />
    </Stack>
  )
}

function ForContact({ version, onShow }: ShownProps): ReactElement {
  return (
    <Stack>
      <EmbargoBanner version={version} />
      <ContactFacts version={version} />
      <VersionsPanel id={version.id} shown={version.version} onShow={onShow} />
      {(version.receivedAt === null || version.unreceivedParts.length > 0) && <ReceivePanel version={version} />}
      {version.receivedAt !== null && <PackageContentPanels version={version} />}
      <ReportPanel version={version} />
    </Stack>
  )
}

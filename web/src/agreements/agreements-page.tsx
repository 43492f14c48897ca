import { Button, Skeleton, Stack, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { agreementsQuery, type AgreementVersionView } from './agreements.ts'
import { AgreementMembers } from './agreement-members.tsx'
import { AGREEMENT_DRAFT, DraftDialog } from './draft-dialog.tsx'
import { VersionDialog } from './version-dialog.tsx'
import { WaitingDrafts } from './waiting-drafts.tsx'

/** The operator's agreement: its versions, drafts of the next, and how far each member is. */
export function AgreementsPage(): ReactElement {
  return (
    <OnlyWith verb="agreement.list-members">
      <Agreements />
    </OnlyWith>
  )
}

function Agreements(): ReactElement {
  const may = useMay()
  const found = useQuery(agreementsQuery)
  const [drafting, setDrafting] = useState(() => hasDraft(AGREEMENT_DRAFT))
  const newest = found.data?.items[0]
  return (
    <Page
      title="Agreements"
      lead="What members sign before they may read what is under embargo. A new version takes two officers, and asks every member again."
      actions={may('agreement.draft') && <Button onClick={() => setDrafting(true)}>Draft a new version</Button>}
    >
      <Stack>
        {found.data && <WaitingDrafts drafts={found.data.drafts} newest={newest} />}
        <AgreementMembers />
        <Panel title="Versions" flush>
          {found.isPending && <Skeleton height={120} radius={0} />}
          <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
          {found.data && <Versions versions={found.data.items} />}
        </Panel>
      </Stack>
      {may('agreement.draft') && <DraftDialog newest={newest} opened={drafting} onClose={() => setDrafting(false)} />}
    </Page>
  )
}

function Versions({ versions }: { versions: readonly AgreementVersionView[] }): ReactElement {
  const [shown, setShown] = useState<AgreementVersionView | undefined>()
  if (versions.length === 0) {
    return (
      <EmptyState icon="signature" title="No agreement yet">
        Draft the first version. Until one is issued, signed and countersigned, no member reads anything under embargo.
      </EmptyState>
    )
  }
  return (
    <>
      <SimpleTable label="Versions of the agreement" headers={['Version', 'Issued', 'Required from', '']}>
        {versions.map((version) => (
          <Table.Tr key={version.version}>
            <Table.Td>{version.version}</Table.Td>
            <Table.Td>
              <Instant value={version.issuedAt} />
            </Table.Td>
            <Table.Td>
              <Instant value={version.acceptBy} />
            </Table.Td>
            <Table.Td align="right">
              <Button variant="subtle" size="compact-sm" onClick={() => setShown(version)} aria-label={`Read version ${version.version}`}>
                Read
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
      {shown && <VersionDialog version={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

import { Button, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { formatUtc } from '../ui/format-instant.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { agreementMembersQuery, signatureState, type MemberView } from './agreements.ts'
import { DocumentButton } from './document-button.tsx'
import { RefuseDialog } from './refuse-dialog.tsx'
import { SignDialog } from './sign-dialog.tsx'

const COLUMNS: readonly Column<MemberView>[] = [
  { key: 'organisation', header: 'Member', text: ({ organisation }) => organisation.name, cell: ({ organisation }) => <strong>{organisation.name}</strong> },
  {
    key: 'accepted',
    header: 'In force',
    text: ({ accepted }) => (accepted === null ? '' : `Version ${accepted}`),
    cell: ({ accepted }) => (accepted === null ? 'None' : `Version ${accepted}`),
  },
  {
    key: 'signature',
    header: 'Last signature',
    text: ({ signature }) => (signature ? `Version ${signature.version}: ${signatureState(signature).words} (${signature.signedBy})` : 'Not signed'),
    cell: ({ signature }) => <LastSignature signature={signature} />,
  },
  {
    key: 'signed',
    header: 'Signed',
    text: ({ signature }) => signature?.signedAt ?? '',
    cell: ({ signature }) => (signature ? <Instant value={signature.signedAt} /> : ''),
  },
  { key: 'access', header: 'Access by the agreement', text: accessWords, cell: (member) => <AccessMark member={member} /> },
]

const memberActions = (member: MemberView): ReactElement => <MemberActions member={member} />

/** Which member has signed what, who waits for a countersignature, and whose access stops when. */
export function AgreementMembers(): ReactElement {
  const members = useQuery(agreementMembersQuery)
  return (
    <Panel title="Members" flush>
      {members.isPending && <Skeleton height={200} radius={0} />}
      <ProblemAlert error={members.error} onRetry={() => void members.refetch()} />
      {members.data && (
        <DataTable
          label="Agreements of members"
          columns={COLUMNS}
          rows={members.data}
          rowKey={({ organisation }) => organisation.id}
          rowActions={memberActions}
          empty={<EmptyState icon="people" title="No members yet" />}
        />
      )}
    </Panel>
  )
}

function LastSignature({ signature }: { signature: MemberView['signature'] }): ReactElement {
  const { words, tone } = signatureState(signature)
  return (
    <>
      <StateMark tone={tone}>{words}</StateMark>
      {signature && (
        <div>
          Version {signature.version}, by {signature.signedBy}
        </div>
      )}
    </>
  )
}

function accessWords({ entitled, until }: MemberView): string {
  if (!entitled) return 'Stopped'
  return until === null ? 'Continues' : `Until ${formatUtc(Date.parse(until))}`
}

function AccessMark({ member }: { member: MemberView }): ReactElement {
  const { entitled, until } = member
  return (
    <StateMark tone={!entitled ? 'bad' : until === null ? 'on' : 'waiting'}>
      {until === null || !entitled ? (
        accessWords(member)
      ) : (
        <>
          Until <Instant value={until} />
        </>
      )}
    </StateMark>
  )
}

function MemberActions({ member }: { member: MemberView }): ReactElement | null {
  const may = useMay()
  const operator = useSession().organisation.id
  const [open, setOpen] = useState<'countersign' | 'refuse' | undefined>()
  const { organisation, signature } = member
  if (!signature) return null
  const done = () => setOpen(undefined)
  const path = `/api/agreements/${signature.version}/signatures/${organisation.id}`
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {signature.document && may('agreement.read-signed') && (
        <DocumentButton version={signature.version} organisation={organisation.id} operator={operator} label={`of the agreement of ${organisation.name}`} />
      )}
      {signature.state === 'waits' && may('agreement.countersign') && (
        <Button size="compact-sm" onClick={() => setOpen('countersign')} aria-label={`Countersign for ${organisation.name}`}>
          Countersign
        </Button>
      )}
      {signature.state === 'waits' && may('agreement.refuse') && (
        <Button variant="subtle" color="red" size="compact-sm" onClick={() => setOpen('refuse')} aria-label={`Refuse the signature of ${organisation.name}`}>
          Refuse
        </Button>
      )}
      <SignDialog
        title={`Countersign for ${organisation.name}`}
        confirm="Countersign with passkey"
        path={`${path}/countersignature`}
        opened={open === 'countersign'}
        onClose={done}
      >
        <div>
          {signature.signedBy} signed version {signature.version} for <strong>{organisation.name}</strong> at <Instant value={signature.signedAt} />. Make sure
          that this person may bind the organisation. Once you countersign, the agreement is in force.
        </div>
      </SignDialog>
      <RefuseDialog path={`${path}/refusal`} name={organisation.name} opened={open === 'refuse'} onClose={done} />
    </Group>
  )
}

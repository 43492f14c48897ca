import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement, ReactNode } from 'react'
import { KEY_KIND_NAMES } from '../account/keys-panel.tsx'
import { roleName } from '../people/roles.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { ContactActions } from './contact-actions.tsx'
import { clearanceText, contactsQuery, type ContactView } from './contacts.ts'

const FUNCTION_NAMES = { accountable: 'Accountable', technical: 'Technical' } as const
const COLUMNS: readonly Column<ContactView>[] = [
  { key: 'name', header: 'Name', text: ({ name }) => name, cell: ({ name }) => <strong className="nowrap">{name}</strong> },
  { key: 'email', header: 'Mail', text: ({ email }) => email ?? '' },
  { key: 'roles', header: 'Roles', text: ({ roles }) => roles.map(roleName).join(', ') },
  { key: 'functions', header: 'Stands for', text: ({ functions }) => functions.map((one) => FUNCTION_NAMES[one]).join(', ') },
  {
    key: 'state',
    header: 'State',
    text: (contact) => stateOf(contact).name,
    cell: (contact) => <StateMark tone={stateOf(contact).tone}>{stateOf(contact).name}</StateMark>,
  },
  {
    key: 'clearance',
    header: 'May know',
    text: ({ clearances }) => clearances.map(clearanceText).join('; ') || 'Nothing',
    cell: (contact) => <Clearances contact={contact} />,
  },
  {
    key: 'keys',
    header: 'Keys',
    text: ({ keys }) => keys.map(({ kind, fingerprint }) => `${KEY_KIND_NAMES[kind]} ${fingerprint}`).join('; '),
    cell: (contact) => <Keys contact={contact} />,
  },
  {
    key: 'seen',
    header: 'Last there',
    text: ({ lastSeenAt }) => lastSeenAt ?? '',
    cell: ({ lastSeenAt }) => (lastSeenAt ? <Instant value={lastSeenAt} /> : 'Never'),
  },
]

interface ContactTableProps {
  /** A member of the operator; undefined: the own organisation. */
  readonly organisation?: string
  readonly actions?: ReactNode
}

/** The contacts of an organisation, and what may be decided about each. */
export function ContactTable({ organisation, actions }: ContactTableProps): ReactElement {
  const contacts = useQuery(organisation === undefined ? contactsQuery() : contactsQuery(organisation))
  const { data } = contacts
  return (
    <Panel
      title={data ? `Contacts of ${data.organisation.name}` : 'Contacts'}
      lead="Everybody begins with nothing. What widens takes two membership officers; what narrows acts at once."
      flush
      actions={actions}
    >
      {contacts.isPending && <Skeleton height={160} radius={0} />}
      <ProblemAlert error={contacts.error} onRetry={() => void contacts.refetch()} />
      {data && (
        <>
          <Text size="sm" px="md" pt="sm" component="div">
            Role address: {data.address ?? 'none'} ·{' '}
            <StateMark tone={data.reachable ? 'on' : 'bad'}>
              {data.reachable ? 'Somebody can be reached' : 'Nobody can be reached: nothing new is delivered'}
            </StateMark>
          </Text>
          <DataTable
            label="Contacts"
            columns={COLUMNS}
            rows={data.contacts}
            rowKey={({ id }) => id}
            rowActions={contactActions}
            empty={<EmptyState icon="people" title="No contacts yet" />}
          />
        </>
      )}
    </Panel>
  )
}

const contactActions = (contact: ContactView): ReactElement => <ContactActions contact={contact} />

function stateOf({ disabledAt, reachable, lastSeenAt }: ContactView): { readonly name: string; readonly tone: Tone } {
  if (disabledAt !== null) return { name: 'Left', tone: 'off' }
  if (!reachable) return { name: 'Mail comes back', tone: 'bad' }
  return lastSeenAt === null ? { name: 'Has not come in', tone: 'waiting' } : { name: 'Active', tone: 'on' }
}

function Clearances({ contact }: { contact: ContactView }): ReactElement {
  if (contact.clearances.length === 0) return <>Nothing</>
  return (
    <>
      {contact.clearances.map((clearance) => (
        <div key={clearance.operator.id}>
          {contact.clearances.length > 1 && `${clearance.operator.name}: `}
          {clearanceText(clearance)}
        </div>
      ))}
    </>
  )
}

function Keys({ contact }: { contact: ContactView }): ReactElement {
  if (contact.keys.length === 0) return <>None</>
  return (
    <>
      {contact.keys.map(({ id, kind, fingerprint, expiresAt }) => (
        <div key={id}>
          {KEY_KIND_NAMES[kind]} <span className="mono">{fingerprint.slice(0, 16)}…</span> until <Instant value={expiresAt} />
        </div>
      ))}
    </>
  )
}

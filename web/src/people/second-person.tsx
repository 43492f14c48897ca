import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient, type QueryKey, type UseQueryResult } from '@tanstack/react-query'
import { useState, type ReactElement, type ReactNode } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import styles from '../ui/waiting-list.module.css'

interface OneTimeLink {
  readonly url: string
  readonly expiresAt: string
}

/** Something about a person that one officer began and another approves, or either closes. */
export interface Matter {
  readonly id: string
  readonly personName: string
  /** As it follows a verb: "the recovery". */
  readonly noun: string
  /** What would happen. */
  readonly body: ReactNode
  /** Who began it, and when. */
  readonly origin: ReactNode
  /** Whether it waits for somebody, and whether that may be the signed-in person. */
  readonly waits: boolean
  readonly mine: boolean
  readonly mayApprove: boolean
  readonly mayClose: boolean
  readonly question: ReactNode
  /** What closing leads to. */
  readonly closing: string
  /** Approves; the link to pass on, if there is one. */
  approve(): Promise<OneTimeLink | null>
  close(): Promise<void>
}

interface SecondPersonPanelProps {
  readonly title: string
  readonly lead: string
  readonly none: string
  readonly whenNone: 'say-so' | 'hide'
  readonly query: Pick<UseQueryResult, 'isPending' | 'isSuccess' | 'isError' | 'error' | 'refetch'>
  readonly matters: readonly Matter[]
  /** What is read again after an approval or a closing. */
  readonly changes: readonly QueryKey[]
}

/** What waits for a second officer, with the buttons that decide it. */
export function SecondPersonPanel({ title, lead, none, whenNone, query, matters, changes }: SecondPersonPanelProps): ReactElement | null {
  if (whenNone === 'hide' && matters.length === 0 && !query.isError) return null
  return (
    <Panel title={title} lead={lead} flush>
      {query.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      {query.isSuccess && matters.length === 0 && <EmptyState icon="shield" title={none} />}
      <ul className={styles['list']}>
        {matters.map((matter) => (
          <Item key={matter.id} matter={matter} changes={changes} />
        ))}
      </ul>
    </Panel>
  )
}

interface ItemProps {
  readonly matter: Matter
  readonly changes: readonly QueryKey[]
}

function Item({ matter, changes }: ItemProps): ReactElement {
  const [asking, setAsking] = useState<'approve' | 'close' | undefined>()
  const done = () => setAsking(undefined)
  const { personName, noun, waits, mine } = matter
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong className="break">{personName}</strong>
        <Text className="break" component="div">
          {matter.body}
        </Text>
        <Text size="sm" c="dimmed" component="div">
          {matter.origin}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        {waits && mine && (
          <Text size="sm" c="dimmed" className="nowrap">
            Waits for a colleague
          </Text>
        )}
        {waits && !mine && matter.mayApprove && (
          <Button size="compact-sm" onClick={() => setAsking('approve')} aria-label={`Approve ${noun} of ${personName}`}>
            Approve
          </Button>
        )}
        {matter.mayClose && (
          <Button variant="subtle" color="red" size="compact-sm" onClick={() => setAsking('close')} aria-label={`Close ${noun} of ${personName}`}>
            Close
          </Button>
        )}
      </Group>
      <ApproveDialog matter={matter} changes={changes} opened={asking === 'approve'} onClose={done} />
      <CloseDialog matter={matter} changes={changes} opened={asking === 'close'} onClose={done} />
    </li>
  )
}

interface MatterDialogProps extends ItemProps {
  readonly opened: boolean
  readonly onClose: () => void
}

function useReadAgain(changes: readonly QueryKey[]): () => Promise<unknown> {
  const queries = useQueryClient()
  return () => Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })))
}

function ApproveDialog({ matter, changes, opened, onClose }: MatterDialogProps): ReactElement {
  const readAgain = useReadAgain(changes)
  const { personName, noun, question } = matter
  const approve = useMutation({
    mutationFn: () => matter.approve(),
    onSuccess: (link) => {
      if (link) return
      onClose()
      void readAgain()
    },
  })
  // With a link, the list is read again only when the dialog closes: the row, and the link shown in its dialog, would vanish with it.
  const close = () => {
    onClose()
    if (approve.data) void readAgain()
  }
  return (
    <Dialog opened={opened} onClose={close} title={`Approve ${noun} of ${personName}`} dismissible={!approve.isPending && !approve.data}>
      <Stack>
        {approve.data ? (
          <ShownOnce label={`Link for ${personName}`} value={approve.data.url}>
            Give it to {personName} by a way you trust. It works once, until <Instant value={approve.data.expiresAt} />.
          </ShownOnce>
        ) : (
          question
        )}
        <ProblemAlert error={approve.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={approve.isPending}>
            {approve.data ? 'I have passed it on' : 'Cancel'}
          </Button>
          {!approve.data && (
            <Button onClick={() => approve.mutate()} loading={approve.isPending}>
              Approve {noun}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}

function CloseDialog({ matter, changes, opened, onClose }: MatterDialogProps): ReactElement {
  const readAgain = useReadAgain(changes)
  const { personName, noun, closing } = matter
  const close = useMutation({
    mutationFn: () => matter.close(),
    onSuccess: async () => {
      onClose()
      await readAgain()
    },
  })
  return (
    <Dialog opened={opened} onClose={onClose} title={`Close ${noun} of ${personName}`} size="md">
      <Stack>
        <Text>{closing}</Text>
        <ProblemAlert error={close.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={close.isPending}>
            Keep it open
          </Button>
          <Button color="red.8" onClick={() => close.mutate()} loading={close.isPending}>
            Close {noun}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

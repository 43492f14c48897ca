import { Anchor, Button, Group, List, Skeleton, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { passkeysQuery } from '../account/account.ts'
import { NoticeList } from '../inbox/notice-list.tsx'
import { noticesQuery } from '../inbox/notices.ts'
import { OpenRecoveries } from '../people/open-recoveries.tsx'
import { roleText } from '../people/roles.ts'
import { WaitingRoleChanges } from '../people/waiting-role-changes.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from './home-page.module.css'

/** What waits for the signed-in person, most pressing first. */
export function HomePage(): ReactElement {
  const session = useSession()
  const may = useMay()
  return (
    <Page title="Home" lead={`${session.person.name}, ${session.organisation.name}`}>
      {session.edition === 'demo' && <GuideInvitation />}
      <PasskeyReminder />
      <div className={styles['columns']}>
        <Stack>
          <UnreadNotices />
          {may('role-change.list') && <WaitingRoleChanges whenNone="hide" />}
          {may('recovery.list') && <OpenRecoveries whenNone="say-so" />}
        </Stack>
        <YourRoles />
      </div>
    </Page>
  )
}

function UnreadNotices(): ReactElement {
  const notices = useInfiniteQuery(noticesQuery(true))
  const items = notices.data?.pages[0]?.items.slice(0, 5) ?? []
  return (
    <Panel
      title="Unread notices"
      flush
      actions={
        <Anchor component={Link} to="/inbox" size="sm">
          Open the inbox
        </Anchor>
      }
    >
      {notices.isPending && <Skeleton height={120} radius={0} />}
      {notices.isError && <ProblemAlert error={notices.error} onRetry={() => void notices.refetch()} />}
      {notices.isSuccess && items.length === 0 && (
        <EmptyState icon="check" title="Nothing waits for you">
          You have read every notice.
        </EmptyState>
      )}
      <NoticeList notices={items} />
    </Panel>
  )
}

function GuideInvitation(): ReactElement {
  return (
    <Panel title="Once around the loop">
      <Group justify="space-between">
        <Text maw={640}>The guide leads you in six steps from an advisory to the proof that the embargo held. Each step says whose turn it is.</Text>
        <Button component={Link} to="/guide" leftSection={<Icon name="guide" size={16} />}>
          Open the guide
        </Button>
      </Group>
    </Panel>
  )
}

function PasskeyReminder(): ReactElement | null {
  const session = useSession()
  const passkeys = useQuery(passkeysQuery)
  if (!passkeys.isSuccess || passkeys.data.length > 0) return null
  return (
    <Panel title="No passkey yet">
      <Group justify="space-between">
        <Text maw={640}>
          {session.credential === 'demonstration'
            ? 'You came by a demonstration link. Enrol a passkey to sign in again without it.'
            : 'Without a passkey you cannot sign in again. Enrol one now.'}
        </Text>
        <Button component={Link} to="/account" leftSection={<Icon name="key" size={16} />}>
          Enrol a passkey
        </Button>
      </Group>
    </Panel>
  )
}

function YourRoles(): ReactElement {
  const session = useSession()
  const may = useMay()
  return (
    <Panel title="What your roles let you do">
      <Stack gap="sm">
        {session.roles.length === 0 && (
          <Text c="dimmed">
            You hold no roles yet. {session.kind === 'operator' ? 'A membership officer' : 'An admin of your organisation'} can give you some.
          </Text>
        )}
        <List spacing={6} listStyleType="none" p={0}>
          {session.roles.map((role) => {
            const { name, may: does } = roleText(session.kind, role)
            return (
              <List.Item key={role}>
                <Text>
                  <strong>{name}</strong> {does}
                </Text>
              </List.Item>
            )
          })}
        </List>
        <Group gap="md">
          {may('person.list') && (
            <Anchor component={Link} to="/people" size="sm">
              People
            </Anchor>
          )}
          {may('log.read') && (
            <Anchor component={Link} to="/log" size="sm">
              Audit log
            </Anchor>
          )}
          <Anchor component={Link} to="/account" size="sm">
            Passkeys, sessions and tokens
          </Anchor>
          <Anchor href="/api" size="sm">
            API description
          </Anchor>
        </Group>
      </Stack>
    </Panel>
  )
}
